"""Files that are taken up, and kept up with: the index is what a new one of the same files is."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama import WordLlama
from wordllama.index import Index, Synced, syncing

HERE = Path(__file__).parent
KILLS = int(os.environ.get("WORDLLAMA_INDEX_KILLS", "3"))


def held(index: Index) -> dict[Any, Any]:
    """What an index holds, in no order."""
    return {
        record.id: (record.text, {k: v for k, v in record.fields.items() if v is not None})
        for record in index
    }


def found(index: Index, query: str) -> list[Any]:
    hits = index.search(query, 100)
    return sorted((str(h.id), h.score, h.vector_score, h.keyword_score) for h in hits)


# -- any history ---------------------------------------------------------------------------------

LINES = ["# Cars", "## Trucks", "A truck is slow.", "", "A car needs *fuel*.", "- one", "Soup!"]
document = st.lists(st.sampled_from(LINES), max_size=6).map("\n".join)
record = st.fixed_dictionaries(
    {"text": st.sampled_from(LINES)},
    optional={"id": st.integers(0, 6), "n": st.sampled_from([1, 2, 2.5])},
)


def jsonl(records: list[dict[str, Any]]) -> str:
    ids = all("id" in each for each in records)
    kept = [each if ids else {k: v for k, v in each.items() if k != "id"} for each in records]
    return "".join(json.dumps(each) + "\n" for each in kept)


writing = st.one_of(
    st.tuples(st.sampled_from(["a.md", "sub/b.txt", "sub/c.md"]), document),
    st.tuples(st.sampled_from(["d.jsonl", "sub/e.jsonl"]), st.lists(record, max_size=9).map(jsonl)),
)
step = st.one_of(
    writing,
    st.sampled_from(["a.md", "sub/b.txt", "d.jsonl", "sub/e.jsonl"]).map(lambda name: (name, None)),
)


@settings(max_examples=25)
@given(
    st.lists(st.lists(step, max_size=4), min_size=1, max_size=5),
    st.sampled_from([1, 3, 1000]),
    st.sampled_from([15, 1000]),
)
def test_after_any_history_it_is_as_a_new_one(
    words: WordLlama, history: list[list[tuple[str, str | None]]], size: int, limit: int
) -> None:
    index = words.index()
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(syncing, "PIECE", size)
        patch.setattr(syncing, "RECORDS", size)
        folder = Path(name) / "notes"
        (folder / "sub").mkdir(parents=True)
        for steps in history:
            for file, content in steps:
                path = folder / file
                if content is None:
                    path.unlink(missing_ok=True)
                else:
                    path.write_text(content)
            fresh = words.index()
            done: list[Any] = []
            for each in (index, fresh):
                try:
                    done.append(each.sync(folder, limit=limit, delete_gone="all"))
                except ValueError as error:
                    done.append(error)
            failed = [isinstance(each, ValueError) for each in done]
            assert failed in ([False, False], [True, True])
            if any(failed):
                assert all("the id" in str(error) for error in done)
                continue
            assert held(index) == held(fresh)
            assert index.check() == []
            for query in ("a car of fuel", "trucks"):
                assert found(index, query) == found(fresh, query)
            assert index.sync(folder, limit=limit, delete_gone="all").unchanged == sorted(
                done[1].new
            )


@settings(max_examples=15)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["a.jsonl", "b.jsonl", "c.jsonl"]),
            st.lists(st.sampled_from(["A truck is slow.", "It needs fuel.", "Soup!"]), max_size=3),
        ),
        min_size=2,
        max_size=5,
    ),
    st.sampled_from([1, 1000]),
)
def test_of_duplicates_one_stays_after_any_history(
    words: WordLlama, history: list[dict[str, list[str]]], size: int
) -> None:
    index = words.index()
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(syncing, "RECORDS", size)
        patch.setattr(syncing, "PIECE", size)
        for files in history:
            for path in Path(name).iterdir():
                path.unlink()
            (Path(name) / "there.txt").write_text("It stays.")
            for file, texts in files.items():
                (Path(name) / file).write_text(jsonl([{"text": text} for text in texts]))
            index.sync(name, skip_duplicates=0.95)
            there = {text for texts in files.values() for text in texts} | {"It stays."}
            assert {record.text for record in index} == there
            assert len(index) == len(there)


# -- what it says --------------------------------------------------------------------------------


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / "sub").mkdir(parents=True)
    (folder / "cars.md").write_text("# Cars\n\nFast.\n\n## Fuel\n\nThey need it.\n")
    (folder / "sub" / "soup.txt").write_text("Soup is warm.")
    (folder / "r.jsonl").write_text('{"id": 7, "text": "A record", "year": 2020}\n')
    return folder


def old(*paths: Path) -> None:
    """Let files be older than those whose time says nothing."""
    for path in paths:
        os.utime(path, (1_000_000_000, 1_000_000_000))


def test_chunks_know_their_place(words: WordLlama, notes: Path) -> None:
    index = words.index()
    (notes / "cars.md").write_bytes(
        b"\xef\xbb\xbf# A\r\n\r\n\xc3\xa4 b\r\n\r\n    code\r\n\r\n# B\r\n"
    )
    index.sync(notes / "cars.md", limit=14)
    text = (notes / "cars.md").read_text("utf-8-sig")
    assert [record.id for record in index] == [f"cars.md#{n}" for n in range(3)]
    for record in index:
        assert text[record.fields["start"] : record.fields["end"]] == record.text
    assert [record.fields["heading"] for record in index] == ["A", "A", "B"]
    assert index["cars.md#1"].text == "    code"


def test_only_what_changed_is_read_and_written(
    words: WordLlama, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = words.index()
    old(*notes.rglob("*.*"))
    assert str(index.sync(notes)) == "3 files: 3 new; records: 4 added"
    monkeypatch.setattr(syncing, "Snapshot", None)  # nothing is read
    assert str(index.sync(notes)) == "3 files: 3 unchanged"
    monkeypatch.undo()
    rows = dict(index._opened.store.connection.execute("SELECT id, wl_row FROM records"))
    (notes / "cars.md").write_text("# Cars\n\nFast.\n\n## Fuel\n\nThey need much of it.\n")
    (notes / "sub" / "soup.txt").touch()  # as it was
    done = index.sync(notes)
    assert (done.changed, done.kept, done.added, done.deleted) == (["notes/cars.md"], 1, 1, 1)
    after = dict(index._opened.store.connection.execute("SELECT id, wl_row FROM records"))
    assert {id for id in rows if rows[id] != after[id]} == {"notes/cars.md#1"}
    assert index.sync(notes, limit=999).changed == ["notes/cars.md", "notes/sub/soup.txt"]
    (notes / "r.jsonl").unlink()
    assert index.sync(notes, dry_run=True).gone == ["notes/r.jsonl"]
    assert index.sync(notes, delete_gone=False).gone == []
    assert 7 in index
    assert index.sync(notes).gone == ["notes/r.jsonl"]
    assert 7 not in index


def test_names_depend_on_the_folder_alone(
    words: WordLlama, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = words.index()
    index.sync(notes / "sub" / "soup.txt")
    assert index.ids == ["soup.txt#0"]
    index.sync(notes)  # the folder's name for it, from now on
    ids = sorted(map(str, index.ids))
    assert ids == ["7", "notes/cars.md#0", "notes/cars.md#1", "notes/sub/soup.txt#0"]
    monkeypatch.chdir(notes / "sub")
    for given_as in ("..", ".", "soup.txt", "../*.md", notes):
        assert not index.sync(given_as).changed
        assert sorted(map(str, index.ids)) == ids
    notes.rename(notes.with_name("moved"))
    (notes.parent / "else").mkdir()
    (notes.parent / "moved").rename(notes.parent / "else" / "notes")
    assert len(index.sync(notes.parent / "else" / "notes").unchanged) == 3
    assert sorted(map(str, index.ids)) == ids


def test_a_folder_that_became_empty_may_be_a_missing_drive(words: WordLlama, notes: Path) -> None:
    index = words.index()
    index.sync([notes, notes / "sub" / "soup.txt"])
    before = held(index)
    (notes / "sub" / "soup.txt").unlink()
    assert index.sync([notes / "sub" / "soup.txt"], dry_run=True).gone == ["notes/sub/soup.txt"]
    notes.rename(notes.with_name("elsewhere"))
    for make in (lambda: None, notes.mkdir):
        make()
        for given_as in (notes, notes / "*.md"):
            with pytest.raises(FileNotFoundError, match=r"the index has . files of it .*='all'"):
                index.sync(given_as)
    assert index.sync(notes, delete_gone=False).gone == []
    assert held(index) == before
    with pytest.raises(ValueError, match="delete_gone is 'none', expected"):
        index.sync(notes, delete_gone="none")  # type: ignore[arg-type]
    assert len(index.sync(notes, delete_gone="all").gone) == 3
    assert len(index) == 0
    with pytest.raises(ValueError, match="a path is empty"):
        index.sync("")


def test_what_a_folder_holds_is_what_a_new_index_would_take_of_it(
    words: WordLlama, notes: Path
) -> None:
    index = words.index()
    (notes / "a.xyz").write_text("one\ntwo")
    (notes / "b.xyz").write_text("A text.")
    index.sync(notes, format="text")
    index.sync(notes)
    (notes / "a.xyz").write_text("Another text.")
    (notes / "cars.md").unlink()
    (notes / "cars.md").mkdir()
    (notes / "cars.md" / "new.md").write_text("A new text.")
    (notes / "sub").rename(notes.with_name("sub"))
    (notes / "sub").symlink_to(notes.with_name("sub"))
    assert index.sync(notes).gone == ["notes/cars.md", "notes/sub/soup.txt"]
    fresh = words.index()
    fresh.sync([notes, notes / "a.xyz", notes / "b.xyz"])
    assert held(index) == held(fresh)
    assert index["notes/a.xyz#0"].text == "Another text."


def test_two_of_one_name_or_id_are_refused(words: WordLlama, notes: Path) -> None:
    index = words.index()
    index.sync(notes)
    before = held(index)
    (notes.parent / "cars.md").write_text("x")
    (notes / "sub" / "cars.md").write_text("y")
    with pytest.raises(ValueError, match=r"two files are called 'cars\.md': .*; name them from"):
        words.index().sync([notes.parent / "cars.md", notes / "sub" / "cars.md"])
    rooted = words.index()
    rooted.sync([notes.parent / "cars.md", notes / "sub" / "cars.md"], root=notes.parent)
    assert sorted(rooted.ids) == ["cars.md#0", "notes/sub/cars.md#0"]
    with pytest.raises(ValueError, match="is not in root"):
        rooted.sync(notes, root=notes / "sub")
    (notes / "sub" / "s.jsonl").write_text('{"id": 7, "text": "Another"}\n')
    with pytest.raises(ValueError, match=r"notes/r\.jsonl and notes/sub/s\.jsonl both .* the id 7"):
        index.sync(notes)
    assert held(index) | before == held(index)
    (notes / "sub" / "s.jsonl").write_text('{"id": 8, "text": "a"}\n{"id": 8, "text": "b"}\n')
    with pytest.raises(ValueError, match=r"s\.jsonl: two records have the id 8"):
        index.sync(notes)
    (notes / "sub" / "s.jsonl").write_text('{"id": 8, "text": "a"}\n')
    index.sync(notes)
    (notes / "sub" / "s.jsonl").write_text('{"id": 8, "text": "a"}\n' * 2)
    with pytest.raises(ValueError, match=r"s\.jsonl: two records have the id 8"):
        index.sync(notes)
    index.add([{"id": 9, "text": "By hand", "file": "f"}])
    (notes / "sub" / "s.jsonl").write_text('{"id": 9, "text": "a"}\n')
    with pytest.raises(ValueError, match=r"s\.jsonl: .* the id 9, which was added by itself"):
        index.sync(notes)
    assert index[9].text == "By hand"


def test_a_file_whose_fields_do_not_fit_is_left_out_by_itself(
    words: WordLlama, notes: Path
) -> None:
    index = words.index()
    (notes / "s.jsonl").write_text('{"text": "a", "year": 1}\n{"text": "b", "year": "old"}\n')
    (notes / "t.jsonl").write_text('{"text": "a", "WL_row": 1}\n')
    (notes / "u.csv").write_text("text,year\na,late\n")
    (notes / "v.jsonl").write_text('{"text": "a", "file": 3}\n')
    done = index.sync(notes)
    assert [(each.name, each.reason.split(": ", 1)[1][:35]) for each in done.skipped] == [
        ("notes/s.jsonl", "record 1: field 'year' is text, but"),
        ("notes/t.jsonl", "a field can't be called 'WL_row'; r"),
        ("notes/u.csv", "record 0: field 'year' is text, but"),
        ("notes/v.jsonl", "record 0: field 'file' is integer, "),
    ]
    assert len(done.new) == 3
    assert len(index) == 4


@pytest.mark.parametrize("whole", [10, 1 << 20])
def test_of_a_damaged_file_nothing_is_taken_up(
    words: WordLlama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: int
) -> None:
    from wordllama.index import taking_up

    monkeypatch.setattr(taking_up, "WHOLE_BYTES", whole)
    monkeypatch.setattr(syncing, "PIECE", 10)
    monkeypatch.setattr(syncing, "RECORDS", 20)
    path = tmp_path / "r.jsonl"
    records = [{"text": f"record {n}"} for n in range(100)]
    path.write_text(jsonl(records))
    index = words.index()
    index.sync(path)
    before = held(index)
    path.write_text(jsonl([{"text": f"changed {n}"} for n in range(100)]) + "{")
    (skipped,) = index.sync(path).skipped
    assert skipped.reason.startswith("r.jsonl:101: not JSON")
    assert held(index) == before
    path.write_text(jsonl([*records, {"text": "one more"}]))
    assert index.sync(path).added == 1


def test_what_can_t_be_read_is_left_out_and_said(words: WordLlama, notes: Path) -> None:
    index = words.index(notes / "index.db")
    (notes / "loop").symlink_to(notes)
    (notes / "link.md").symlink_to(notes / "cars.md")
    (notes / "dangling.md").symlink_to(notes / "nothing.md")
    (notes / "package.json").write_text('{"name": "a", "version": "b"}')
    (notes / "binary.txt").write_bytes(b"one \0\1 two")
    (notes / "latin.md").write_bytes("ä".encode("latin-1"))
    (notes / "broken.jsonl").write_text('{"text": "a"}\n{"text": ')
    (notes / "picture.png").write_bytes(b"\x89PNG")
    os.mkfifo(notes / "pipe.txt")
    (notes / os.fsdecode(b"name\xff.md")).write_text("a text")
    done = index.sync([notes, notes / "*.png"])
    assert {s.name.removeprefix("notes/"): s.reason[:32].strip() for s in done.skipped} == {
        "dangling.md": "No such file or directory",
        "pipe.txt": "is not a regular file",
        "name\\udcff.md": "its name is not UTF-8",
        "package.json": "notes/package.json:1: which colu",
        "binary.txt": "holds zero bytes: is not a text",
        "latin.md": "notes/latin.md:1: not UTF-8 at b",
        "broken.jsonl": "notes/broken.jsonl:2: not JSON:",
        "picture.png": "notes/picture.png:1: not UTF-8 a",
    }
    assert done.new == ["notes/cars.md", "notes/link.md", "notes/r.jsonl", "notes/sub/soup.txt"]
    (notes / "cars.md").write_bytes(b"\xff\xfe")
    index.sync(notes)
    assert "notes/cars.md#1" in index  # as it was
    with pytest.raises(FileNotFoundError, match="no such file"):
        index.sync(notes / "nothing.md")
    with pytest.raises(FileNotFoundError, match="save what is piped"):
        index.sync("-")


def test_records_of_any_format_keep_their_fields(words: WordLlama, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table({"nr": [1, 2], "body": ["one car", "two cars"], "when": [2.5, None]})
    parquet.write_table(table, tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text("nr,body\na,three cars\n")
    index = words.index()
    index.sync([tmp_path / "t.parquet", tmp_path / "t.csv"], ids="nr", text="body")
    assert held(index) == {
        1: ("one car", {"when": 2.5}), 2: ("two cars", {}), "a": ("three cars", {})
    }  # fmt: skip
    table = pyarrow.table({"text": ["a"], "price": pyarrow.array([1], pyarrow.decimal128(5))})
    parquet.write_table(table, tmp_path / "decimal.parquet")
    (skipped,) = index.sync(tmp_path / "decimal.parquet").skipped
    assert "decimal.parquet: record 0: field 'price' is a Decimal" in skipped.reason
    (tmp_path / "lines.txt").write_text("one\n\ntwo\n")
    lines = words.index()
    lines.sync(tmp_path / "lines.txt", format="text")
    assert held(lines) == {"lines.txt#0": ("one", {}), "lines.txt#1": ("two", {})}


def test_duplicates_can_be_left_out(words: WordLlama, notes: Path) -> None:
    (notes / "sub" / "copy.md").write_text((notes / "cars.md").read_text())
    index = words.index()
    done = index.sync(notes, skip_duplicates=0.99)
    assert (done.added, [(s.id, s.of) for s in done.duplicates]) == (
        4, [(f"notes/sub/copy.md#{n}", f"notes/cars.md#{n}") for n in range(2)]
    )  # fmt: skip
    assert index.sync(notes, skip_duplicates=0.99).changed == []
    (notes / "cars.md").unlink()  # now they are no duplicates
    done = index.sync(notes, skip_duplicates=0.99)
    assert str(done) == "3 files: 3 unchanged, 1 gone; records: 2 added, 2 deleted"
    assert "notes/sub/copy.md#1" in index
    old(*notes.rglob("*.*"))
    index.sync(notes, skip_duplicates=0.99)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syncing, "Snapshot", None)  # nothing is read
        assert len(index.sync(notes, skip_duplicates=0.99).unchanged) == 3


# -- faults --------------------------------------------------------------------------------------


def test_a_run_that_stops_goes_on_where_it_was(
    words: WordLlama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "PIECE", 10)
    monkeypatch.setattr(syncing, "RECORDS", 20)
    path = tmp_path / "r.jsonl"
    path.write_text("".join(f'{{"id": {n}, "text": "record {n}"}}\n' for n in range(100)))
    index = words.index(tmp_path / "i.db")
    commit = syncing.Sync._commit

    def stop(self: Any, group: Any) -> None:
        if len(index) >= 60:
            raise KeyboardInterrupt
        commit(self, group)

    monkeypatch.setattr(syncing.Sync, "_commit", stop)
    with pytest.raises(KeyboardInterrupt):
        index.sync(path)
    monkeypatch.setattr(syncing.Sync, "_commit", commit)
    assert (len(index), index.info()["unfinished"]) == (60, ["r.jsonl"])
    done = index.sync(path)
    assert (done.added, done.kept, done.new) == (40, 0, ["r.jsonl"])
    assert (len(index), index.info()["unfinished"], index.check()) == (100, [], [])


def test_a_file_that_changes_while_it_is_read_is_not_done(
    words: WordLlama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wordllama.index import taking_up

    monkeypatch.setattr(taking_up, "WHOLE_BYTES", 10)
    path = tmp_path / "a.md"
    path.write_text("# A\n\nThe first text.\n")
    entries = taking_up.entries

    def changing(*args: Any) -> Any:
        yield from entries(*args)
        path.write_text("# A\n\nAnother text.\n")

    index = words.index()
    monkeypatch.setattr(taking_up, "entries", changing)
    assert "changed while it was read" in index.sync(path).skipped[0].reason
    monkeypatch.setattr(taking_up, "entries", entries)
    assert index.sync(path).new == ["a.md"]
    assert index["a.md#0"].text.endswith("Another text.")


def test_killed_at_any_moment_no_half_a_file_counts_as_done(
    words: WordLlama, tmp_path: Path
) -> None:
    rng = random.Random(0)
    folder, path = tmp_path / "notes", tmp_path / "notes.db"
    folder.mkdir()
    for seed in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, str(HERE / "killed_sync.py"), str(path), str(folder), str(seed)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        wanted, looks = rng.randrange(1, 12), rng.randrange(20_000)
        for line in writer.stdout:
            wanted -= "sync" in line
            if not wanted:
                before = _log_size(path)
                while looks and _log_size(path) == before:
                    looks -= 1
                break
        writer.send_signal(signal.SIGKILL)
        writer.stdout.read()
        writer.wait()
        with words.index(path) as index:
            assert index.check() == []
            with index._opened.reading() as store:
                sources = syncing.Sources(store.connection).all()
            texts = {record.id: record.text for record in index}
            for source in sources:
                of = {id: text for id, text in texts.items() if f"{source.name} " in text}
                if source.done is None:  # whole, of one version
                    assert len({text.split()[-1] for text in of.values()}) <= 1
                    (said,) = {text.split()[1] for text in of.values()} or {"0"}
                    assert len(of) == int(said)
            assert isinstance(index.sync(folder, delete_gone="all"), Synced)
            fresh = words.index()
            fresh.sync(folder)
            assert held(index) == held(fresh)
            assert found(index, "text of a cat") == found(fresh, "text of a cat")


def _log_size(path: Path) -> int:
    try:
        return path.with_name("notes.db-wal").stat().st_size
    except FileNotFoundError:
        return 0


def test_two_at_once_take_up_each_file_once(words: WordLlama, notes: Path) -> None:
    with words.index(notes / "i.db") as one, words.index(notes / "i.db") as other:
        commit = syncing.Sync._commit

        def late(self: Any, group: Any) -> None:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(syncing.Sync, "_commit", commit)
                other.sync(notes)
            commit(self, group)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(syncing.Sync, "_commit", late)
            done = one.sync(notes)
        assert (len(done.unchanged), done.added, done.changed) == (3, 0, [])
        assert len(one) == 4


# -- formats -------------------------------------------------------------------------------------

FORMAT_1 = """
CREATE TABLE about (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE records (wl_row INTEGER PRIMARY KEY, id NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE TABLE fields (name TEXT PRIMARY KEY, kind TEXT NOT NULL);
CREATE TABLE stems (token INTEGER PRIMARY KEY, stem TEXT NOT NULL);
CREATE TABLE blocks (last INTEGER PRIMARY KEY, count INTEGER NOT NULL, rows BLOB, vectors BLOB NOT NULL, scales BLOB, tokens BLOB NOT NULL, lengths BLOB NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE deleted (wl_row INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
ALTER TABLE records ADD COLUMN "year" NUMERIC;
PRAGMA application_id = 0x774C6C78;
PRAGMA user_version = 1;
"""  # noqa: E501


def test_a_file_of_format_1_is_read_and_brought_to_this_one(
    words: WordLlama, notes: Path, tmp_path: Path
) -> None:
    records = [{"id": n, "text": f"record {n} of a car", "year": 2000 + n} for n in range(50)]
    with words.index(tmp_path / "new.db") as index:
        index.add(records)
        index.delete([3])
        answer = found(index, "a car"), held(index)
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as file:
        file.executescript(FORMAT_1)
        file.execute("ATTACH ? AS new", [str(tmp_path / "new.db")])
        for table in ("about", "records", "fields", "stems", "blocks", "deleted"):
            file.execute(f"INSERT INTO main.{table} SELECT * FROM new.{table}")
    file.close()
    before = path.read_bytes()
    with words.index(path, read_only=True) as index:
        assert (found(index, "a car"), held(index)) == answer
        assert index.info()["files"] == 0
        assert index.sync(notes, dry_run=True).new
    assert path.read_bytes() == before
    with words.index(path) as index, words.index(path, read_only=True) as reader:
        assert (found(index, "a car"), held(index)) == answer
        (notes / "r.jsonl").unlink()
        assert index.sync(notes).added == 3
        assert len(reader) == 52
        assert index.check() == []
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (2,)
    file.close()
