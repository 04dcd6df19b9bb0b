"""The best pairs within one set (paraphrase mining) and between two (a semantic join)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from wordllama.arguments import at_least
from wordllama.pairs.approximate import Method, similar_pairs
from wordllama.pairs.copies import first_copies
from wordllama.pairs.crowds import best_of_both, best_of_rows
from wordllama.pairs.scored import Pairs, distinct
from wordllama.vectors import Vectors, check_vectors

WAITING = 1 << 21
"""Pairs gathered before each row's worst are dropped."""


def mine(
    vectors: Vectors,
    k: int = 10,
    threshold: float = 0.5,
    *,
    method: Method = "auto",
    progress: bool = False,
) -> Pairs:
    """The pairs of rows with a similarity above `threshold`, best first; the lower row comes first.

    A pair is included if either row is among the `k` best matches of the other.
    `method` is "exact", "approximate" or "auto": exact up to 200,000 rows.

    >>> x = np.array([[1, 0], [0, 1], [1, 0.1], [1, 0.2]], dtype=np.float32)
    >>> list(zip(*(side.tolist() for side in mine(x, k=1)[:2])))
    [(2, 3), (0, 2)]
    """
    at_least(1, k=k)
    vectors = check_vectors(vectors)
    first_rows, rest = _first_copies(vectors, k + 1)
    needed = partial(best_of_both, k=k)
    repeated = similar_pairs(vectors[first_rows], threshold, None, method, progress, needed)
    pairs: Iterable[Pairs] = (
        Pairs(first_rows[i], first_rows[j], score) for i, j, score in repeated
    )
    if len(rest):
        more = similar_pairs(
            vectors[rest], threshold, vectors[first_rows], method, progress, needed
        )
        others = ((rest[i], first_rows[j], score) for i, j, score in more)
        pairs = chain(pairs, (Pairs(np.minimum(i, j), np.maximum(i, j), s) for i, j, s in others))
    return _best_first(_gathered(pairs, k, both=True))


def join(
    left: Vectors,
    right: Vectors,
    threshold: float = 0.5,
    k: int | None = None,
    *,
    one_to_one: bool = False,
    method: Method = "auto",
    progress: bool = False,
) -> Pairs:
    """Pairs of a left and a right row with a similarity above `threshold`, best first.

    With `k`, only each left row's `k` best. With `one_to_one` every row is used at most once: the
    best pair is joined, then the best pair of the remaining rows, and so on (a stable matching: no
    two rows are more similar to each other than each is to its partner).

    >>> x, y = np.eye(2, dtype=np.float32), np.array([[0.1, 1], [0, 1]], dtype=np.float32)
    >>> [side.tolist() for side in join(x, y)[:2]], [s.tolist() for s in join(x, y, k=1)[:2]]
    ([[1, 1], [1, 0]], [[1], [1]])
    """
    left, right = check_vectors(left, "left"), check_vectors(right, "right")
    if left.shape[1] != right.shape[1] or left.dtype != right.dtype:
        raise ValueError(
            "left and right must have the same dtype and width, "
            f"not {left.dtype} x {left.shape[1]} and {right.dtype} x {right.shape[1]}"
        )
    if k is not None:
        at_least(1, k=k)
    first_rows = np.arange(len(right)) if k is None else _first_copies(right, k)[0]
    needed = None if k is None else partial(best_of_rows, k=k)
    pairs = similar_pairs(left, threshold, right[first_rows], method, progress, needed)
    pairs_of_rows = (Pairs(i, first_rows[j], score) for i, j, score in pairs)
    matched = _best_first(_gathered(pairs_of_rows, k, both=False))
    return _each_once(matched) if one_to_one else matched


def _first_copies(vectors: Vectors, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first `k` rows of every vector, and the others: no row has those among its `k` best."""
    first = first_copies(vectors)
    order = np.argsort(first, kind="stable")
    place = np.empty(len(first), np.int64)
    place[order] = np.arange(len(first)) - np.searchsorted(first[order], first[order])
    return np.flatnonzero(place < k), np.flatnonzero(place >= k)


def _gathered(parts: Iterable[Pairs], k: int | None, both: bool) -> Pairs:
    waiting: list[Pairs] = []
    count = 0
    for part in parts:
        waiting.append(part)
        count += len(part.left)
        if k is not None and count > WAITING:
            waiting = [_best_of_each(distinct(waiting), k, both)]
            count = 0
    all_ = distinct(waiting)
    return all_ if k is None else _best_of_each(all_, k, both)


def _best_of_each(pairs: Pairs, k: int, both: bool) -> Pairs:
    if both:
        ends = np.concatenate([pairs.left, pairs.right]), np.concatenate([pairs.right, pairs.left])
        place = _place(*ends, np.concatenate([pairs.score, pairs.score]))
        kept = place.reshape(2, -1).min(axis=0) < k
    else:
        kept = _place(pairs.left, pairs.right, pairs.score) < k
    return Pairs(pairs.left[kept], pairs.right[kept], pairs.score[kept])


def _place(
    rows: NDArray[np.int64], others: NDArray[np.int64], score: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Each pair's place among its row's pairs, best first."""
    order = np.lexsort((others, -score, rows))
    ordered = rows[order]
    first = np.searchsorted(ordered, ordered, side="left")
    place = np.empty(len(rows), np.int64)
    place[order] = np.arange(len(rows)) - first
    return place


def _best_first(pairs: Pairs) -> Pairs:
    order = np.lexsort((pairs.right, pairs.left, -pairs.score))
    return Pairs(pairs.left[order], pairs.right[order], pairs.score[order])


def _each_once(pairs: Pairs) -> Pairs:
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    kept = []
    for place, (i, j) in enumerate(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)):
        if i not in taken_left and j not in taken_right:
            taken_left.add(i)
            taken_right.add(j)
            kept.append(place)
    return Pairs(pairs.left[kept], pairs.right[kept], pairs.score[kept])
