"""Which records of a stream are duplicates and of what, where only vectors or digests are held."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordllama.dedup.exact import alike_itself
from wordllama.dedup.find import find_duplicates
from wordllama.dedup.flags import duplicate_indices
from wordllama.dedup.result import Duplicates
from wordllama.pairs.approximate import Method, similar_pairs
from wordllama.pairs.crowds import best_of_rows, first_of_columns
from wordllama.vectors import Vectors


class Originals(NamedTuple):
    """The rows that are duplicates, and what each duplicates."""

    row: NDArray[np.int64]
    original: NDArray[np.int64]
    score: NDArray[np.float32]
    inside: NDArray[np.bool_]
    """Whether the original is an earlier row of the same set; else it is one of the others."""


def duplicate_flags(vectors: Vectors, others: Vectors, threshold: float) -> NDArray[np.bool_]:
    """Whether each row is more similar than the threshold to an earlier one or to one of `others`.

    >>> x = np.array([[1, 0], [0, 1], [1, 0.1]], dtype=np.float32)
    >>> duplicate_flags(x, x[1:2], 0.9).tolist()
    [False, True, True]
    """
    duplicate = np.zeros(len(vectors), bool)
    duplicate[duplicate_indices(vectors, threshold)] = True
    for pairs in similar_pairs(vectors, threshold, others, needed=best_of_rows):
        duplicate[pairs.left] = True
    return duplicate


def exact_originals(digests: NDArray[np.uint64], others: NDArray[np.uint64]) -> Originals:
    """The rows that are the same as an earlier one, or else as one of the others (see `digests`).

    >>> exact_originals(np.array([[7], [8], [7]], np.uint64), np.array([[8]], np.uint64)).row
    array([1, 2])
    """
    earlier: Duplicates[int] = find_duplicates(None, digests, 1)
    other: Duplicates[int] = find_duplicates(None, digests, 1, against=(None, others))
    inside = earlier.exact
    row = np.flatnonzero(inside | other.exact)
    original = np.where(inside, earlier.match, other.match)[row]
    return Originals(row, original, np.ones(len(row), np.float32), inside[row])


def near_originals(
    vectors: Vectors, rows: NDArray[np.int64], others: Vectors, threshold: float
) -> Originals:
    """The first earlier row that each of `rows` duplicates, or else the first of the others.

    Of very many rows nearly all pairs are looked at first, then all pairs of the rows left over, so
    that each row that is a duplicate has its original.

    >>> x = np.array([[1, 0], [0, 1], [1, 0.1], [1, 0]], dtype=np.float32)
    >>> near_originals(x, np.array([2, 3]), x[:0], 0.9).original.tolist()
    [0, 0]
    """
    original = np.full(len(rows), -1)
    score = np.zeros(len(rows), np.float32)
    inside = np.zeros(len(rows), bool)
    methods: tuple[Method, ...] = ("auto", "exact")
    for within in (True, False):
        for method in methods:
            rest = np.flatnonzero(original < 0)
            needed = partial(
                first_of_columns, threshold=threshold, before=rows[rest] if within else None
            )
            source, left_over = vectors if within else others, np.asarray(vectors[rows[rest]])
            for pairs in similar_pairs(source, threshold, left_over, method, needed=needed):
                left, right = pairs.left, rest[pairs.right]
                better = (original[right] < 0) | (left < original[right])
                if within:
                    better &= left < rows[right]
                order = np.lexsort((left[better], right[better]))
                changed, first = np.unique(right[better][order], return_index=True)
                original[changed] = left[better][order][first]
                score[changed] = pairs.score[better][order][first]
                inside[changed] = within
    return Originals(rows, original, score, inside)


def silent(vectors: Vectors) -> NDArray[np.int64]:
    """The zero rows, those of empty texts: similarities don't tell which of them are copies.

    >>> silent(np.array([[1, 0], [0, 0]], np.float32)).tolist()
    [1]
    """
    return np.flatnonzero(~alike_itself(vectors))


def placed(found: Originals, rows: NDArray[np.int64], other_rows: NDArray[np.int64]) -> Originals:
    """What was found among `rows` and `other_rows` only, with their places among all."""
    original = np.empty(len(found.row), np.int64)
    original[found.inside] = rows[found.original[found.inside]]
    original[~found.inside] = other_rows[found.original[~found.inside]]
    return Originals(rows[found.row], original, found.score, found.inside)


def merged(one: Originals, other: Originals) -> Originals:
    """The duplicates of both, in the order of their rows."""
    order = np.argsort(np.concatenate([one.row, other.row]), kind="stable")
    return Originals(
        np.concatenate([one.row, other.row])[order],
        np.concatenate([one.original, other.original])[order],
        np.concatenate([one.score, other.score])[order],
        np.concatenate([one.inside, other.inside])[order],
    )
