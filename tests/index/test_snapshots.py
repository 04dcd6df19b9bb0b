"""Every call reads the index as it is at one moment, whatever is written meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from wordllama import WordLlama


def test_what_is_read_is_whole_while_others_write(words: WordLlama, tmp_path: Path) -> None:
    records = [{"id": f"r{n}", "text": f"car {n}", "tag": "t"} for n in range(20)]
    index, other = (words.index(tmp_path / "a.db") for _ in range(2))
    index.add(records)
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            other.add(records)
            other.vacuum()
            index.add(records)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(50):
            assert len(list(index)) == len(list(index.records("tag = 't'"))) == 20
            assert len(index.search('"car"', k=99)) == 20
            assert len(index.search("car", k=99, where={"tag": "t"})) == 20
            found = index.similar("r3", k=99).ids
            assert len(found) == 19
            assert "r3" not in found
            assert index["r5"].text == "car 5"
    finally:
        done.set()
        writer.join()


@pytest.mark.parametrize("file", [None, "a.db"])
def test_iteration_is_of_the_moment_of_the_call(
    words: WordLlama, tmp_path: Path, file: str | None
) -> None:
    index = words.index(file and tmp_path / file)
    index.add(["a", "b", "c"])
    everything, some = iter(index), index.records("text != 'a'")
    for record in index:
        index.delete(record.id)
    index.add(["d"])
    assert [record.text for record in everything] == ["a", "b", "c"]
    assert [record.text for record in some] == ["b", "c"]
    with pytest.raises(ValueError, match="can't be read as SQL"):
        index.records("nothing = 1")
