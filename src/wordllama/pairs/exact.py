"""All pairs of vectors that are more similar than a threshold, exactly, without all the work.

Every vector is turned so that its first few coordinates carry most of its length (the leading
eigenvectors of a sample's second moments); the length of the rest becomes one coordinate more. By
Cauchy and Schwarz the inner product of two such short vectors is never below the true one, so only
pairs whose short product exceeds the threshold are looked at in full.

The full score is computed in one fixed order and in float64, so that what exceeds a threshold does
not depend on block sizes, threads or the BLAS library.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from wordllama import kernel
from wordllama.pairs import crowds
from wordllama.pairs.crowds import MARGIN, Needed, Postponed, Table
from wordllama.pairs.scored import NO_PAIRS, Pairs
from wordllama.vectors import Vectors, hamming_of_pairs, normalize, signs

BLOCK = 2048
"""Rows of each set whose short products are computed at once."""
LOOK = 100_000
"""What looking at one pair in full costs, in coordinates of a short product.

Comparing all n * n short vectors of length d costs n * n * d such coordinates (0.02 to 0.03 ns each
in the kernel), a pair over the threshold then 2 us for gathering and multiplying both full rows: of
lengths that is chosen for which d + LOOK * (share of pairs over the threshold) is least.
"""
VERIFY = 1 << 15
"""Pairs whose full rows are gathered at once."""
SHORT = (15, 31, 47, 63, 95, 127)
"""Lengths tried for the short vectors: with that of the rest, whole registers."""
SAMPLE = 2048
NEAR = 0.1
"""A row that so nearly exceeds the threshold with three of a sample is one of a crowd."""


@dataclass(frozen=True)
class Turned:
    """The vectors of one set, and what is computed once for each of them."""

    vectors: Vectors
    inverse: NDArray[np.float64]
    """1 / length of each row; 0 for a zero row (unused where the vectors are packed bits)."""
    short: NDArray[np.float32]


def above(
    left: Vectors,
    threshold: float,
    right: Vectors | None = None,
    progress: bool = False,
    needed: Needed | Postponed | None = None,
) -> Iterator[Pairs]:
    """Yield the pairs with a similarity over `threshold`, some at a time.

    `left` and `right` are (n, dim) float32, compared by cosine (0 for a zero row), or (n, words)
    uint64 packed bits, compared by `1 - 2 * hamming / bits`; both may be memory-mapped. Without
    `right`, the pairs are those of `left` with itself, each once, the lower row first. Pairs that
    are not `needed` (see `crowds`) may be left out, where there are many. `progress` shows a bar on
    a terminal.

    >>> x = np.array([[1, 0], [0, 1], [1, 0.1]], dtype=np.float32)
    >>> [(p.left.tolist(), p.right.tolist(), p.score) for p in above(x, 0.9)]
    [([0], [2], array([0.9950372], dtype=float32))]
    """
    a, b = turn(left, threshold, right)
    starts = range(0, len(a.short), BLOCK)
    for start in tqdm(starts, "comparing", unit="block", disable=None if progress else True):
        rows = np.arange(start, min(start + BLOCK, len(a.short)))
        for other in range(start if right is None else 0, len(b.short), BLOCK):
            columns = np.arange(other, min(other + BLOCK, len(b.short)))
            yield compared(a, b, rows, columns, threshold, needed, forwards=right is None)


def compared(
    a: Turned,
    b: Turned,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    threshold: float,
    needed: Needed | Postponed | None = None,
    forwards: bool = False,
) -> Pairs:
    """Pairs over the threshold of some rows with some of the other set (or, `forwards`, of later
    ones); of one set (`a` is `b`) no row with itself, and the lower one first.
    """

    def scores(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Table:
        score = _products(_unit(a, rows), _unit(b, columns), threshold - MARGIN)
        if a is b:
            skip = np.greater_equal if forwards else np.equal
            score[skip(rows[:, None], columns)] = -np.inf
        return Table(rows, columns, score)

    def similarity(i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float32]:
        return similarity_of_pairs(a, b, i, j)

    def choose(
        rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if isinstance(needed, Postponed):
            needed.put(rows, columns, scores, similarity)
        elif needed:
            return crowds.select(scores(rows, columns), needed)
        return NO_PAIRS.left, NO_PAIRS.right

    x, y = a.short[rows], b.short[columns]
    if needed and crowds.crowded(x, y, threshold):
        i, j = choose(rows, columns)
    else:
        i, j = candidates(x, y, threshold)
        i, j = rows[i], columns[j]
        if needed:
            i, j = crowds.thinned(i, j, choose)
    if a is b:
        keep = i < j if forwards else i != j
        i, j = np.minimum(i, j)[keep], np.maximum(i, j)[keep]
    if isinstance(needed, Postponed) and needed.room <= 0 and len(i):
        i, j = choose(np.unique(i), np.unique(j))
    score = similarity(i, j)
    over = score > threshold
    if isinstance(needed, Postponed):
        needed.room -= int(over.sum())
    return Pairs(i[over], j[over], score[over])


def _products(
    left: NDArray[np.float32], right: NDArray[np.float32], least: float
) -> NDArray[np.float32]:
    """The inner products over `least`, -inf for others.

    Small tables are not worth BLAS's threads, which get in the way of the kernel's for a while.
    """
    if len(left) * len(right) < BLOCK * BLOCK // 4:
        i, j, above_least = kernel.pairs_above(left, right, least)
        score = np.full((len(left), len(right)), -np.inf, np.float32)
        score[i, j] = above_least
        return score
    score = left @ right.T
    score[score <= least] = -np.inf
    return score


def _unit(turned: Turned, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Some of the vectors at full width, of unit length."""
    return normalize(dense(turned.vectors[rows]))


def candidates(
    left: NDArray[np.float32], right: NDArray[np.float32], threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of short vectors whose full ones may be more similar than the threshold."""
    i, j, _ = kernel.pairs_above(left, right, threshold - MARGIN)
    return i, j


def similarity_of_pairs(
    a: Turned, b: Turned, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float32]:
    """The similarity of each pair, in a fixed order of summation."""
    score = np.empty(len(left), np.float32)
    for start in range(0, len(left), VERIFY):
        i, j = left[start : start + VERIFY], right[start : start + VERIFY]
        x, y = a.vectors[i], b.vectors[j]
        if x.dtype == np.uint64:
            score[start : start + VERIFY] = hamming_of_pairs(x, y)
        else:
            products = np.einsum("ij,ij->i", x, y, dtype=np.float64)
            score[start : start + VERIFY] = products * a.inverse[i] * b.inverse[j]
    return score


def turn(
    left: Vectors, threshold: float, right: Vectors | None = None, crowding: float = 1
) -> tuple[Turned, Turned]:
    """Both sets, turned by the same matrix.

    `crowding` says how many times more often than a random pair one that is compared may be over
    the threshold: the more often, the longer the short vectors that cost least.
    """
    axes = short_axes(left, right, threshold, crowding)
    a = _turned(left, axes)
    return a, a if right is None else _turned(right, axes)


def _turned(vectors: Vectors, axes: NDArray[np.float32] | None) -> Turned:
    inverse = np.zeros(len(vectors))
    dim = dense(vectors[:1]).shape[1]
    short = np.zeros((len(vectors), dim if axes is None else axes.shape[1] + 1), np.float32)
    for start in range(0, len(vectors), BLOCK):
        rows = slice(start, start + BLOCK)
        x = dense(vectors[rows])
        length = np.sqrt(np.einsum("ij,ij->i", x, x, dtype=np.float64))
        np.divide(1, length, out=inverse[rows], where=length > 0)
        x = normalize(x)
        if axes is None:
            short[rows] = x
        else:
            short[rows, :-1] = x @ axes
            rest = x - short[rows, :-1] @ axes.T
            short[rows, -1] = np.sqrt(np.einsum("ij,ij->i", rest, rest))
    return Turned(vectors, inverse, short)


def dense(vectors: Vectors) -> NDArray[np.float32]:
    """Packed bits as -1 and 1, whose cosine is the Hamming similarity; float32 as it is."""
    return signs(vectors) if vectors.dtype == np.uint64 else np.asarray(vectors, np.float32)


def short_axes(
    left: Vectors, right: Vectors | None, threshold: float, crowding: float = 1
) -> NDArray[np.float32] | None:
    """The leading axes to keep, as many as cost least on a sample; None to keep all of them."""
    sample = _sample(left) if right is None else np.concatenate([_sample(left), _sample(right)])
    n, dim = sample.shape
    if n < SAMPLE:
        return None
    unit = normalize(sample)
    _, axes = np.linalg.eigh(unit.T.astype(np.float64) @ unit)
    axes = axes[:, ::-1].astype(np.float32)
    left_half, right_half = (unit[rows] @ axes for rows in _without_crowds(unit, threshold))
    if min(len(left_half), len(right_half)) < SAMPLE // 4:
        return None
    best, cheapest = None, float(dim)
    for length in (s for s in SHORT if s < dim):
        bound = _short(left_half, length) @ _short(right_half, length).T
        share = float((bound > threshold).mean())
        cost = length + 1 + LOOK * crowding * share
        if cost < cheapest:
            best, cheapest = np.ascontiguousarray(axes[:, :length]), cost
    return best


def _short(turned: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    short = turned[:, : length + 1].copy()
    short[:, length] = np.sqrt(np.maximum(1 - (turned[:, :length] ** 2).sum(axis=1), 0))
    return short


def _without_crowds(
    unit: NDArray[np.float32], threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of either half of a sample, but those of a crowd: what it costs hangs on no length."""
    half = len(unit) // 2
    near = unit[:half] @ unit[half:].T > threshold - NEAR
    lone = [np.flatnonzero(near.sum(axis=axis) < 3) for axis in (1, 0)]
    return lone[0], lone[1] + half


def _sample(vectors: Vectors) -> NDArray[np.float32]:
    step = max(1, len(vectors) // SAMPLE)
    return dense(vectors[::step][: 2 * SAMPLE])
