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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from wordllama import kernel
from wordllama.vectors import Vectors

BLOCK = 2048
"""Rows of the one set whose short products are computed at once, ..."""
WIDE = 1 << 14
"""... and rows of the other."""
MARGIN = 1e-5
"""More than float32 rounding can take away from a short product."""
LOOK = 100_000
"""What looking at one pair in full costs, in coordinates of a short product."""
VERIFY = 1 << 15
"""Pairs whose full rows are gathered at once."""
SHORT = (15, 31, 47, 63, 95, 127)
"""Lengths tried for the short vectors: with that of the rest, whole registers."""
SAMPLE = 2048


class Pairs(NamedTuple):
    """Pairs of rows and their similarity: `score[n]` is that of row `left[n]` and `right[n]`."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    score: NDArray[np.float32]


@dataclass(frozen=True)
class Turned:
    """The vectors of one set, and what is computed once for each of them."""

    vectors: Vectors
    inverse: NDArray[np.float64]
    """1 / length of each row; 0 for a zero row (unused where the vectors are packed bits)."""
    short: NDArray[np.float32]


def above(
    left: Vectors, threshold: float, right: Vectors | None = None, progress: bool = False
) -> Iterator[Pairs]:
    """Yield the pairs with a similarity over `threshold`, some at a time.

    `left` and `right` are (n, dim) float32, compared by cosine (0 for a zero row), or (n, words)
    uint64 packed bits, compared by `1 - 2 * hamming / bits`; both may be memory-mapped. Without
    `right`, the pairs are those of `left` with itself, each once, the lower row first.
    `progress` shows a bar on a terminal.

    >>> x = np.array([[1, 0], [0, 1], [1, 0.1]], dtype=np.float32)
    >>> [(p.left.tolist(), p.right.tolist(), p.score) for p in above(x, 0.9)]
    [([0], [2], array([0.9950372], dtype=float32))]
    """
    a, b = turn(left, threshold, right)
    starts = range(0, len(a.short), BLOCK)
    for start in tqdm(starts, "comparing", unit="block", disable=None if progress else True):
        first = start if right is None else 0
        for other in range(first, len(b.short), WIDE):
            rows, columns = slice(start, start + BLOCK), slice(other, other + WIDE)
            i, j = candidates(a.short[rows], b.short[columns], threshold)
            i, j = i + start, j + other
            if right is None:
                i, j = i[i < j], j[i < j]
            score = similarity_of_pairs(a, b, i, j)
            over = score > threshold
            yield Pairs(i[over], j[over], score[over])


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
            score[start : start + VERIFY] = hamming_similarity(np.bitwise_xor(x, y))
        else:
            products = np.einsum("ij,ij->i", x, y, dtype=np.float64)
            score[start : start + VERIFY] = products * a.inverse[i] * b.inverse[j]
    return score


def hamming_similarity(differing: NDArray[np.uint64]) -> NDArray[np.float32]:
    """`1 - 2 * set bits / bits` of each row."""
    share = np.bitwise_count(differing).sum(axis=1, dtype=np.int64) / (64 * differing.shape[1])
    return np.asarray(1 - 2 * share.astype(np.float32), np.float32)


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
        x = x * inverse[rows, None].astype(np.float32)
        if axes is None:
            short[rows] = x
        else:
            short[rows, :-1] = x @ axes
            rest = x - short[rows, :-1] @ axes.T
            short[rows, -1] = np.sqrt(np.einsum("ij,ij->i", rest, rest))
    return Turned(vectors, inverse, short)


def dense(vectors: Vectors) -> NDArray[np.float32]:
    """Packed bits as -1 and 1, whose cosine is the Hamming similarity; float32 as it is."""
    if vectors.dtype != np.uint64:
        return np.asarray(vectors, np.float32)
    bits = np.unpackbits(np.ascontiguousarray(vectors).view(np.uint8), axis=1)
    return bits.astype(np.float32) * 2 - 1


def short_axes(
    left: Vectors, right: Vectors | None, threshold: float, crowding: float = 1
) -> NDArray[np.float32] | None:
    """The leading axes to keep, as many as cost least on a sample; None to keep all of them."""
    sample = _sample(left) if right is None else np.concatenate([_sample(left), _sample(right)])
    n, dim = sample.shape
    if n < SAMPLE:
        return None
    unit = sample / np.maximum(np.linalg.norm(sample, axis=1, keepdims=True), 1e-30)
    _, axes = np.linalg.eigh(unit.T.astype(np.float64) @ unit)
    axes = axes[:, ::-1].astype(np.float32)
    turned = unit @ axes
    half = n // 2
    best, cheapest = None, float(dim)
    for length in (s for s in SHORT if s < dim):
        rest = np.sqrt(np.maximum(1 - (turned[:, :length] ** 2).sum(axis=1), 0))
        bound = turned[:half, :length] @ turned[half:, :length].T + np.outer(
            rest[:half], rest[half:]
        )
        share = float((bound > threshold).mean())
        cost = length + 1 + LOOK * crowding * share
        if cost < cheapest:
            best, cheapest = np.ascontiguousarray(axes[:, :length]), cost
    return best


def _sample(vectors: Vectors) -> NDArray[np.float32]:
    step = max(1, len(vectors) // SAMPLE)
    return dense(vectors[::step][: 2 * SAMPLE])
