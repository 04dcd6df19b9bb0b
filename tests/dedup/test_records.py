"""Records with any values beside their texts, from any source, are compared by the same columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from wordllama import WordLlama

SOURCES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "dicts": list,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "arrow": pa.Table.from_pylist,
    "columns": lambda rows: {name: [row.get(name) for row in rows] for name in rows[0]},
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("null", [0, 1, 2])
def test_a_null_is_refused_wherever_it_stands(wl: WordLlama, source: str, null: int) -> None:
    rows: list[dict[str, Any]] = [{"title": "t", "text": f"text {n}"} for n in range(3)]
    rows[null]["text"] = None
    with pytest.raises(ValueError, match=f"record {null} must hold text in 'text', not (None|nan)"):
        wl.find_duplicates(SOURCES[source](rows))
    kept = wl.find_duplicates(SOURCES[source](rows), columns=["title"]).kept_indices
    assert kept == [0]


def test_a_missing_text_is_refused_wherever_it_is_missing(wl: WordLlama) -> None:
    for rows in ([{"t": "a"}, {"t": "a", "text": "b"}], [{"t": "a", "text": "b"}, {"t": "a"}]):
        with pytest.raises(ValueError, match="must hold text in 'text', not None"):
            wl.find_duplicates(rows)


VALUES = [["x"], {"k": 1}, {"k": [{}]}, np.ones(3), {1, 2}, 2**63, float("nan"), None, ("a", [1])]


@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_lies_beside_the_texts_is_carried_along(wl: WordLlama, value: Any, fold: bool) -> None:
    rows = [{"text": text, "extra": value} for text in ("a red car", "heavy rain", "a red car")]
    for how in ({}, {"columns": ["text"]}, {"against": rows[:1]}, {"keep": "longest"}):
        found = wl.find_duplicates(rows, 0.8, fold=fold, **how)
        assert all(kept["extra"] is value for kept in found.kept)
        assert found.duplicates[-1].exact
    assert list(found.to_pandas()["text"]) == [row["text"] for row in rows]
    if not isinstance(value, set | tuple):
        assert wl.find_duplicates(rows, 0.8).to_arrow().num_rows == 3


def test_columns_that_come_late_are_in_the_result(wl: WordLlama) -> None:
    found = wl.find_duplicates([{"text": "a"}, {"text": "a", "n": 2**63}], columns=["text"])
    assert found.to_arrow()["n"].to_pylist() == [None, 2**63]
    assert found.columns()["n"] == [None, 2**63]


def test_two_columns_of_one_name_are_refused(wl: WordLlama) -> None:
    frame = pd.DataFrame([["a", "b"]], columns=["text", "text"])
    table = pa.table([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    for twice in (frame, table):
        with pytest.raises(ValueError, match="two columns have the same name: 'text'"):
            wl.find_duplicates(twice)
    found = wl.find_duplicates([{"text": "a", "score": 1}])
    with pytest.raises(ValueError, match="have a column 'score', as the result has"):
        found.to_pandas()


def test_columns_of_other_values_go_with_columns_of_texts(wl: WordLlama) -> None:
    columns = {"text": pa.array(["a car", "a car"], pa.string_view()), "n": np.array([1, 2])}
    assert wl.find_duplicates(columns).kept == [{"text": "a car", "n": 1}]
    with pytest.raises(ValueError, match="there is no column 'x', only text, n"):
        wl.find_duplicates(columns, columns=["x"])
