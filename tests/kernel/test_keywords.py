"""Postings, the best documents by BM25 and the nearest rows of bits, as both kernels find them."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.kernel import Segment, reference

DOCUMENTS = st.lists(st.lists(st.integers(-1, 9), max_size=12), max_size=30)


def packed(documents: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    terms = np.array([term for terms in documents for term in terms], np.int32)
    return terms, np.cumsum([0, *map(len, documents)], dtype=np.int64)


def segments(kernel: ModuleType, documents: list[list[int]], size: int) -> list[Segment]:
    starts = range(0, len(documents), size)
    return [Segment(i, *kernel.build_postings(*packed(documents[i : i + size]))) for i in starts]


@settings(deadline=None)
@given(DOCUMENTS)
def test_postings_are_those_of_a_dictionary(kernel: ModuleType, documents: list[list[int]]) -> None:
    terms, starts, held, counts, lengths = kernel.build_postings(*packed(documents))
    distinct = sorted({term for each in documents for term in each if term >= 0})
    assert terms.tolist() == distinct
    assert lengths.tolist() == [sum(term >= 0 for term in each) for each in documents]
    for place, term in enumerate(distinct):
        these = slice(starts[place], starts[place + 1])
        wanted = {i: each.count(term) for i, each in enumerate(documents) if term in each}
        assert dict(zip(held[these].tolist(), counts[these].tolist(), strict=True)) == wanted
        assert held[these].tolist() == sorted(wanted)
    assert starts[-1] == len(held) == len(counts)


@settings(deadline=None)
@given(DOCUMENTS, st.integers(1, 7), st.integers(0, 12), st.randoms(use_true_random=False))
def test_the_best_are_those_of_the_formula(
    kernel: ModuleType, documents: list[list[int]], size: int, k: int, random: object
) -> None:
    made = segments(kernel, documents, size)
    terms = np.array([0, 3, 4, 11], np.int32)
    weights = np.array([1, 0.5, 2, 9], np.float32)
    allowed = np.array([random.random() < 0.7 for _ in documents], np.uint8)  # type: ignore[attr-defined]
    at = np.flatnonzero(allowed == 0).astype(np.int64)
    found = kernel.keyword_topk(made, terms, weights, 0.3, 0.09, k, allowed, at)
    exact = np.zeros(len(documents))
    for i, each in enumerate(documents):
        norm = 0.3 + 0.09 * sum(term >= 0 for term in each)
        for term, weight in zip(terms.tolist(), weights.tolist(), strict=True):
            exact[i] += weight * each.count(term) / (each.count(term) + norm)
    np.testing.assert_allclose(found[2], exact[at], rtol=1e-5)
    numbers = found[1].tolist()
    assert len(numbers) == min(k, int((exact[allowed > 0] > 0).sum()))
    assert all(allowed[numbers])
    np.testing.assert_allclose(found[0], exact[numbers], rtol=1e-5)
    rest = np.delete(np.where(allowed, exact, 0), numbers)
    assert not len(numbers) or not len(rest) or rest.max() <= found[0].min() + 1e-5
    for one, other in zip(
        found,
        reference.keyword_topk(
            segments(reference, documents, size), terms, weights, 0.3, 0.09, k, allowed, at
        ),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_ties_go_to_the_lower_number_across_segments(kernel: ModuleType) -> None:
    made = segments(kernel, [[1], [2], [1], [1], [1], [2]], 2)
    terms, weights = np.array([1], np.int32), np.ones(1, np.float32)
    for threads in (1, 4):
        found = kernel.keyword_topk(made, terms, weights, 1.0, 0.0, 3, threads=threads)
        assert found[1].tolist() == [0, 2, 3]


def test_the_result_does_not_depend_on_the_number_of_threads(kernel: ModuleType) -> None:
    rng = np.random.default_rng(0)
    documents = [rng.zipf(1.3, 40).clip(0, 500).tolist() for _ in range(20_000)]
    made = segments(kernel, documents, 3000)
    terms = np.arange(1, 9, dtype=np.int32)
    weights = np.linspace(3, 0.2, 8, dtype=np.float32)
    one, four = (
        kernel.keyword_topk(made, terms, weights, 0.3, 0.02, 100, threads=n) for n in (1, 4)
    )
    for left, right in zip(one, four, strict=True):
        np.testing.assert_array_equal(left, right)


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(1, 3), st.integers(0, 40), st.integers(0, 99))
def test_nearest_bits_are_the_nearest(
    kernel: ModuleType, n: int, words: int, k: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 4, (n, words), dtype=np.uint64)
    query, allowed = (
        rows[0] if n else np.zeros(words, np.uint64),
        (rng.random(n) < 0.5).astype(np.uint8),
    )
    distance = np.bitwise_count(rows ^ query).sum(axis=1)
    for mask in (None, allowed):
        numbers = np.arange(n) if mask is None else np.flatnonzero(mask)
        wanted = sorted(numbers.tolist(), key=lambda i: (distance[i], i))[:k]
        assert kernel.nearest_bits(query, rows, k, mask).tolist() == sorted(wanted)
        assert kernel.nearest_bits(query, rows, k, mask, threads=3).tolist() == sorted(wanted)


def test_many_rows_shared_among_threads_are_the_same(kernel: ModuleType) -> None:
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 1 << 63, (300_000, 2), dtype=np.uint64)
    one, four = (kernel.nearest_bits(rows[7], rows, 500, threads=n) for n in (1, 4))
    np.testing.assert_array_equal(one, four)
    np.testing.assert_array_equal(one, reference.nearest_bits(rows[7], rows, 500))


def test_a_count_beyond_16_bits_stays_at_the_most(kernel: ModuleType) -> None:
    made = kernel.build_postings(np.zeros(70_000, np.int32), np.array([0, 70_000]))
    assert made[3].tolist() == [65_535]
    assert made[4].tolist() == [70_000]


@pytest.mark.parametrize("offsets", [[], [0, 2, 1], [-1, 2], [0, 9], range(65_539)])
def test_offsets_that_do_not_fit_are_refused(kernel: ModuleType, offsets: list[int]) -> None:
    with pytest.raises(ValueError, match="offsets must"):
        kernel.build_postings(np.zeros(3, np.int32), np.array(offsets, np.int64))
