"""Texts may come from anywhere; what is not a text is named."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama import WordLlama, texts
from wordllama.kernel import chosen, reference

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
    "arrow view": lambda: pa.array(WORDS, pa.string_view()),
    "arrow slice": lambda: pa.array(["é", *WORDS, "last"], pa.string_view()).slice(1, 4),
    "arrow, nulls outside": lambda: pa.array([None, *WORDS, None]).slice(1, 4),
    "arrow chunked": lambda: pa.chunked_array([WORDS[:1], WORDS[1:]]),
    "data set": lambda: Dataset.from_dict({"text": WORDS})["text"],
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
        (pd.DataFrame({"q": WORDS}), "must be texts, not a DataFrame; give one of its columns"),
        (pl.DataFrame({"q": WORDS}), "must be texts, not a DataFrame; give one of its columns"),
        (pl.LazyFrame({"q": WORDS}), r"not a LazyFrame; give a column of its collect\(\)"),
        (pa.table({"q": WORDS}), "must be texts, not a Table; give one of its columns"),
        (Dataset.from_dict({"q": WORDS}), "not a Dataset; give one of its columns"),
        (b"bytes", "not bytes"),
        ({"a": 1}, "not dict"),
        (None, "not NoneType"),
        (3, "not int"),
    ],
)
def test_what_is_not_a_text_is_named(bad: Any, named: str, wl: WordLlama) -> None:
    with pytest.raises(TypeError, match=named):
        wl.embed(bad)


VECTORS = np.eye(3, 4, dtype=np.float32)


@pytest.mark.parametrize(
    "column",
    [
        VECTORS.tolist(),
        list(map(tuple, VECTORS.tolist())),
        list(VECTORS),
        pd.Series(list(VECTORS)),
        pd.Series(list(VECTORS)).to_numpy(),
        pl.Series(VECTORS.tolist()),
        pl.Series(VECTORS),
        pa.array(VECTORS.tolist()),
        pa.chunked_array([pa.array(VECTORS.tolist())]),
        pa.FixedSizeListArray.from_arrays(pa.array(VECTORS.ravel()), 4),
    ],
)
def test_a_column_of_vectors_is_told_to_become_an_array(column: Any, wl: WordLlama) -> None:
    then = r"\[0\] is a (list|tuple|ndarray) of numbers: pass vectors as .* np.stack\(column\)"
    for call, name in [
        (lambda: wl.topk("a", column), "candidates"),
        (lambda: wl.filter("a", column), "candidates"),
        (lambda: wl.rank("a", column), "docs"),
        (lambda: wl.topk(column, ["a"]), "query"),
        (lambda: wl.mine(column), "texts"),
        (lambda: wl.find_duplicates(column), "texts"),
        (lambda: wl.embed(column), "texts"),
    ]:
        with pytest.raises(TypeError, match=name + then):
            call()


@pytest.mark.parametrize(
    "vector", [VECTORS[0], [1.0, 0.0], (1, 0), pl.Series([1.0]), pd.Series([1])]
)
def test_a_vector_among_texts_is_named(vector: Any, wl: WordLlama) -> None:
    with pytest.raises(TypeError, match=r"texts\[1\] is a (list|tuple|ndarray|Series) of numbers"):
        wl.embed(["a", vector])


@pytest.mark.parametrize("column", [[["a", "b"]], [[]], [np.array(["a"])]])
def test_a_list_of_texts_is_no_vector(column: Any) -> None:
    with pytest.raises(TypeError, match=r"texts\[0\] must be a str, not (list|ndarray)"):
        texts.as_list(column)


def test_arrays_of_integers_are_told_what_vectors_are_of(wl: WordLlama) -> None:
    with pytest.raises(TypeError, match="vectors must be floats or int8, not int32"):
        wl.topk("a", VECTORS.astype(np.int32))


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


def test_long_texts_of_a_generator_are_taken_a_few_at_a_time() -> None:
    made = 0

    def long_texts() -> Iterator[str]:
        nonlocal made
        for _ in range(200):
            made += 1
            yield "word " * 100_000

    first = next(texts.batches(long_texts(), 1000))
    assert len(first) == made < 32
    assert len(texts.as_list(long_texts())) == 200


def test_texts_do_not_keep_their_utf8_once_embedded(wl: WordLlama) -> None:
    many = [f"日本語の文章 {i} " * 100 for i in range(1000)]
    out = np.empty((len(many), wl.dim), np.float32)
    wl.embed(list(many[:100]), out=out[:100])
    tracemalloc.start()
    wl.embed(many, out=out)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < sum(map(len, many)) / 4


class Exported:
    """A column that hands out its buffers and, but for the kernel in Python, no strings."""

    type = "string"
    null_count = 0

    def __init__(self, column: Any) -> None:
        self.column = column

    def __len__(self) -> int:
        return len(self.column)

    def __iter__(self) -> Any:
        raise NotImplementedError

    def to_pylist(self) -> list[str]:
        assert chosen is reference
        return self.column.to_pylist()  # type: ignore[no-any-return]

    def slice(self, start: int, length: int) -> Exported:
        return Exported(self.column.slice(start, length))

    def __arrow_c_array__(self, requested: object = None) -> Any:
        return self.column.__arrow_c_array__(requested)


def test_an_arrow_column_is_embedded_without_making_strings_of_it(
    wl: WordLlama, english: list[str]
) -> None:
    column = Exported(pa.array(english))
    np.testing.assert_array_equal(wl.embed(column), wl.embed(english))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=20), st.integers(0, 20))
def test_any_arrow_column_has_the_vectors_of_its_strings(
    wl: WordLlama, words: list[str], start: int
) -> None:
    wanted = wl.embed(words[start:])
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        np.testing.assert_array_equal(wl.embed(pa.array(words, kind).slice(start)), wanted)
    np.testing.assert_array_equal(wl.embed(pl.Series(words, dtype=pl.String).slice(start)), wanted)


BAD_UTF8 = [
    b"\xff",
    b"\xc3",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe2\x82a",
    b"\x80",
]


@pytest.mark.parametrize("bad", BAD_UTF8)
def test_an_arrow_column_that_is_not_utf8_is_refused(wl: WordLlama, bad: bytes) -> None:
    data = pa.array([b"a good text", b"then " + bad + b" is bad"])
    column = pa.StringArray.from_buffers(2, *data.buffers()[1:])
    with pytest.raises(ValueError, match=r"texts\[1\] is not UTF-8|can't decode"):
        wl.embed(column)
