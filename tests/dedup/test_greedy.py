"""By preference, an item goes only if it is like one that stays: a plain loop says which."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.dedup import Matches, comparing, decided, find_duplicates
from wordllama.dedup.greedy import sufficient
from wordllama.pairs.approximate import Method, similar_pairs
from wordllama.pairs.crowds import Postponed
from wordllama.pairs.scored import distinct
from wordllama.vectors import Vectors, binarize, similarity

Reason = tuple[bool, int, float] | None
"""Whether it is of the other set, which one, and how similar; None for an item that stays."""


def drifting(n: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Texts and vectors on a few slow walks, so that each is like its neighbours, some copied."""
    rng = np.random.default_rng(seed)
    walks = rng.standard_normal((max(1, n // 25), 1, 16))
    steps = np.cumsum(0.3 * rng.standard_normal((len(walks), 25, 16)), axis=1)
    rows = (walks + steps).reshape(-1, 16).astype(np.float32)
    place = rng.integers(0, len(rows), n)
    return [f"text {i}" for i in place], rows[place]


def plain(
    texts: list[str],
    table: np.ndarray,
    threshold: float,
    order: list[int],
    others: tuple[list[str], np.ndarray] | None = None,
    within: bool = True,
    unread: frozenset[str] = frozenset(),
) -> list[Reason]:
    reasons: list[Reason] = [None] * len(texts)
    kept: list[int] = []
    first: dict[str, int] = {}
    for i in order:
        original = first.setdefault(texts[i], i) if within else i
        if original != i:  # a copy goes for it, or for what that goes for
            reasons[i] = reasons[original] or (False, original, 1.0)
            continue
        like = [(float(table[i, j]), False, j) for j in kept if within and texts[j] not in unread]
        for j, text in enumerate(others[0] if others else []):
            if text not in unread or text == texts[i]:
                like.append((1.0 if text == texts[i] else float(others[1][i, j]), True, j))  # type: ignore[index]
        if texts[i] in unread:
            like = [each for each in like if each[1] and others[0][each[2]] == texts[i]]  # type: ignore[index]
        like = [each for each in like if each[0] > threshold]
        if like:
            score, outside, j = max(like, key=lambda each: each[0])
            reasons[i] = outside, j, score
        else:
            kept.append(i)
    return reasons


def same_reason(
    found: Reason, wanted: Reason, table: np.ndarray, other: np.ndarray, i: int
) -> bool:
    """The same, or another that is as similar."""
    if found is None or wanted is None:
        return found is wanted
    score = (other if found[0] else table)[i, found[1]]
    return abs(score - wanted[2]) < 1e-5 and abs(found[2] - wanted[2]) < 1e-5


@given(
    n=st.integers(1, 90),
    seed=st.integers(0, 10_000),
    threshold=st.floats(-0.5, 0.99),
    more=st.floats(0, 0.3),
    keep=st.sampled_from(["first", "function"]),
    against=st.sampled_from([None, "also", "only"]),
    method=st.sampled_from(["exact", "approximate"]),
    room=st.sampled_from([0, 1 << 21]),
    some_unread=st.booleans(),
)
@settings(deadline=None, max_examples=150)
def test_what_stays_and_for_what_the_others_go_is_what_a_plain_loop_says(
    n: int,
    seed: int,
    threshold: float,
    more: float,
    keep: str,
    against: str | None,
    method: Method,
    room: int,
    some_unread: bool,
) -> None:
    texts, vectors = drifting(n, seed)
    rng = np.random.default_rng(seed)
    value = dict.fromkeys(texts, 0.0) | {text: rng.random() for text in texts}
    order = sorted(range(n), key=lambda i: -value[texts[i]]) if keep != "first" else [*range(n)]
    some = rng.integers(0, n, 3)
    others = (
        [texts[some[0]], "x", "y"],
        np.concatenate([vectors[some[:1]], vectors[some[1:]] + 0.3]),
    )
    unread = frozenset([*texts[::3], "x"] if some_unread else [])
    masks = [np.array([text in unread for text in each]) for each in (texts, others[0])]
    table, other = similarity(vectors, vectors), similarity(vectors, others[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "GATHERED", room)
        found = find_duplicates(
            texts,
            vectors,
            threshold,
            against=others if against else None,
            against_only=against == "only",
            keep="first" if keep == "first" else value.__getitem__,
            unread=masks[0] if some_unread else None,
            against_unread=masks[1] if some_unread else None,
            method="exact" if n < 40 else method,  # few rows are no test of what is nearly all
        )
    exact_method = n < 40 or method == "exact"
    for result in (found, found.rethreshold(min(0.9999, threshold + more))):
        told: list[Reason] = [None] * n
        for d in result.duplicates:
            told[d.index] = d.outside, d.of, d.score
            assert d.outside or result.match[d.of] < 0, "what it is a duplicate of stays"
            assert d.exact == (d.copy_of is not None or (d.outside and d.item == d.of_item))
        if not exact_method:
            continue
        wanted = plain(
            texts,
            table,
            result.threshold,
            order,
            (others[0], other) if against else None,
            against != "only",
            unread,
        )
        for i in range(n):
            assert same_reason(told[i], wanted[i], table, other, i), (i, told[i], wanted[i])
    groups: dict[int, list[int]] = {}
    for d in found.duplicates:
        if not d.outside:
            groups.setdefault(d.of, [d.of]).append(d.index)
    assert found.groups == sorted(sorted(group) for group in groups.values())


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("method", ["exact", "approximate"])
def test_of_a_crowd_few_pairs_tell_what_stays_at_any_threshold(
    binary: bool, method: Method
) -> None:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((3, 64)) * np.array([[1], [1], [0]])
    rows = centres[rng.integers(0, 3, 1500)] + rng.uniform(0, 0.5, (1500, 1)) * rng.standard_normal(
        (1500, 64)
    )
    vectors: Vectors = binarize(rows) if binary else rows.astype(np.float32)
    every = distinct(list(similar_pairs(vectors, 0.7, None, method)))
    postponed = Postponed(1 << 21)
    parts = list(similar_pairs(vectors, 0.7, None, method, needed=postponed))
    few = sufficient(parts, postponed, 0.7)
    assert len(few.left) < 0.2 * len(every.left)
    order = np.arange(len(rows))
    for threshold in (0.7, 0.8, 0.9, 0.95, 0.99):
        one, other = (
            decided(Matches(0.7, False, order, order, order, pairs), threshold)
            for pairs in (every, few)
        )
        assert one.match.tolist() == other.match.tolist()
        assert one.score.tolist() == other.score.tolist()
