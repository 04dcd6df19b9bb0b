"""Rows come out of every format alike, and what is wrong with one is named."""

import csv
import json
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wordllama.evaluate.tables import read_rows as evaluation_rows
from wordllama.files import read as files_read
from wordllama.train.config import Data
from wordllama.train.exclude import texts_in
from wordllama.train.records import read_rows

ROWS = [("a cat, here", "a dog"), ('say "hi"', "héllo"), ("three", "four")]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    found = {kind: tmp_path / f"rows.{kind}" for kind in ("jsonl", "csv", "tsv", "parquet")}
    with found["jsonl"].open("w") as out:
        out.writelines(json.dumps({"id": 1, "x": a, "y": b}) + "\n" for a, b in ROWS)
    with found["csv"].open("w", newline="") as out:
        csv.writer(out).writerows([("id", "x", "y"), *((1, a, b) for a, b in ROWS)])
    found["tsv"].write_text("id\tx\ty\n" + "".join(f"1\t{a}\t{b}\n" for a, b in ROWS))
    table = pa.table({"id": [1] * 3, "x": [a for a, _ in ROWS], "y": [b for _, b in ROWS]})
    pq.write_table(table, found["parquet"])
    return found


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv", "parquet"])
def test_named_columns_are_read_from_every_format(files: dict[str, Path], kind: str) -> None:
    data = Data(str(files[kind]), "pairs", ("y", "x"))
    assert list(read_rows(data)) == [(b, a) for a, b in ROWS]


def test_scores_are_numbers_and_empty_texts_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "sts.tsv"
    file.write_text("a\tb\tscore\none\ttwo\t4.5\n \tx\t1\n")
    assert list(read_rows(Data(str(file), "scored"))) == [("one", "two", 4.5)]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.tsv", "a\tb\nonly one\n", "line 2 has 1 fields, expected 2"),
        ("x.csv", "a,c\n1,2\n", "has no column 'b'; there are a, c"),
        ("x.jsonl", '{"a": "x"}\n', "line 1 has no 'b'"),
        ("x.jsonl", '{"a": "x", "b": 5}\n', "row 0, column 'b' is 5, expected a text"),
        ("x.jsonl", "{oops\n", "line 1: not JSON"),
        ("x.jsonl", "[1]\n", "line 1: holds a list"),
        ("x.parquet", "no", "not Parquet"),
        ("x.txt", "a", "ends in '.txt'"),
    ],
)
def test_what_is_wrong_with_a_row_is_named(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        list(read_rows(Data(str(file), "pairs", ("a", "b"))))


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv", "parquet"])
def test_a_damaged_file_is_named(files: dict[str, Path], kind: str) -> None:
    held = files[kind].read_bytes()
    half = len(held) // 2
    files[kind].write_bytes(held[:4] + b"\xff" * (half - 4) + held[half:])
    with pytest.raises(ValueError, match=f"rows.{kind}: (not UTF-8|not Parquet, or damaged)"):
        list(read_rows(Data(str(files[kind]), "pairs", ("y", "x"))))


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (['1\t"Yes," he said', '2\t"No."'], [("1", '"Yes," he said'), ("2", '"No."')]),
        (['1\t"a ""b"""', "2\tc"], [("1", 'a "b"'), ("2", "c")]),
        (['1\t"a\tb"', '2\t"c', 'd"'], [("1", "a\tb"), ("2", "c\nd")]),
        (['1\t"never closed', "2\tc"], [("1", '"never closed'), ("2", "c")]),
        (['1\t"Well,', '2\tyes."'], None),
    ],
)
def test_quotes_of_tsv_mean_the_same_everywhere(
    tmp_path: Path, lines: list[str], rows: list[tuple[str, str]] | None
) -> None:
    file = tmp_path / "rows.tsv"
    file.write_text("\n".join(["x\ty", *lines]) + "\n")
    readers = {
        "command line": lambda: [
            (r["x"], r["y"]) for batch in files_read(file, column="y") for r in batch.records()
        ],
        "training": lambda: list(read_rows(Data(str(file), "pairs"))),
        "exclusion": lambda: list(zip(*[islice(texts_in(file), 2, None)] * 2, strict=True)),
        "evaluation": lambda: [(r["x"], r["y"]) for r in evaluation_rows(file)],
    }
    for read in readers.values():
        if rows is None:
            with pytest.raises(ValueError, match=r"rows\.tsv: a quote mark may begin a field"):
                read()
        else:
            assert read() == rows


@pytest.mark.parametrize("line", ["[" * 100_000, '{"a": ' * 100_000, "[1]", "{"])
def test_jsonl_that_is_nested_deeply_or_no_object_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"a": "x"}\n' + line + "\n")
    for read in (lambda: list(read_rows(Data(str(file), "texts"))), lambda: list(texts_in(file))):
        with pytest.raises(ValueError, match=r"rows\.jsonl: line 2: (not JSON|holds a list)"):
            read()


@pytest.mark.parametrize("score", ["nan", "inf", "high", "1e999"])
def test_a_score_that_is_no_number_is_named(tmp_path: Path, score: str) -> None:
    file = tmp_path / "rows.tsv"
    file.write_text(f"a\tb\tscore\nx\ty\t1\nx\ty\t{score}\n")
    with pytest.raises(ValueError, match=rf"row 1: score is '{score}', expected a number"):
        list(read_rows(Data(str(file), "scored")))
