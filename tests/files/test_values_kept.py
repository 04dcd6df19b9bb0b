"""Values that a format has no form for are refused, and columns keep their types."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordllama.files import of_texts, read, write
from wordllama.files.json_lines import json_line

NAN = math.nan
NUMBERS = st.one_of(st.floats(), st.integers(-9, 9), st.none())
VALUES = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=5,
)


def carried(source: Path, target: Path) -> None:
    with write(target) as out:
        for batch in read(source, column="text"):
            out.write(batch)


@given(VALUES)
def test_json_gives_back_the_value_or_names_the_column(value: Any) -> None:
    finite = "NaN" not in (shown := json.dumps(value)) and "Infinity" not in shown
    if finite:
        assert json.loads(json_line({"x": value})) == {"x": value}
        assert json.loads(json_line(value, "x")) == value
        return
    for line in (lambda: json_line({"text": "a", "x": value}), lambda: json_line(value, "x")):
        with pytest.raises(ValueError, match=r"column 'x' holds (nan|-?inf), which JSON can't"):
            line()


@pytest.mark.parametrize("number", [NAN, math.inf, -math.inf])
@pytest.mark.parametrize("suffix", ["jsonl", "csv", "tsv", "parquet", "arrow"])
@pytest.mark.parametrize("shape", ["x", "list", "object", "map"])
def test_nan_and_infinity_are_kept_or_refused(
    tmp_path: Path, number: float, suffix: str, shape: str
) -> None:
    cell = {"x": number, "list": [1.0, number], "object": {"k": [number]}, "map": [("k", number)]}
    kind = pa.map_(pa.string(), pa.float64()) if shape == "map" else None
    table = pa.table({"text": ["a", "b"], "x": pa.array([None, cell[shape]], kind)})
    pq.write_table(table, tmp_path / "in.parquet")
    out = tmp_path / f"out.{suffix}"
    if suffix == "jsonl" or (shape != "x" and suffix in ("csv", "tsv")):
        other = "Parquet, Arrow or CSV" if shape == "x" else "Parquet or Arrow"
        why = f"column 'x' holds {number}, which JSON can't; write {other}$"
        with pytest.raises(ValueError, match=why):
            carried(tmp_path / "in.parquet", out)
        assert not out.exists()
        return
    carried(tmp_path / "in.parquet", out)
    back = [item["x"] for batch in read(out, column="text") for item in batch.rows.records()]
    wanted = ["", str(number)] if suffix in ("csv", "tsv") else table["x"].to_pylist()
    assert repr(back) == repr(wanted)


@pytest.mark.parametrize(
    "column", [np.array([1, NAN], np.float32), np.array([[1, 2], [3, NAN]], np.float32), [[NAN], 1]]
)
def test_new_columns_are_refused_by_name_too(tmp_path: Path, column: Any) -> None:
    batch = of_texts(["a", "b"]).add("score", column)
    with (
        pytest.raises(ValueError, match="column 'score' holds nan"),
        write(tmp_path / "out.jsonl") as out,
    ):
        out.write(batch)


NULLS = [
    (pa.null(), [None, None]),
    (pa.list_(pa.null()), [[None], []]),
    (pa.struct([("k", pa.null())]), [{"k": None}, None]),
    (pa.map_(pa.string(), pa.null()), [[("k", None)], []]),
]


def typed(path: Path) -> Any:
    table = pq.read_table(path) if path.suffix == ".parquet" else pa.ipc.open_file(path).read_all()
    return table.schema.field("x").type, table["x"].to_pylist()


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
@pytest.mark.parametrize(("kind", "cells"), NULLS, ids=lambda part: str(part)[:9])
def test_a_column_of_nulls_keeps_its_type(
    tmp_path: Path, suffix: str, kind: Any, cells: Sequence[Any]
) -> None:
    table = pa.table({"text": ["a", "b"], "x": pa.array(cells, kind)})
    pq.write_table(table, tmp_path / "in.parquet")
    carried(tmp_path / "in.parquet", tmp_path / f"out.{suffix}")
    back, values = typed(tmp_path / f"out.{suffix}")
    assert (back.equals(kind), values) == (True, list(cells))


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_a_column_that_is_null_in_all_json_is_of_nulls(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "a", "x": null}\n{"text": "b"}\n')
    carried(tmp_path / "in.jsonl", tmp_path / f"out.{suffix}")
    assert typed(tmp_path / f"out.{suffix}") == (pa.null(), [None, None])


def test_categories_stay_in_parquet_and_become_their_values_in_arrow(tmp_path: Path) -> None:
    words = pa.array(["u", "v", "u"]).dictionary_encode()
    pq.write_table(pa.table({"text": ["a", "b", "c"], "x": words}), tmp_path / "in.parquet")
    for suffix, kind in (("parquet", words.type), ("arrow", pa.string())):
        carried(tmp_path / "in.parquet", tmp_path / f"out.{suffix}")
        assert typed(tmp_path / f"out.{suffix}") == (kind, ["u", "v", "u"])
