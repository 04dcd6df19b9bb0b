"""BM25 grows, shrinks and merges without a trace of how it came to be."""

from __future__ import annotations

from itertools import pairwise
from math import log

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.keywords import Bm25, Keywords

DOCUMENTS = st.lists(st.lists(st.integers(-1, 9), max_size=8), max_size=40)
QUERY = np.array([1, 3, 3, 8, 500, -1], np.int32)


def packed(documents: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    terms = np.array([term for terms in documents for term in terms], np.int32)
    return terms, np.cumsum([0, *map(len, documents)], dtype=np.int64)


def formula(documents: list[list[int]], bm25: Bm25) -> list[float]:
    held = [[term for term in each if term >= 0] for each in documents]
    mean = sum(map(len, held)) / max(1, len(held)) or 1
    scores = []
    for each in held:
        norm = bm25.k1 * (1 - bm25.b + bm25.b * len(each) / mean)
        score = 0.0
        for term in QUERY[QUERY >= 0].tolist():
            df, tf = sum(term in other for other in held), each.count(term)
            rarity = log(1 + (len(held) - df + 0.5) / (df + 0.5))
            score += rarity * tf * (bm25.k1 + 1) / (tf + norm) if tf else 0
        scores.append(score)
    return scores


@settings(deadline=None)
@given(DOCUMENTS, st.lists(st.integers(0, 40), max_size=5), st.sampled_from([0, 0.5, 1]))
def test_added_in_parts_it_is_the_formula(
    documents: list[list[int]], cuts: list[int], b: float
) -> None:
    keywords, bm25 = Keywords(), Bm25(b=b)
    places = [0, *sorted(min(cut, len(documents)) for cut in cuts), len(documents)]
    for start, end in pairwise(places):
        keywords = keywords.add(*packed(documents[start:end]))
    assert len(keywords) == keywords.documents == len(documents)
    everything = np.arange(len(documents))
    found = keywords.topk(QUERY, 5, bm25, at=everything)
    np.testing.assert_allclose(found[2], formula(documents, bm25), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found[0], found[2][found[1]])
    for number, each in enumerate(documents):
        parts = keywords.parts(QUERY, np.array(each, np.int32), bm25)
        np.testing.assert_allclose(sum(parts.values()), found[2][number], rtol=1e-5, atol=1e-6)


@settings(deadline=None)
@given(DOCUMENTS, st.sets(st.integers(0, 39)))
def test_what_is_removed_counts_no_more(documents: list[list[int]], gone: set[int]) -> None:
    removed = [each for i, each in enumerate(documents) if i in gone]
    kept = [each for i, each in enumerate(documents) if i not in gone]
    fresh = Keywords().add(*packed(kept))
    keywords = Keywords().add(*packed(documents)).remove(*packed(removed))
    allowed = np.array([i not in gone for i in range(len(documents))], np.uint8)
    places = np.flatnonzero(allowed)
    scores, numbers, _ = keywords.topk(QUERY, 50, allowed=allowed)
    expected = fresh.topk(QUERY, 50)
    np.testing.assert_array_equal(scores, expected[0])
    np.testing.assert_array_equal(numbers, places[expected[1]])


def test_many_small_additions_leave_few_segments() -> None:
    keywords = Keywords()
    for number in range(1000):
        keywords = keywords.add(np.array([number % 7], np.int32), np.array([0, 1]))
    assert len(keywords.segments) < 20
    assert keywords.topk(np.array([3], np.int32), 2000)[1].tolist() == list(range(3, 1000, 7))


def test_more_documents_than_a_segment_holds() -> None:
    n = 150_000
    keywords = Keywords().add(np.arange(n, dtype=np.int32) % 5, np.arange(n + 1))
    assert [len(segment.lengths) for segment in keywords.segments] == [65536, 65536, n - 131072]
    assert keywords.topk(np.array([4], np.int32), n)[1].tolist() == list(range(4, n, 5))
