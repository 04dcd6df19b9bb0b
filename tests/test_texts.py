"""Texts may come from anywhere; what is not a text is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from wordllama import WordLlama, texts

WORDS = ["one text", "", "zwei Wörter", "三"]
SOURCES: dict[str, Callable[[], Any]] = {
    "list": lambda: list(WORDS),
    "tuple": lambda: tuple(WORDS),
    "generator": lambda: (word for word in WORDS),
    "dict keys": lambda: dict.fromkeys(WORDS).keys(),
    "numpy str": lambda: np.array(WORDS),
    "numpy object": lambda: np.array(WORDS, dtype=object),
    "pandas object": lambda: pd.Series(WORDS, dtype=object),
    "pandas string": lambda: pd.Series(WORDS, dtype="string"),
    "pandas index": lambda: pd.Index(WORDS),
    "pandas odd index": lambda: pd.Series(WORDS, index=[7, 5, 3, 1]),
    "pandas categorical": lambda: pd.Series(WORDS, dtype="category"),
    "polars": lambda: pl.Series(WORDS),
    "arrow": lambda: pa.array(WORDS),
    "arrow large": lambda: pa.array(WORDS, pa.large_string()),
    "arrow chunked": lambda: pa.chunked_array([WORDS[:1], WORDS[1:]]),
    "arrow dictionary": lambda: pa.array(WORDS).dictionary_encode(),
}


@pytest.mark.parametrize("source", SOURCES)
def test_texts_come_from_any_source(source: str, wl: WordLlama) -> None:
    assert texts.as_list(SOURCES[source]()) == WORDS
    assert [len(batch) for batch in texts.batches(SOURCES[source](), 3)] == [3, 1]
    np.testing.assert_array_equal(wl.embed(SOURCES[source]()), wl.embed(WORDS))


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (["a", None], r"texts\[1\] must be a str, not NoneType"),
        (["a", "b", float("nan")], r"texts\[2\] must be a str, not float \(nan\)"),
        (np.array([1, 2]), r"texts\[0\] must be a str, not int"),
        (pd.Series(["a", None], dtype="string"), r"texts\[1\] must be a str, not NAType"),
        (pl.Series(["a", None]), r"texts\[1\] must be a str, not NoneType"),
        (pa.array(["a", None]), r"texts\[1\] must be a str, not NoneType"),
        ((x for x in ["a"] * 9000 + [b"b"]), r"texts\[9000\] must be a str, not bytes"),
        (np.array([["a"]]), r"one-dimensional, not of shape \(1, 1\)"),
        (b"bytes", "not bytes"),
        ({"a": 1}, "not dict"),
        (None, "not NoneType"),
        (3, "not int"),
    ],
)
def test_what_is_not_a_text_is_named(bad: Any, named: str, wl: WordLlama) -> None:
    with pytest.raises(TypeError, match=named):
        wl.embed(bad)


def test_subclasses_of_str_are_texts() -> None:
    class Name(str):
        __slots__ = ()

    assert texts.as_list([Name("a"), np.str_("b")]) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("é", "é"),
    ],
)
def test_surrogates_are_read_as_utf16_reads_them(text: str, read: str, wl: WordLlama) -> None:
    assert texts.valid_unicode(text) == read
    np.testing.assert_array_equal(wl.embed(f"see {text} here"), wl.embed(f"see {read} here"))
