"""Rows come out of every format alike, and what is wrong with one is named."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wordllama.train.config import Data
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
        ("x.jsonl", "{oops\n", "line 1 is not JSON"),
        ("x.jsonl", "[1]\n", "line 1 is not an object"),
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


def test_a_score_that_is_no_number_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x.tsv"
    file.write_text("a\tb\tscore\none\ttwo\thigh\n")
    with pytest.raises(ValueError, match="row 0: score is 'high'"):
        list(read_rows(Data(str(file), "scored")))


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv", "parquet"])
def test_a_damaged_file_is_named(files: dict[str, Path], kind: str) -> None:
    held = files[kind].read_bytes()
    half = len(held) // 2
    files[kind].write_bytes(held[:4] + b"\xff" * (half - 4) + held[half:])
    with pytest.raises(ValueError, match=f"rows.{kind}: (not UTF-8|not Parquet, or damaged)"):
        list(read_rows(Data(str(files[kind]), "pairs", ("y", "x"))))
