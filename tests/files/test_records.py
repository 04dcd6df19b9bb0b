"""Records go through every format and come back, and damage is told by file and line."""

from __future__ import annotations

import gc
import gzip
import io
import json
import os
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.files import Batch, DamagedError, Rejects, concat, of_texts, read, write
from wordllama.files.writing import writer_to

RECORD_FORMATS = ["jsonl", "csv", "tsv", "parquet", "arrow", "jsonl.gz", "csv.zst", "tsv.gz"]
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=40)


def records(batches: list[Batch]) -> list[dict[str, object]]:
    return [record for batch in batches for record in batch.records()]


@pytest.mark.parametrize("suffix", RECORD_FORMATS)
@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=20))
def test_records_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, rows: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("records") / f"records.{suffix}"
    source = path.with_name("source.jsonl")
    items = [{"id": other, "text": text} for text, other in rows]
    source.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    with write(path) as out:
        for batch in read(source, size=3):
            out.write(batch)
    assert records(list(read(path, size=4))) == items


@settings(max_examples=50, deadline=None)
@given(st.lists(TEXT, max_size=20))
def test_texts_without_line_ends_come_back_from_text(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("text") / "texts.txt"
    with write(path) as out:
        out.write(of_texts(texts))
    back = [text for batch in read(path) for text in batch.texts]
    assert back == [t.replace("\n", " ") for t in texts if not t.encode().isspace() and t]


def test_a_jsonl_line_passes_through_byte_for_byte(tmp_path: Path) -> None:
    line = '{ "n": 12345678901234567890, "x": 1.50,  "text": "a\\u00e9", "k": {"z": [1]} }'
    (tmp_path / "in.jsonl").write_text(line + "\n")
    with write(tmp_path / "out.jsonl") as out:
        for batch in read(tmp_path / "in.jsonl"):
            out.write(batch.add("score", np.array([0.25], np.float32)))
    assert (tmp_path / "out.jsonl").read_text() == line[:-2] + ', "score": 0.25}\n'


def test_parquet_columns_keep_their_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "text": pa.array(["a", "b"]).dictionary_encode(),
            "when": pa.array([1, None], pa.timestamp("ns", "UTC")),
            "small": pa.array([1, 2], pa.uint8()),
            "nested": [{"k": [1, 2]}, None],
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    with write(tmp_path / "out.parquet") as out:
        for batch in read(tmp_path / "in.parquet"):
            out.write(batch.add("vector", np.ones((len(batch), 4), np.float32)))
    back = pq.read_table(tmp_path / "out.parquet")
    assert back.schema.field("vector").type == pa.list_(pa.float32(), 4)
    assert back.drop_columns("vector").cast(table.schema).equals(table)


def test_csv_values_stay_strings(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('id,text\n007,"a ""b"",\nc"\n', newline="")
    with write(tmp_path / "out.csv") as out:
        for batch in read(tmp_path / "in.csv"):
            out.write(batch)
    assert (tmp_path / "out.csv").read_text() == 'id,text\n007,"a ""b"",\nc"\n'


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.jsonl", b'{"text": "a"}\n{"text": \n', "in.jsonl:2: not JSON"),
        ("in.jsonl", b'{"text": "a"}\n[1]\n', "in.jsonl:2: a list, not a JSON object"),
        ("in.jsonl", b'{"text": "a"}\n\n{"text": 5}\n', "in.jsonl:3: column 'text' is a number"),
        ("in.jsonl", b'{"text": "a"}\n{"t": "b"}\n', "in.jsonl:2: no column 'text'; columns: t"),
        ("in.jsonl", b'{"text": "a"}\n{"text": null}\n', "in.jsonl:2: column 'text' is a null"),
        ("in.jsonl", b'{"text": "a", "x": NaN}\n', "in.jsonl:1: not JSON: NaN"),
        ("in.jsonl", b'{"text": "a\xff"}\n', "in.jsonl:1: not UTF-8 at byte 11"),
        ("in.jsonl", b'{"text": ' + b"[" * 100_000 + b"\n", "in.jsonl:1: not JSON"),
        ("in.csv", b"id,text\n1,a\n2,b,c\n", "in.csv:3: 3 fields where the header has 2"),
        ("in.csv", b'id,text\n1,"a\nb"\n2,\xff\n', "in.csv:4: not UTF-8"),
        ("in.csv", b'id,text\n1,"a\n', "in.csv:2: not a row"),
        ("in.txt", b"good\nb\xff\n", "in.txt:2: not UTF-8 at byte 1"),
    ],
)
def test_damage_is_told_by_file_and_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DamagedError) as error:
        list(read(tmp_path / name))
    assert message in str(error.value)


def test_damaged_records_are_skipped_into_a_rejects_file(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b'{"text": "a"}\nnot json\n{"text": "b"}\n{"text": 1}\n')
    with Rejects(tmp_path / "rejects.jsonl") as rejects:
        batches = list(read(tmp_path / "in.jsonl", on_damage=rejects))
    assert [text for batch in batches for text in batch.texts] == ["a", "b"]
    assert rejects.count == 2
    told = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert [(t["line"], t["record"]) for t in told] == [(2, "not json"), (4, '{"text": 1}')]


def test_a_damaged_row_of_csv_is_rejected_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b'id,text\n1,"a"b\n2,"\xff"\n3,c\n')
    with Rejects(tmp_path / "rejects.jsonl") as rejects:
        assert next(read(tmp_path / "in.csv", on_damage=rejects)).texts == ["c"]
    told = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert [(t["line"], t["record"]) for t in told] == [(2, '1,"a"b'), (3, '2,"\ufffd"')]


def test_a_null_text_in_parquet_is_damage(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a", None, "c"], "n": [1, 2, 3]}), tmp_path / "in.parquet")
    with Rejects(tmp_path / "rejects.jsonl") as rejects:
        batches = list(read(tmp_path / "in.parquet", on_damage=rejects))
    assert records(batches) == [{"text": "a", "n": 1}, {"text": "c", "n": 3}]
    with pytest.raises(DamagedError, match=r"in\.parquet:2: column 'text' is null"):
        list(read(tmp_path / "in.parquet"))


@pytest.mark.parametrize("name", ["in.jsonl.gz", "in.jsonl.zst", "in.parquet", "in.arrow"])
def test_a_file_that_is_cut_short_is_told_by_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with write(path) as out:
        out.write(of_texts([os.urandom(20).hex() for _ in range(20_000)]))
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(DamagedError, match=name):
        list(read(path))


@pytest.mark.parametrize("name", ["in.txt", "in.jsonl", "in.csv", "in.txt.gz"])
def test_an_empty_file_has_no_records(tmp_path: Path, name: str) -> None:
    content = gzip.compress(b"") if name.endswith("gz") else b""
    (tmp_path / name).write_bytes(content)
    assert list(read(tmp_path / name)) == []


def test_a_column_is_chosen_by_name_or_by_being_the_only_strings(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": 1, "body": "b"}\n')
    assert next(read(path)).column == "body"
    path.write_text('{"title": "t", "body": "b"}\n')
    assert next(read(path, column="title")).texts == ["t"]
    with pytest.raises(ValueError, match=r"in\.jsonl:1: which column is the text"):
        list(read(path))
    (tmp_path / "in.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"in\.csv: no column 'c'; columns: a, b"):
        list(read(tmp_path / "in.csv", column="c"))


def test_utf16_is_named(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("text", encoding="utf-16")
    with pytest.raises(ValueError, match="UTF-16"):
        list(read(tmp_path / "in.txt"))


def test_a_byte_order_mark_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"\xef\xbb\xbftext\na\n")
    assert records(list(read(tmp_path / "in.csv"))) == [{"text": "a"}]


def test_paragraphs_and_documents(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("one\ntwo\n\n\nthree\n")
    assert next(read(tmp_path / "in.txt", format="paragraphs")).texts == ["one\ntwo", "three"]
    whole = next(read(tmp_path / "in.txt", format="document"))
    assert whole.records() == [{"file": str(tmp_path / "in.txt"), "text": "one\ntwo\n\n\nthree\n"}]


def test_folders_and_globs_are_read_in_order_of_name(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b.txt", "a.jsonl", "deep/c.csv", "ignored.bin", ".hidden.txt"):
        content = {"jsonl": '{"text": "a"}', "csv": "text\nc"}.get(name.rsplit(".")[-1], "b")
        (tmp_path / name).write_text(content)
    assert [t for batch in read(tmp_path) for t in batch.texts] == ["a", "b", "c"]
    assert [t for batch in read(f"{tmp_path}/**/*.csv") for t in batch.texts] == ["c"]
    with pytest.raises(FileNotFoundError, match="no file matches"):
        list(read(f"{tmp_path}/*.parquet"))
    with pytest.raises(FileNotFoundError, match="no such file"):
        list(read(tmp_path / "none.txt"))


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("before")
    with pytest.raises(ValueError, match="already have"), write(path) as out:
        out.write(of_texts(["a"]).add("text", [1]))
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_parquet_file_that_fails_is_given_up_quietly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ignored: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)

    def fail() -> None:
        with write(tmp_path / "out.parquet") as out:
            out.write(of_texts(["text"] * 70_000))
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    gc.collect()
    assert not ignored
    assert not list(tmp_path.iterdir())


def test_a_device_is_written_to_and_not_replaced() -> None:
    with write("/dev/null", "jsonl") as out:
        out.write(of_texts(["a"]))
    assert Path("/dev/null").is_char_device()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "target.txt").write_text("")
    (tmp_path / "link.txt").symlink_to("target.txt")
    with write(tmp_path / "link.txt") as out:
        out.write(of_texts(["a"]))
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "target.txt").read_text() == "a\n"


@pytest.mark.parametrize(("dtype", "width"), [(np.float32, 5), (np.uint64, 4)])
def test_npy_holds_the_vectors(tmp_path: Path, dtype: type, width: int) -> None:
    vectors = np.arange(7 * width, dtype=dtype).reshape(7, width)
    with write(tmp_path / "out.npy") as out:
        for part in (vectors[:3], vectors[3:]):
            out.write(of_texts(["t"] * len(part)).add("vector", part))
    back = np.load(tmp_path / "out.npy")
    assert back.dtype == dtype
    assert np.array_equal(back, vectors)


def test_vectors_in_jsonl_are_exact(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)
    with write(tmp_path / "out.jsonl") as out:
        out.write(of_texts(["t"] * 20).add("vector", vectors))
    back = [record["vector"] for record in records(list(read(tmp_path / "out.jsonl")))]
    assert np.array_equal(np.array(back, np.float32), vectors)


def test_a_new_column_does_not_take_the_place_of_another(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="already have a column 'text'"):
        of_texts(["a"]).add("text", [1])


def test_columns_of_several_types_are_refused_by_parquet_by_name(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "a", "n": 1}\n{"text": "b", "n": "x"}\n')
    with (
        pytest.raises(ValueError, match="column 'n' has values of several types"),
        write(tmp_path / "out.parquet") as out,
    ):
        out.write(next(read(tmp_path / "in.jsonl")))
    assert not (tmp_path / "out.parquet").exists()


HALF = '{"text": "a", "x": "b\\ud83d", "y": {"z": ["\\ud83d"]}}\n'


@pytest.mark.parametrize("name", ["out.parquet", "out.arrow", "out.csv", "out.tsv", "out.txt"])
@pytest.mark.parametrize(
    ("line", "what"),
    [
        (HALF, "column '[xy]'"),
        ('{"text": "a\\ud83d"}\n', "(column 'text'|a text)"),
        ('{"text": "a", "\\ud83d": 1}\n', "(the name of a column|column .*)"),
        ('{"text": "a", "x": {"\\ud83d": 1}}\n', "column 'x'"),
    ],
)
def test_half_of_a_surrogate_pair_is_refused_by_column(
    tmp_path: Path, name: str, line: str, what: str
) -> None:
    (tmp_path / "in.jsonl").write_text(line)
    batch = next(read(tmp_path / "in.jsonl", column="text"))
    text_only = name == "out.txt" and "ud83d" not in json.dumps(batch.texts)
    nested = name.endswith("sv") and '"x": {' in line  # JSON in a cell holds it as an escape
    if text_only or nested:
        with write(tmp_path / name) as out:
            out.write(batch)
        assert "\ufffd" not in (tmp_path / name).read_text()
        return
    with (
        pytest.raises(ValueError, match=rf"^{what} has half of a surrogate pair .*write JSONL"),
        write(tmp_path / name) as out,
    ):
        out.write(batch)
    assert not (tmp_path / name).exists()


def test_half_of_a_surrogate_pair_stays_in_json(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(HALF)
    batch = next(read(tmp_path / "in.jsonl", column="text"))
    for changed in (batch, batch.cut([["a"]]), batch.add("\ud83d", ["\udc00"])):
        with write(tmp_path / "out.jsonl") as out:
            out.write(changed)
        written = json.loads((tmp_path / "out.jsonl").read_text())
        assert written == changed.records()[0]


@pytest.mark.parametrize(
    "number", ["1e400", "-1E+999", "9" * 310 + ".0", "9" * 250 + "e99", "[1, [1e400]]"]
)
def test_a_number_beyond_float64_is_refused_or_stays(tmp_path: Path, number: str) -> None:
    line = f'{{"text": "a", "m": {{"v": {number}}}, "w": 1e308, "tiny": 1e-400}}\n'
    (tmp_path / "in.jsonl").write_text(line)
    batch = next(read(tmp_path / "in.jsonl", column="text"))
    with write(tmp_path / "out.jsonl") as out:
        out.write(batch)
    assert (tmp_path / "out.jsonl").read_text() == line
    for name in ("out.parquet", "out.arrow", "out.csv"):
        with (
            pytest.raises(ValueError, match=r"column 'v' has a number beyond the range of float64"),
            write(tmp_path / name) as out,
        ):
            out.write(batch)
    with pytest.raises(ValueError, match="column 'v' has a number beyond"):
        batch.cut([["a"]])


def test_long_records_make_small_batches(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text(("x" * (1 << 20) + "\n") * 40)
    assert max(len(batch) for batch in read(tmp_path / "in.txt")) <= 17


def test_joined_batches_hold_all_records_in_order(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a", "b"], "n": [1, 2]}), tmp_path / "in.parquet")
    (tmp_path / "in.jsonl").write_text('{"text": "c", "n": 3}\n')
    mixed = concat([*read([tmp_path / "in.parquet", tmp_path / "in.jsonl"])])
    assert [record["n"] for record in mixed.records()] == [1, 2, 3]
    same = concat([*read(tmp_path / "in.parquet", size=1)])
    assert same.take([1, 0]).records() == [{"text": "b", "n": 2}, {"text": "a", "n": 1}]


def test_a_line_of_json_keeps_all_but_the_white_space_around_it(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b'{"text" :"a",  "n": 1.50}\r\n  {"text":"b\\u00e9"} \n')
    with write(tmp_path / "out.jsonl") as out:
        for batch in read(tmp_path / "in.jsonl"):
            out.write(batch)
    written = (tmp_path / "out.jsonl").read_bytes()
    assert written == b'{"text" :"a",  "n": 1.50}\n{"text":"b\\u00e9"}\n'


@pytest.mark.parametrize("empty", ["{}", "[{}, {}]", '{"y": {}}'])
def test_a_column_of_empty_objects_is_refused_by_parquet_by_name(
    tmp_path: Path, empty: str
) -> None:
    (tmp_path / "in.jsonl").write_text(f'{{"text": "a", "x": {empty}}}\n')
    words = "column 'x' does not go into parquet: it has empty objects, {}; write Arrow or JSONL"
    (batch,) = read(tmp_path / "in.jsonl")
    out = writer_to(io.BytesIO(), "parquet")
    out.write(batch)
    with pytest.raises(ValueError, match=words):
        out.close()


def test_the_columns_to_choose_from_are_those_of_strings(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": 1, "title": "a", "body": "b"}\n')
    with pytest.raises(ValueError, match=r"Name one of: title, body$"):
        list(read(tmp_path / "in.jsonl"))


def test_one_field_is_one(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,text\n1\n")
    with pytest.raises(ValueError, match=r"in\.csv:2: 1 field where the header has 2"):
        list(read(tmp_path / "in.csv", column="text"))


def test_a_folder_without_known_names_hints_at_the_format(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("a\n")
    with pytest.raises(FileNotFoundError, match="--from names the format"):
        list(read(tmp_path))
    assert [batch.texts for batch in read(tmp_path, format="text")] == [["a"]]
