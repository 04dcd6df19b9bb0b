"""Items whose vectors say nothing: only the very same ones are duplicates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordllama.dedup import find_duplicates
from wordllama.vectors import binarize

ITEMS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=30)
UNREAD = st.sets(st.sampled_from("abcdefgh"))


def vectors_of(items: list[str], binary: bool) -> np.ndarray:
    """Vectors of few directions, so that many are alike; those of c and d are zero."""
    table = np.random.default_rng(3).standard_normal((8, 64)).astype(np.float32)
    table[4:] = table[:4] + 0.1 * table[4:]
    table[2:4] = 0
    rows = table[[ord(item) - ord("a") for item in items]].reshape(-1, 64)
    return binarize(rows) if binary else rows


@given(ITEMS, UNREAD, st.sampled_from([-0.5, 0.5, 0.9, 1]), st.booleans())
def test_they_are_apart_from_all_others(
    items: list[str], unread: set[str], threshold: float, binary: bool
) -> None:
    mask = np.array([item in unread for item in items])
    vectors = vectors_of(items, binary)
    found = find_duplicates(items, vectors, threshold, unread=mask)
    for i, item in enumerate(items):
        if mask[i]:
            assert (found.match[i] >= 0) == (item in items[:i])
            assert found.exact[i] == (item in items[:i])
        elif found.match[i] >= 0:
            assert not mask[found.match[i]]
    read = np.flatnonzero(~mask)
    alone = find_duplicates([items[i] for i in read], vectors[read], threshold)
    assert [read[i] for i in alone.kept_indices] == [i for i in found.kept_indices if not mask[i]]
    assert found.unread_indices == [i for i in found.kept_indices if mask[i]]


@given(ITEMS, ITEMS, UNREAD, st.booleans())
def test_they_are_apart_from_another_set(
    items: list[str], others: list[str], unread: set[str], binary: bool
) -> None:
    masks = [np.array([item in unread for item in each]) for each in (items, others)]
    vectors = [vectors_of(each, binary) for each in (items, others)]
    found = find_duplicates(
        items,
        vectors[0],
        against=(others, vectors[1]),
        against_only=True,
        unread=masks[0],
        against_unread=masks[1],
    )
    for i, item in enumerate(items):
        if masks[0][i]:
            assert (found.match[i] >= 0) == (item in others)
        elif found.match[i] >= 0 and not found.exact[i]:
            assert not masks[1][found.match[i]]
    read, others_read = (np.flatnonzero(~mask) for mask in masks)
    alone = find_duplicates(
        [items[i] for i in read],
        vectors[0][read],
        against=([others[i] for i in others_read], vectors[1][others_read]),
        against_only=True,
    )
    np.testing.assert_array_equal(found.match[read] >= 0, alone.match >= 0)
    np.testing.assert_array_equal(found.score[read], alone.score)


def test_the_result_tells() -> None:
    items = ["x", "y", "x"]
    found = find_duplicates(items, np.ones((3, 4), np.float32), unread=np.ones(3, bool))
    assert str(found).endswith("2 left: the model does not read them")
    assert (
        found.explain(1)
        == "1 'y' is kept: the model does not read it, so only an exact copy would go"
    )
    assert found.to_dict()["unread"] == found.rethreshold(0.95).unread_indices == [0, 1]
    with pytest.raises(ValueError, match=r"unread has 2 values for 3 items"):
        find_duplicates(items, np.ones((3, 4), np.float32), unread=np.ones(2, bool))
