"""Arithmetic on arrays of vectors."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordllama import WordLlama, vectors
from wordllama.dedup import duplicate_indices
from wordllama.pairs import exact

LENGTHS = [1e-42, 1e-23, 1e-10, 1.0, 1e10, 1e20, 1e37]


def rows(length: float) -> np.ndarray:
    plain = np.random.default_rng(0).standard_normal((6, 64)).astype(np.float32)
    plain[5] = plain[0]
    return (vectors.normalize(plain) * np.float64(length)).astype(np.float32)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_cosine_does_not_depend_on_the_length_of_rows(length: float, wl: WordLlama) -> None:
    long, unit = rows(length), rows(1)
    near = 1e-6 if length > 1e-30 else 0.2  # of numbers this small few digits are left
    table = vectors.similarity(unit, unit)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert vectors.similarity(long, unit) == pytest.approx(table, abs=near)
        assert vectors.similarity(long, long) == pytest.approx(table, abs=near)
        assert vectors.score(long[0], long[1]) == pytest.approx(table[0, 1], abs=near)
        assert vectors.score(long[0], unit[0]) == pytest.approx(1, abs=near)
        assert wl.rank(long[0], long)[0][1] == pytest.approx(1, abs=near)
        found = {pair for part in exact.above(long, 0.99) for pair in zip(*part[:2], strict=True)}
    assert found == {(0, 5)}


def test_a_column_of_vectors_is_told_to_be_stacked() -> None:
    column = np.empty(2, object)
    column[:] = [np.ones(3), np.ones(3)]
    with pytest.raises(ValueError, match=r"not of shape \(2,\); np.stack makes one array"):
        vectors.check_vectors(column, "docs")
    with pytest.raises(ValueError, match=r"not of shape \(3,\)$"):
        vectors.check_vectors(np.ones(3), "docs")


def test_a_zero_row_is_like_nothing() -> None:
    zero = np.zeros((1, 64), np.float32)
    assert vectors.similarity(zero, rows(1)).tolist() == [[0.0] * 6]
    assert vectors.score(zero[0], rows(1)[0]) == 0


@given(st.integers(1, 5), st.integers(0, 99))
def test_hamming_similarity_is_the_cosine_of_the_signs(words: int, seed: int) -> None:
    packed = np.random.default_rng(seed).integers(0, 2**64, (4, words), np.uint64)
    table = vectors.hamming_similarity(packed, packed)
    signs = vectors.signs(packed)
    assert np.allclose(table, vectors.cosine(signs, signs), atol=1e-6)
    assert vectors.hamming_of_pairs(packed, packed[::-1]).tolist() == [
        table[i, 3 - i] for i in range(4)
    ]


@pytest.mark.parametrize("dtype", [np.float32, np.uint64])
def test_vectors_of_no_dimension_are_refused(dtype: type, wl: WordLlama) -> None:
    empty = np.zeros((3, 0), dtype)
    for call in (wl.deduplicate, wl.mine, wl.outliers):
        with pytest.raises(ValueError, match="must have at least one dimension"):
            call(empty)
    with pytest.raises(ValueError, match="must have at least one dimension"):
        wl.rank(empty[0], empty)
    if dtype is np.float32:
        with pytest.raises(ValueError, match="must have at least one dimension"):
            wl.cluster(empty, k=1)


def test_no_cosine_is_above_one(wl: WordLlama) -> None:
    texts = [f"{word} {i}" for word in ("a red car", "soup", "rain") for i in range(200)]
    rows = wl.embed(texts)
    for text, row in zip(texts, rows, strict=True):
        assert wl.similarity(text, text) <= 1
        assert vectors.cosine(row, row)[0, 0] <= 1
    assert wl.filter(texts, texts, threshold=1) == [[]] * len(texts)
    ranked = wl.rank(rows, rows)
    assert max(score for ranking in ranked for _, score in ranking) <= 1
    same = np.tile(rows[:1], (9, 1)) * np.float32([[1, 2, 0.5, 8, 1, 2, 4, 0.25, 1]]).T
    assert wl.topk(rows[0], same, k=9) == list(range(9))


@pytest.mark.parametrize("factor", [1e300, 1e-300])
def test_rows_of_doubles_may_have_any_length_or_are_refused(factor: float, wl: WordLlama) -> None:
    wide = rows(1).astype(np.float64) * factor
    assert vectors.cosine(wide, wide) == pytest.approx(vectors.cosine(rows(1), rows(1)), abs=1e-6)
    for call in (duplicate_indices, lambda x, t: wl.topk(x[0], x)):
        with pytest.raises(ValueError, match="row 0 is out of float32's range; divide it by its"):
            call(wide, 0.9)


@pytest.mark.parametrize("threshold", [2, -2, float("nan"), "0.9", None])
def test_what_is_no_similarity_is_no_threshold(threshold: object) -> None:
    with pytest.raises((TypeError, ValueError), match="threshold must be"):
        duplicate_indices(rows(1), threshold)  # type: ignore[arg-type]
