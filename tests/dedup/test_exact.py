"""A threshold of 1 asks for exact copies, and every way to ask gives the same answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama import WordLlama
from wordllama.dedup import digests, duplicate_indices, find_duplicates
from wordllama.vectors import Vectors, binarize

WORDS = st.sampled_from(["", " ", "a", "a red car", "red a car", "A red car", "\u200b", "soup"])


def first_of_each(items: list[str]) -> list[int]:
    return [i for i, item in enumerate(items) if item not in items[:i]]


@given(st.lists(WORDS, max_size=12))
@settings(deadline=None, max_examples=40)
def test_at_1_the_first_of_each_text_stays_however_it_is_asked_for(
    wl: WordLlama, texts: list[str]
) -> None:
    kept = first_of_each(texts)
    gone = sorted(set(range(len(texts))) - set(kept))
    assert wl.deduplicate(texts, threshold=1) == [texts[i] for i in kept]
    assert wl.deduplicate(texts, threshold=1, return_indices=True) == gone
    found = wl.find_duplicates(texts, 1)
    assert (found.kept_indices, [d.exact for d in found.duplicates]) == (kept, [True] * len(gone))
    assert wl.find_duplicates(texts, 0.9).rethreshold(1).to_dict() == found.to_dict()
    assert duplicate_indices(digests(texts), 1).tolist() == gone


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8))
@settings(deadline=None, max_examples=40)
def test_at_1_another_set_takes_what_is_in_it(
    wl: WordLlama, texts: list[str], others: list[str]
) -> None:
    found = wl.find_duplicates(texts, 1, against=others, against_only=True)
    assert found.kept == [text for text in texts if text not in others]
    assert all(d.exact and d.of == others.index(d.item) for d in found.duplicates)


@pytest.mark.parametrize("threshold", [1, 1.0, np.float32(1), 0.99999999])
def test_above_every_similarity_other_words_of_the_same_vector_stay(
    wl: WordLlama, threshold: float
) -> None:
    texts = ["a a", "a", "a a", "a"]
    assert wl.deduplicate(texts, threshold) == wl.find_duplicates(texts, threshold).kept
    rows = np.repeat(wl.embed(["a"]), 4, axis=0)
    assert find_duplicates(texts, rows, threshold).kept_indices == [0, 1]
    assert find_duplicates(texts, rows, 0.9999999).kept_indices == [0]


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("threshold", [0.5, 0.9, 1])
def test_vectors_that_stand_for_themselves_are_the_same_if_their_rows_are(
    wl: WordLlama, binary: bool, threshold: float
) -> None:
    rows = np.random.default_rng(0).standard_normal((6, 256)).astype(np.float32)
    rows[3], rows[4] = rows[1], 2 * rows[0]
    rows = np.vstack([rows, np.zeros((2, 256), np.float32)])
    vectors: Vectors = binarize(rows) if binary else rows
    gone = wl.deduplicate(vectors, threshold, return_indices=True)
    found = wl.find_duplicates(vectors, threshold)
    assert [d.index for d in found.duplicates] == gone
    assert {d.index for d in found.exact_duplicates} == ({3, 4, 7} if binary else {3})
    assert found.rethreshold(1).to_dict() == wl.find_duplicates(vectors, 1).to_dict()


@pytest.mark.parametrize("threshold", [0.9, 1])
def test_rows_of_another_set_are_compared_by_what_they_hold_not_by_their_place(
    wl: WordLlama, threshold: float
) -> None:
    vectors = wl.embed(["a red car", "heavy rain", ""])
    found = wl.find_duplicates(vectors, threshold, against=wl.embed(["soup", "a red car", ""]))
    assert [(d.index, d.of, d.exact) for d in found.duplicates] == [(0, 1, True)]


@pytest.mark.parametrize("rows", [[{"q": "a", "a": "b"}], {"q": ["a"], "a": ["b"]}])
@pytest.mark.parametrize("threshold", [0.9, 1])
def test_records_against_others_are_compared_column_by_column(
    wl: WordLlama, rows: object, threshold: float
) -> None:
    turned = [{"a": "a", "q": "b"}]
    assert wl.find_duplicates(rows, threshold, against=turned).removed == 0  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"column|hold text in"):
        wl.find_duplicates(rows, threshold, against=[{"q": "a"}])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="against must be what is compared with it"):
        wl.find_duplicates(rows, threshold, against=["a"])  # type: ignore[arg-type]
