"""An index read out: all records with their vectors, as they were at the call."""

from __future__ import annotations

from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from wordllama import WordLlama

UTC = timezone.utc


@pytest.fixture(scope="module")
def words() -> WordLlama:
    return WordLlama.load("l2_words")


@pytest.mark.parametrize("in_file", [True, False])
def test_arrow_has_what_the_index_had_at_the_call(
    words: WordLlama, tmp_path: Path, in_file: bool
) -> None:
    index = words.index(tmp_path / "a.db" if in_file else None, timeout=0.05)
    index.add({"id": f"n{i}", "text": f"car {i}", "n": i} for i in range(9000))
    index.delete(where="n % 3 = 0")
    held, vectors = list(index), index.embed([record.text for record in index])
    reader = index.to_arrow()
    first = reader.read_next_batch()
    index.add([{"id": "n8000", "text": "a bus", "n": -1}, {"id": "new", "text": "b", "n": -1}])
    index.delete("n7999")
    if not in_file:
        index.vacuum()
    table = pa.Table.from_batches([first, *reader])
    assert [(row["id"], row["text"], row["n"]) for row in table.drop(["vector"]).to_pylist()] == [
        (record.id, record.text, record.fields["n"]) for record in held
    ]
    exported = np.stack(table["vector"].to_numpy())
    np.testing.assert_allclose(np.linalg.norm(exported, axis=1), 1, atol=1e-6)
    assert float((exported * vectors).sum(axis=1).min()) > 0.999  # int8 of the same direction


def test_nothing_is_vacuumed_while_a_reader_is_open(words: WordLlama, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    index = words.index(path, timeout=0.05)
    index.add(f"car {i}" for i in range(9000))
    index.delete(where="id < 8000")
    with pytest.raises(ValueError, match="another column"):
        index.to_arrow("text")
    reader = index.to_arrow()
    reader.read_next_batch()
    with pytest.raises(TimeoutError, match="a reader is open"):
        index.vacuum()
    assert len(index._opened.memory) == 9000  # nothing is half done
    del reader
    size = path.stat().st_size
    index.vacuum()
    assert path.stat().st_size < size / 2
    reader = index.to_arrow()  # of a file without a log
    with pytest.raises(TimeoutError, match="a reader is open"):
        index.vacuum()
    assert len(reader.read_all()) == len(index) == 1000


def test_fields_keep_their_types(words: WordLlama) -> None:
    index = words.index()
    values: dict[str, Any] = {
        "flag": True,
        "whole": 2**60,
        "half": 0.5,
        "word": "é",
        "raw": b"\0",
        "day": date(2026, 1, 2),
        "naive": datetime(2026, 1, 2, 3),
        "zoned": datetime(2026, 1, 2, 3, tzinfo=UTC),
        "list": [1, {"a": None}],
    }
    index.add([{"id": 1, "text": "a", **values, "mixed": values["naive"]}], text="text")
    index.add([{"id": 2, "text": "b", "mixed": values["zoned"]}], text="text")
    first, second = index.to_arrow(vector="v").read_all().drop(["v"]).to_pylist()
    expected = values | {"list": '[1, {"a": null}]', "mixed": "2026-01-02T03:00:00"}
    assert first == {"id": 1, "text": "a", **expected}
    nothing = dict.fromkeys(values)
    assert second == {"id": 2, "text": "b", **nothing, "mixed": "2026-01-02T03:00:00+00:00"}
    index.add(["c"], ids=["c"])
    assert index.to_arrow().read_all()["id"].to_pylist() == ["1", "2", "c"]


def test_bits_and_nothing(words: WordLlama) -> None:
    index = WordLlama.load("l2_words", binary=True).index()
    assert index.to_arrow().read_all().num_rows == 0
    index.add([{"text": "a red car", "vector": 1}], text="text")
    with pytest.raises(ValueError, match="vector is 'vector', but that is another column's name"):
        index.to_arrow()
    bits = index.to_arrow(vector="bits").read_all()["bits"].to_pylist()
    assert bits == np.packbits(words.embed(["a red car"]) > 0, axis=1).tolist()


def test_records_by_a_condition(words: WordLlama) -> None:
    index = words.index()
    index.add(
        {"text": f"car {i}", "n": i, "tags": ["x", i, 'a"b'], "name": "ÉCOLE"} for i in range(3000)
    )
    assert [record.fields["n"] for record in index.records({"n": {"<": 2}})] == [0, 1]
    assert [record.id for record in index.records("json_contains(tags, ?)", [7])] == [7]
    assert (
        len(list(index.records("casefold(name) = 'école'"))) == len(list(index.records())) == 3000
    )
    assert list(index.records("json_contains(name, 'x') or json_contains(n, 1)")) == []
    found = index.records("n < 2000")
    next(found)
    index.delete(where="n < 1999")
    assert [record.fields["n"] for record in found][-1] == 1999
