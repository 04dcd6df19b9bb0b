"""What an index survives, and what it says about what it can't."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wordllama import WordLlama
from wordllama.index import Index

HERE = Path(__file__).parent
KILLS = int(os.environ.get("WORDLLAMA_INDEX_KILLS", "6"))
"""How often the writer is killed; `make faults` asks for 100."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes.db"


@pytest.fixture
def filled(words: WordLlama, path: Path) -> Path:
    """An index of 9,000 records, closed."""
    with words.index(path) as index:
        index.add([f"text {i} about a cat" for i in range(9000)])
    return path


# -- killed --------------------------------------------------------------------------------------


def applied(state: dict[int, str], change: dict[str, Any]) -> dict[int, str]:
    state = dict(state)
    for id in change.get("add", ()):
        state[id] = f"text {id} about a cat, {change['mark']}"
    for id in change.get("delete", ()):
        state.pop(id, None)
    return state


def log_size(path: Path) -> int:
    try:
        return path.with_name("notes.db-wal").stat().st_size
    except FileNotFoundError:
        return 0


def test_killed_at_any_moment_it_holds_whole_transactions(words: WordLlama, path: Path) -> None:
    rng = random.Random(0)
    state: dict[int, str] = {}
    for seed in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, str(HERE / "killed.py"), str(path), str(seed)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        # It is killed in the midst of a change: when the log has grown, or after some looks at it.
        wanted, looks = rng.randrange(1, 40), rng.randrange(20_000)
        grown = rng.choice([1, 10_000, 100_000, 1_000_000])
        lines = []
        for line in writer.stdout:
            lines.append(line)
            if len(lines) >= wanted and "begin" in line:
                before = log_size(path)
                while looks and abs(log_size(path) - before) < grown:
                    looks -= 1
                break
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.read().splitlines()
        writer.wait()
        pending = None
        for line in lines[1:]:
            said = json.loads(line)
            if "begin" in said:
                pending = said["begin"]
            else:
                assert pending is not None
                state, pending = applied(state, pending), None
        with words.index(path) as index:
            held = {int(record.id): record.text for record in index}
            possible = [state] if pending is None else [state, applied(state, pending)]
            assert held in possible
            state = held
            assert index.check() == []
            fresh = words.index()
            fresh.add([{"id": record.id, "text": record.text} for record in index])
            for query in ("text 7 cat", '"seed 1"', "step -cat"):
                assert found(index, query) == found(fresh, query)


def found(index: Index, query: str) -> list[Any]:
    hits = index.search(query, 20)
    return [(h.id, h.score, h.vector_score, h.keyword_score) for h in hits]


# -- the disk ------------------------------------------------------------------------------------


def test_a_full_disk_leaves_what_was_there(words: WordLlama, filled: Path) -> None:
    with words.index(filled) as index:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
            with pytest.raises(OSError, match=r"notes\.db"):
                index.add([f"more {i}" for i in range(20_000)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)
        assert len(index) == 9000
        assert index.search("cat", 1).ids
        index.add(["more"])
        assert index.check() == []
    with words.index(filled) as index:
        assert len(index) == 9001


def test_a_database_that_is_full_says_so(words: WordLlama, filled: Path) -> None:
    with words.index(filled) as index:
        connection = index._opened.check_open()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 3}")
        with pytest.raises(OSError, match="No space left") as caught:
            index.add([f"more {i}" for i in range(5000)])
        assert caught.value.filename == str(filled)
        assert len(index) == 9000


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the superuser's right to write anywhere."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_folder_that_can_t_be_written(words: WordLlama, filled: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "notes.db"
        path.write_bytes(filled.read_bytes())
        path.chmod(0o444)
        folder.chmod(0o555)
        with as_nobody():
            with words.index(path, read_only=True) as index:
                assert len(index) == 9000
                assert index.search("cat", 1, where="wl_row = 3").ids == [3]
            with pytest.raises(PermissionError, match=r"notes\.db"):
                words.index(path).add(["more"])
            with pytest.raises(PermissionError, match=r"other\.db"):
                words.index(folder / "other.db")
            assert os.listdir(folder) == ["notes.db"]
        folder.chmod(0o755)


def test_read_only_reads_only(words: WordLlama, filled: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no such index"):
        words.index(filled.with_name("other.db"), read_only=True)
    assert not filled.with_name("other.db").exists()
    with pytest.raises(ValueError, match="read_only needs the path"):
        words.index(read_only=True)
    with words.index(filled, read_only=True) as index:
        assert index.search("cat", 1).ids
        for change in (
            lambda: index.add(["x"]),
            lambda: index.delete(0),
            lambda: index.vacuum(),
        ):
            with pytest.raises(PermissionError, match="read_only=True"):
                change()
        assert len(index) == 9000


def test_there_must_be_a_folder(words: WordLlama, path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        words.index(path / "deeper" / "i.db")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        words.index(path.parent)


def test_a_closed_index_says_so(words: WordLlama, filled: Path) -> None:
    index = words.index(filled)
    index.close()
    index.close()
    with pytest.raises(ValueError, match="the index is closed"):
        index.search("cat")


# -- files that are none, or damaged -------------------------------------------------------------


def test_files_of_other_programs_are_refused_and_left_alone(words: WordLlama, path: Path) -> None:
    path.write_bytes(b"%PDF-1.7 and so on")
    with pytest.raises(ValueError, match="is not an index: it begins with b'%PDF"):
        words.index(path)
    assert path.read_bytes() == b"%PDF-1.7 and so on"
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE invoices (n)")
    before = path.read_bytes()
    for rebuild in (False, True):
        with pytest.raises(ValueError, match=r"another program, with tables \['invoices'\]"):
            words.index(path, rebuild=rebuild)
    assert path.read_bytes() == before


def test_an_empty_file_becomes_an_index(words: WordLlama, path: Path) -> None:
    path.touch()
    with words.index(path) as index:
        index.add(["a"])
    with words.index(path) as index:
        assert len(index) == 1


def test_a_newer_format_is_refused(words: WordLlama, filled: Path) -> None:
    with sqlite3.connect(filled) as other:
        other.execute("PRAGMA user_version = 99")
    with pytest.raises(ValueError, match=r"has format 99, but .* reads up to 2.*pip install -U"):
        words.index(filled)


def look_at_all(index: Index) -> None:
    """Raise ValueError if anything is damaged."""
    index.search("cat")
    if problems := index.check():
        raise ValueError(f"notes.db: {problems}")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off_says_so(words: WordLlama, filled: Path, share: float) -> None:
    os.truncate(filled, int(filled.stat().st_size * share))
    with pytest.raises(ValueError, match=r"notes\.db: "), words.index(filled) as index:
        look_at_all(index)


def test_a_flipped_byte_in_a_block_names_the_block(words: WordLlama, filled: Path) -> None:
    with sqlite3.connect(filled) as other:
        (vectors,) = other.execute("SELECT vectors FROM blocks WHERE last = 8191").fetchone()
        damaged = bytearray(vectors)
        damaged[1000] ^= 4
        other.execute("UPDATE blocks SET vectors = ? WHERE last = 8191", [bytes(damaged)])
    said = "notes.db: the block of 4096 rows up to 8191 is damaged: its checksum is wrong"
    with words.index(filled) as index:
        with pytest.raises(ValueError, match=said):
            index.search("cat")
        assert [problem[: len(said)] for problem in _problems(index)] == [
            f"{filled.parent}/{said}"[: len(said)]
        ]
    with words.index(filled, rebuild=True) as index:
        assert len(index) == 9000
        assert index.check() == []


def _problems(index: Index) -> list[str]:
    from wordllama.index import checking

    opened = index._opened
    return checking.problems(opened.store, opened.encoder)


@pytest.mark.parametrize("seed", range(8))
def test_flipped_bytes_anywhere_never_go_unseen_by_check(
    words: WordLlama, filled: Path, seed: int
) -> None:
    data = bytearray(filled.read_bytes())
    rng = random.Random(seed)
    place = rng.randrange(len(data))
    before = {record.id: record.text for record in words.index(filled)}
    data[place] ^= 1 << rng.randrange(8)
    filled.write_bytes(data)
    try:
        with words.index(filled) as index:
            wrong = index.check()
            same = {record.id: record.text for record in index} == before
    except ValueError:
        return
    assert wrong or same


def test_check_names_a_text_that_was_changed(words: WordLlama, filled: Path) -> None:
    with sqlite3.connect(filled) as other:
        other.execute("UPDATE records SET text = 'a dog' WHERE wl_row = 7")
        other.execute("DELETE FROM records WHERE wl_row = 9")
    with words.index(filled) as index:
        assert _problems(index) == [
            "the text of row 7 is not the one that was added",
            "1 vectors without a record, the first of row 9",
        ]


# -- hostile -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        "1) UNION SELECT sql FROM sqlite_master --",
        "n IN (SELECT last FROM blocks)",
        "EXISTS (SELECT 1 FROM records a, records b, records c, records d)",
        "load_extension('x')",
        "writefile('x', 'y')",
        "readfile('/etc/passwd') NOT NULL",
        "fts3_tokenizer('x') NOT NULL",
        "randomblob(1000000000) NOT NULL",
        "zeroblob(1000000000) NOT NULL",
        "printf('%.1000000000c', 'x') NOT NULL",
        "replace(hex(zeroblob(1000)), '0', 'xxxxxxxx') NOT NULL",
        "1; DROP TABLE records",
        "1); DELETE FROM records; --",
        "1) ; ATTACH 'x' AS y",
        "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c)",
        "wl_row = (SELECT count(*) FROM pragma_database_list)",
        "",
        "--",
        "/*",
    ],
)
def test_where_can_do_nothing_but_choose(
    words: WordLlama, filled: Path, where: str, tmp_path: Path
) -> None:
    files = sorted(tmp_path.iterdir())
    with words.index(filled) as index, words.index() as memory:
        memory.add([{"text": "a", "n": 1}])
        for each in (index, memory):
            size = len(each)
            with pytest.raises(ValueError, match="where "):
                each.search("cat", where=where)
            with pytest.raises(ValueError, match="where "):
                each.delete(where=where)
            assert len(each) == size
    assert sorted(tmp_path.iterdir()) == files


def test_a_condition_that_takes_too_long_is_stopped(words: WordLlama) -> None:
    index = words.index()
    index.add([f"{'a' * 500} {i}" for i in range(300)])
    slow = " OR ".join(f"text LIKE '%{'a%' * 5}{i}z'" for i in range(300))
    with pytest.raises(ValueError, match="where takes too long"):
        index.search("a", where=f"({slow}) OR ({slow})" + f" OR ({slow})" * 4)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM blocks; END",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE more (x)",
        "ALTER TABLE records ADD COLUMN bad GENERATED ALWAYS AS (abs(wl_row)) VIRTUAL",
        "DROP TABLE stems",
        "ALTER TABLE blocks ADD COLUMN x",
    ],
)
def test_a_database_with_more_than_an_index_has_is_refused(
    words: WordLlama, filled: Path, sql: str
) -> None:
    with sqlite3.connect(filled) as other:
        other.execute(sql)
    for read_only in (False, True):
        with pytest.raises(ValueError, match=r"notes\.db: "):
            words.index(filled, read_only=read_only)


def test_indexes_of_a_users_own_are_welcome(words: WordLlama, filled: Path) -> None:
    with words.index(filled) as index:
        index.add([{"text": "a cat", "year": 2020}])
    with sqlite3.connect(filled) as other:
        other.execute("CREATE INDEX by_year ON records (year)")
    with words.index(filled) as index:
        assert index.search("cat", where="year = 2020").ids == [9000]


# -- many at once --------------------------------------------------------------------------------


def test_readers_see_what_others_commit(words: WordLlama, filled: Path) -> None:
    with words.index(filled) as writer, words.index(filled, read_only=True) as reader:
        assert len(reader) == 9000
        script = (
            "import sys; from wordllama import WordLlama\n"
            "index = WordLlama.load('l2_words').index(sys.argv[1])\n"
            "index.add(['a zebra'], ids=['z']); index.delete(range(100))\n"
        )
        subprocess.run([sys.executable, "-c", script, str(filled)], check=True)
        for index in (reader, writer):
            assert len(index) == 8901
            assert index.search("zebra", 1).ids == ["z"]
        writer.vacuum()
        assert reader.search("zebra", 1).ids == ["z"]
        assert reader.ids == writer.ids


def test_what_is_written_after_another_process_has_closed_the_file_is_kept(
    words: WordLlama, filled: Path
) -> None:
    """As long as one process has it open, no other may take the log for nobody's, and delete it."""
    program = (
        "import sys; from wordllama import open_index\n"
        "with open_index(sys.argv[1]) as index: index.add(['theirs'], ids=['theirs'])\n"
    )
    with words.index(filled) as index:
        words.index(filled).close()
        subprocess.run([sys.executable, "-c", program, str(filled)], check=True)
        index.add(["ours"], ids=["ours"])
        shown = "import sys; from wordllama import open_index; print(*open_index(sys.argv[1]).ids)"
        listed = [sys.executable, "-c", shown, str(filled)]
        ids = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
        assert ids[-2:] == ["theirs", "ours"]


def test_a_reader_does_not_see_a_change_before_its_commit(words: WordLlama, filled: Path) -> None:
    with words.index(filled) as writer, words.index(filled, read_only=True) as reader:

        def texts() -> Any:
            for i in range(10_000):
                if i % 5000 == 1:
                    assert len(reader) == 9000
                yield f"more {i}"

        writer.add(texts())
        assert len(reader) == 19_000


def test_a_second_writer_waits_and_then_says_so(words: WordLlama, path: Path) -> None:
    with words.index(path) as first, words.index(path, timeout=0.2) as second:

        def texts() -> Any:
            yield "one"
            with pytest.raises(TimeoutError, match=r"another process has been writing .* 0\.2 s"):
                second.add(["two"])

        first.add(texts())
        assert second.add(["three"]).ids == [1]
        assert first.ids == second.ids == [0, 1]


def test_a_second_writer_that_waits_long_enough_writes(words: WordLlama, path: Path) -> None:
    with words.index(path) as first, words.index(path, timeout=60) as second:
        with ThreadPoolExecutor(1) as pool:
            waiting = []

            def texts() -> Any:
                yield "one"
                waiting.append(pool.submit(second.add, ["two"]))
                yield "three"

            first.add(texts())
            assert waiting[0].result().ids == [2]
        assert first.ids == [0, 1, 2]


def test_an_addition_within_an_addition_is_refused(words: WordLlama) -> None:
    index = words.index()

    def texts() -> Any:
        yield "one"
        index.add(["two"])

    with pytest.raises(RuntimeError, match="come from a change"):
        index.add(texts())
    assert len(index) == 0


def test_an_index_is_searched_while_another_thread_adds(words: WordLlama, filled: Path) -> None:
    with words.index(filled) as index, ThreadPoolExecutor(1) as pool:

        def texts() -> Any:
            for i in range(9000):
                if i % 4500 == 1:  # in the midst of it
                    assert len(pool.submit(index.search, "cat", 9).result()) == 9
                    assert pool.submit(len, index).result() == 9000
                yield f"more {i} of a zebra"

        index.add(texts())
        assert pool.submit(len, index).result() == 18_000
        assert len(index.search("zebra", 9)) == 9


def test_a_file_that_others_embed_anew_is_refused(
    words: WordLlama, wl: WordLlama, filled: Path
) -> None:
    with words.index(filled) as index:
        assert len(index) == 9000
        wl.index(filled, rebuild=True).close()
        for ask in (lambda: index.search("cat"), lambda: index.add(["x"]), lambda: len(index)):
            with pytest.raises(
                ValueError, match="was made with the model l2_supercat with 256 dense"
            ):
                ask()
        words.index(filled, rebuild=True, language="none").close()
        with pytest.raises(ValueError, match="stemmed anew by others; open it again"):
            index.search("cat")


def test_threads_share_an_index(words: WordLlama, path: Path) -> None:
    with words.index(path) as index:
        index.add([f"text {i} about a cat" for i in range(500)])

        def work(number: int) -> None:
            for i in range(10):
                if number % 2:
                    index.add([f"text {i} about a dog"], ids=[f"{number} {i}"])
                    index.delete(f"{number} {i - 3}")
                else:
                    assert len(index.search("text about a cat", 5)) == 5
                    assert index.search("cat", 1, where="wl_row < 500").ids[0] in range(500)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(6)))
        assert len(index) == 500 + 3 * 3
        assert index.check() == []


def _search_in_child(index: Index, queue: Any) -> None:
    try:
        index.add(["a zebra of a child"], ids=["child"])
        queue.put(index.search("zebra", 1).ids)
    except Exception as error:
        queue.put(error)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_children_of_a_fork_share_a_file(words: WordLlama, filled: Path) -> None:
    context = multiprocessing.get_context("fork")
    with words.index(filled) as index:
        index.search("cat", 1)
        queue = context.Queue()
        child = context.Process(target=_search_in_child, args=(index, queue))
        child.start()
        assert queue.get(timeout=120) == ["child"]
        child.join()
        assert index.search("zebra", 1).ids == ["child"]
        index.add(["a zebra of the parent"], ids=["parent"])
        assert index.check() == []


def test_nothing_is_left_behind(words: WordLlama, filled: Path) -> None:
    for _ in range(3):
        with words.index(filled) as index:
            index.search("cat", 1)
    del index
    gc.collect()
    assert [file.name for file in filled.parent.iterdir()] == ["notes.db"]


def test_memory_shared_with_vectors_stays_while_the_index_grows(words: WordLlama) -> None:
    index = words.index()
    index.add(["a", "b"])
    vectors = index.vectors
    kept = vectors.copy()
    for i in range(3):
        index.add([f"text {j}" for j in range(5000 * (i + 1))])
    np.testing.assert_array_equal(vectors, kept)
