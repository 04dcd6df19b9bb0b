"""Near-duplicates with all that is known about them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from wordllama.dedup.best import best_and_forest, best_of_others, needed_before
from wordllama.dedup.exact import alike_itself, exact_only, first_of_same, first_same_row
from wordllama.dedup.folding import same, same_folded
from wordllama.dedup.result import Duplicates
from wordllama.pairs.approximate import Method, similar_pairs
from wordllama.pairs.copies import first_copies
from wordllama.pairs.crowds import best_of_rows
from wordllama.pairs.scored import NO_PAIRS, Pairs
from wordllama.vectors import Vectors, check_vectors

Item = TypeVar("Item")
Keep = Literal["first", "longest"] | Callable[[Item], Any]

Unread = NDArray[np.bool_]
Side = tuple[Sequence[Item] | None, Vectors, Unread | None]
"""Items, their vectors, and which of them are unread."""

EXACT_SCORE = np.float32(np.inf)
"""Strength, in the forest, of a pair of the very same items."""


def find_duplicates(
    items: Sequence[Item] | None,
    vectors: Vectors,
    threshold: float = 0.9,
    *,
    against: tuple[Sequence[Item] | None, Vectors] | None = None,
    keep: Keep[Item] = "first",
    fold: bool = False,
    method: Method = "auto",
    progress: bool = False,
    unread: Unread | None = None,
    against_unread: Unread | None = None,
) -> Duplicates[Item]:
    """Which of the items are the same as, or more similar than `threshold` to, preferred ones.

    `items` are texts, or dicts of texts, with their `vectors` (n, dim) float32 or (n, words) packed
    uint64; or None, where the vectors stand for themselves. What the very same is, which is all
    that a threshold of 1 finds: see `dedup.exact`. An item is preferred that comes first, is
    longest, or for which `keep(item)` is greatest; equals keep their order. `against`, items and
    vectors of another set: duplicates are then the items that the other set holds. With `fold`,
    items are the very same if their texts are once `folded`; give vectors of `folded` texts.
    `method`: "exact" compares all pairs, "approximate" finds nearly all of them (see
    `pairs.approximate`), "auto" is exact up to 200,000 rows. `unread`, and `against_unread` for the
    other set, (n,) bool: items whose vectors say nothing, which only the very same item duplicates.

    Raises ValueError if items and vectors differ in number, or vectors hold NaN.

    >>> x = np.array([[1, 0], [0, 1], [1, 0.1], [1, 0]], dtype=np.float32)
    >>> print(find_duplicates(["a", "b", "A", "a"], x))
    2 of 4 items are duplicates (50.0%): 1 exact, 1 over 0.9; 1 group, the largest of 3
    """
    vectors = _checked(items, vectors, "vectors")
    _check_unread(unread, vectors, "unread")
    key = same_folded if fold else same
    if against is not None:
        others = _checked(against[0], against[1], "against")
        _same_width(vectors, others)
        _check_unread(against_unread, others, "against_unread")
        sets = (items, vectors, unread), (against[0], others, against_unread)
        return _against(*sets, threshold, key, method, progress)
    named = _named(items, vectors)
    order = preference(named, keep)
    if keep != "first":
        vectors = vectors[order]
    apart = np.zeros(len(order), bool) if unread is None else unread[order]
    if items is None:
        first = first_same_row(vectors)
    else:
        first = first_of_same(key(items[i]) for i in order)
    alike = _first_alike(vectors, first, threshold, apart)
    unique = np.flatnonzero((alike == np.arange(len(alike))) & ~apart)
    rows = vectors if len(unique) == len(vectors) else vectors[unique]
    pairs: Iterable[Pairs] = ()
    if not exact_only(threshold):
        pairs = similar_pairs(rows, threshold, None, method, progress, needed_before)
    best, forest = best_and_forest(len(unique), pairs)
    match, score = np.full(len(order), -1, np.int64), np.zeros(len(order), np.float32)
    near = np.flatnonzero(best.match >= 0)
    match[unique[near]], score[unique[near]] = unique[best.match[near]], best.score[near]
    copies = np.flatnonzero(alike != np.arange(len(alike)))
    match[copies], score[copies] = alike[copies], 1
    exact = first != np.arange(len(first))
    edges = (
        np.concatenate([unique[forest.left], alike[copies]]),
        np.concatenate([unique[forest.right], copies]),
        np.concatenate([forest.score, np.where(exact[copies], EXACT_SCORE, np.float32(1))]),
    )
    back = np.argsort(order)
    return Duplicates(
        named,
        threshold,
        np.where(match >= 0, order[match], -1)[back],
        score[back],
        exact[back],
        Pairs(order[edges[0]], order[edges[1]], edges[2]),
        unread=unread,
    )


def _first_alike(
    vectors: Vectors, first: NDArray[np.int64], threshold: float, apart: Unread
) -> NDArray[np.int64]:
    """For each item the first that is the same, or of the same vector (unless that is zero).

    Those `apart` have no vector that counts.
    """
    if exact_only(threshold):
        return first
    alone = (first == np.arange(len(first))) & alike_itself(vectors) & ~apart
    return np.where(alone, _first_of(vectors, apart), first)


def _first_of(vectors: Vectors, apart: Unread) -> NDArray[np.int64]:
    """For each row the first of the same vector, of those that are not `apart`; else itself."""
    if not apart.any():
        return first_copies(vectors)
    rows = np.flatnonzero(~apart)
    first = np.arange(len(vectors))
    first[rows] = rows[first_copies(vectors[rows])]
    return first


def preference(items: Sequence[Item], keep: Keep[Item]) -> NDArray[np.int64]:
    """Indices of the items, those to be kept first."""
    if keep == "first":
        return np.arange(len(items))
    key = _length if keep == "longest" else keep
    if not callable(key):
        raise ValueError(f"keep must be 'first', 'longest' or a function, not {keep!r}")
    values = [key(item) for item in items]
    order = sorted(range(len(items)), key=values.__getitem__, reverse=True)
    return np.array(order, np.int64)


def _length(item: Any) -> int:
    if isinstance(item, Mapping):
        return sum(len(value) for value in item.values() if isinstance(value, str))
    return len(item)


def _against(
    left: Side[Item],
    right: Side[Item],
    threshold: float,
    key: Callable[[Item], Hashable],
    method: Method,
    progress: bool,
) -> Duplicates[Item]:
    (items, vectors, unread), (others, other_vectors, other_unread) = left, right
    rows, place = _distinct(vectors, unread)
    columns, _ = _distinct(other_vectors, other_unread)
    pairs: Iterable[Pairs] = ()
    if len(rows) and len(columns) and not exact_only(threshold):
        pairs = similar_pairs(
            vectors[rows], threshold, other_vectors[columns], method, progress, best_of_rows
        )
    best = best_of_others(len(rows), pairs)
    near = best.match >= 0
    match = np.full(len(rows), -1, np.int64)
    match[near] = columns[best.match[near]]
    match, score = (np.append(found, none)[place] for found, none in ((match, -1), (best.score, 0)))
    equal = _first_same_other(left, right, key)
    exact = equal >= 0
    return Duplicates(
        _named(items, vectors),
        threshold,
        np.where(exact, equal, match),
        np.where(exact, np.float32(1), score).astype(np.float32),
        exact,
        NO_PAIRS,
        _named(others, other_vectors),
        unread,
    )


def _first_same_other(
    left: Side[Item],
    right: Side[Item],
    key: Callable[[Item], Hashable],
) -> NDArray[np.int64]:
    """For each of the left the first of the right that is the very same, or -1."""
    (items, vectors, _), (others, other_vectors, _) = left, right
    if items is not None and others is not None:
        seen: dict[Hashable, int] = {}
        for i, item in enumerate(others):
            seen.setdefault(key(item), i)
        return np.array([seen.get(key(item), -1) for item in items], np.int64)
    if items is not None or others is not None or not len(vectors) or not len(other_vectors):
        return np.full(len(vectors), -1, np.int64)
    count = len(other_vectors)
    first = first_same_row(np.concatenate([other_vectors, vectors]))[count:]
    return np.where(first < count, first, -1)


def _distinct(
    vectors: Vectors, unread: Unread | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first row of each vector, and for each row the place of its vector's among them.

    Rows that are unread are left out; their place is the one after the last.
    """
    apart = np.zeros(len(vectors), bool) if unread is None else unread
    rows, place = np.unique(_first_of(vectors, apart)[~apart], return_inverse=True)
    places = np.full(len(vectors), len(rows))
    places[~apart] = place
    return rows, places


def _named(items: Sequence[Item] | None, vectors: Vectors) -> Sequence[Any]:
    """The items; row numbers for vectors that stand for themselves."""
    return list(range(len(vectors))) if items is None else items


def _checked(items: Sequence[Item] | None, vectors: Vectors, name: str) -> Vectors:
    checked = check_vectors(vectors, name)
    if items is not None and len(items) != len(checked):
        raise ValueError(f"{name}: {len(items)} items have {len(checked)} vectors")
    return checked


def _check_unread(unread: Unread | None, vectors: Vectors, name: str) -> None:
    if unread is not None and len(unread) != len(vectors):
        raise ValueError(f"{name} has {len(unread)} values for {len(vectors)} items")


def _same_width(vectors: Vectors, others: Vectors) -> None:
    if len(vectors) and len(others) and vectors.shape[1] != others.shape[1]:
        raise ValueError(
            f"against must be what is compared with it: its vectors are {others.shape[1]} wide, "
            f"the others {vectors.shape[1]} (records are compared by the same columns)"
        )
