"""Near-duplicates with all that is known about them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from wordllama.dedup.comparing import Compared, compare
from wordllama.dedup.exact import first_of_same, first_same_row
from wordllama.dedup.fitting import fitting
from wordllama.dedup.keys import Texts, keys
from wordllama.dedup.matches import Matches
from wordllama.dedup.records import Record, texts_of
from wordllama.dedup.result import Duplicates
from wordllama.pairs.approximate import Method
from wordllama.pairs.copies import taken
from wordllama.vectors import Vectors, check_vectors

Item = TypeVar("Item")
Keep = Literal["first", "longest"] | Callable[[Item], Any]
Unread = NDArray[np.bool_]


def find_duplicates(
    items: Sequence[Item] | None,
    vectors: Vectors,
    threshold: float = 0.9,
    *,
    against: tuple[Sequence[Item] | None, Vectors] | None = None,
    against_only: bool = False,
    columns: Sequence[str] | None = None,
    keep: Keep[Item] = "first",
    chain: bool = False,
    fold: bool = False,
    target: int | None = None,
    method: Method = "auto",
    progress: bool = False,
    unread: Unread | None = None,
    against_unread: Unread | None = None,
) -> Duplicates[Item]:
    """Which items are the same as, or more similar than `threshold` to, one that stays.

    items: texts, or dicts of which the text `columns` (all that hold text) are compared, with
    `vectors` (n, dim) float32 or (n, words) packed uint64 of what is compared; None, where the
    vectors stand for themselves. What the same is, which is all that a threshold of 1 finds: see
    `dedup.exact`.
    against: items and vectors of another set, all of which stay. With `against_only` the items are
    not compared with each other.
    keep: an item is preferred that comes first, is longest, or for which `keep(item)` is greatest;
    equals keep their order. The items are taken in that order: each goes if it is like one that
    stays.
    chain: an item also goes if it is like a preferred one that goes itself, as in `deduplicate`.
    fold: texts are the same if they are once `folded`; give vectors of `folded` texts.
    target: keep at most so many items: the threshold is lowered or raised to fit.
    method: "exact" compares all pairs, "approximate" finds nearly all of them (see
    `pairs.approximate`), "auto" is exact up to 200,000 rows.
    unread, and against_unread for the other set: (n,) bool, items whose vectors say nothing, which
    only an exact copy is like.

    Raises ValueError if items and vectors differ in number, or vectors hold NaN.

    >>> x = np.array([[1, 0], [0, 1], [1, 0.1], [1, 0]], dtype=np.float32)
    >>> print(find_duplicates(["a", "b", "A", "a"], x))
    2 of 4 items are duplicates (50.0%): 1 exact, 1 over 0.9; 1 group, the largest of 3
    """
    vectors = _checked(items, vectors, "vectors")
    if columns is None and items is not None and any(isinstance(item, Mapping) for item in items):
        columns = list(texts_of(cast(Sequence[Record], items), None))
    texts = keys(items, columns, fold)
    named = _named(items, vectors)
    order = preference(named, keep, columns)
    _check_unread(unread, vectors, "unread")
    apart = None if unread is None else unread[order]
    ours = Compared(vectors, order, _first_same(texts, vectors, order), apart)
    others, equal, other_items = None, None, None
    if against is None:
        if against_only:
            raise ValueError("against_only=True needs another set: give it as against")
    else:
        other_vectors = _checked(against[0], against[1], "against")
        _same_width(vectors, other_vectors)
        other_texts = keys(against[0], columns, fold)
        itself = np.arange(len(other_vectors))
        _check_unread(against_unread, other_vectors, "against_unread")
        first = _first_same(other_texts, other_vectors, itself)
        others = Compared(other_vectors, itself, first, against_unread)
        equal = _first_same_other(texts, vectors, other_texts, other_vectors)[order]
        other_items = _named(against[0], other_vectors)

    def matches(threshold: float) -> Matches:
        return compare(
            ours,
            order,
            threshold,
            others=others,
            equal=equal,
            within=not against_only,
            chain=chain,
            method=method,
            progress=progress,
        )

    if target is None:
        found = matches(threshold)
    else:
        found, threshold = fitting(matches, threshold, target)
    compared = Texts(None if columns is None else list(columns), fold)
    return Duplicates.at(threshold, named, found, other_items, compared)


def preference(
    items: Sequence[Item], keep: Keep[Item], columns: Sequence[str] | None
) -> NDArray[np.int64]:
    """Indices of the items, those to be kept first."""
    if keep == "first":
        return np.arange(len(items))
    if keep == "longest":
        values = [_length(item, columns) for item in items]
    elif callable(keep):
        values = [keep(item) for item in items]
    else:
        raise ValueError(f"keep must be 'first', 'longest' or a function, not {keep!r}")
    order = sorted(range(len(items)), key=values.__getitem__, reverse=True)
    return np.array(order, np.int64)


def _length(item: Any, columns: Sequence[str] | None) -> int:
    if isinstance(item, Mapping):
        return sum(len(item[name]) for name in columns or ())
    return len(item)


def _first_same(
    texts: Sequence[Hashable] | None, vectors: Vectors, order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each item, in order, the first that is the same."""
    if texts is None:
        return first_same_row(taken(vectors, order))
    return first_of_same(texts[i] for i in order.tolist())


def _first_same_other(
    texts: Sequence[Hashable] | None,
    vectors: Vectors,
    other_texts: Sequence[Hashable] | None,
    other_vectors: Vectors,
) -> NDArray[np.int64]:
    """For each item the first of the other set that is the same, or -1."""
    if texts is not None and other_texts is not None:
        seen: dict[Hashable, int] = {}
        for i, text in enumerate(other_texts):
            seen.setdefault(text, i)
        return np.array([seen.get(text, -1) for text in texts], np.int64)
    if texts is not None or other_texts is not None or not len(vectors) or not len(other_vectors):
        return np.full(len(vectors), -1, np.int64)
    count = len(other_vectors)
    first = first_same_row(np.concatenate([other_vectors, vectors]))[count:]
    return np.where(first < count, first, -1)


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
