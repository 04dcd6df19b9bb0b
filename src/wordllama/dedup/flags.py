"""Which texts repeat an earlier one: the question `deduplicate` asks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from wordllama.arguments import check_threshold
from wordllama.dedup.exact import alike_itself, exact_only, first_same_row
from wordllama.pairs import approximate, exact
from wordllama.pairs.approximate import Method
from wordllama.pairs.copies import CHUNK, first_copies
from wordllama.vectors import Vectors, check_vectors

WIDE = 1 << 14
"""Earlier rows that a block of rows is compared with at once, those already marked left out."""


def duplicate_indices(
    vectors: Vectors, threshold: float, method: Method = "auto", *, progress: bool = False
) -> NDArray[np.int64]:
    """Sorted indices of the rows that are more similar than `threshold` to any earlier row.

    It does not matter whether that earlier row is a duplicate itself. `vectors` are (n, dim)
    float32, compared by cosine, or (n, words) uint64 packed bits, by Hamming similarity. At a
    threshold of 1 they are the rows that are the same as an earlier one (and not zero).
    `method` is that of `find_duplicates`: all pairs up to 200,000 rows, nearly all above.
    `progress` shows a bar on a terminal.
    Of a memory map, only a short vector of each row is held in memory. Raises as `check_vectors`,
    and for a threshold that is no similarity.

    >>> x = np.array([[1, 0], [0, 1], [1, 0.1], [1, 0]], dtype=np.float32)
    >>> duplicate_indices(x, 0.9).tolist()
    [2, 3]
    """
    check_threshold(threshold)
    checked = check_vectors(vectors)
    vectors = vectors if isinstance(vectors, np.memmap) else checked
    if exact_only(threshold):
        return np.flatnonzero(first_same_row(vectors) != np.arange(len(vectors)))
    copy = first_copies(vectors) != np.arange(len(vectors))
    alone = int((~copy).sum())
    repeats = _repeats if approximate.compares_all(method, alone, alone) else _likely_repeats
    duplicate = copy.copy()
    if isinstance(vectors, np.memmap) or not copy.any():
        repeats(vectors, threshold, duplicate, progress)
    else:
        distinct = np.zeros(alone, bool)
        repeats(vectors[~copy], threshold, distinct, progress)
        duplicate[~copy] = distinct
    copies = np.flatnonzero(copy)
    for start in range(0, len(copies), CHUNK):
        rows = copies[start : start + CHUNK]
        duplicate[rows] = alike_itself(vectors[rows]) | (threshold < 0)
    return np.flatnonzero(duplicate)


def _repeats(
    vectors: Vectors, threshold: float, repeats: NDArray[np.bool_], progress: bool
) -> None:
    """Mark each row that exceeds the threshold with an earlier one; marked ones are passed over.

    Where a row has many candidates, they are looked at in full one by one until one does, so that
    a hundred thousand variants of one text cost no more than other texts.
    """
    turned, _ = exact.turn(vectors, threshold)
    starts = range(0, len(vectors), exact.BLOCK)
    for start in tqdm(starts, "comparing", unit="block", disable=None if progress else True):
        rows = slice(start, start + exact.BLOCK)
        end = start + exact.BLOCK
        bounds = [0, *range(exact.BLOCK, end, WIDE), end]
        for first, last in pairwise(bounds):
            later = start + np.flatnonzero(~repeats[rows])
            j, i = exact.candidates(turned.short[later], turned.short[first:last], threshold)
            i, j = i + first, later[j]
            i, j = i[i < j], j[i < j]
            repeats |= _some_pair_above(turned, i, j, threshold)


def _likely_repeats(
    vectors: Vectors, threshold: float, repeats: NDArray[np.bool_], progress: bool
) -> None:
    """Mark nearly each row that exceeds the threshold with an earlier one."""
    turned, _ = exact.turn(vectors, threshold, None, approximate.CROWDING)
    plan = approximate.steps(turned, turned, threshold)
    for rows, columns in tqdm(plan, "comparing", unit="cell", disable=None if progress else True):
        for start in range(0, len(rows), exact.BLOCK):
            x, y = rows[start : start + exact.BLOCK], columns
            x, y = _still_needed(x, y, repeats)
            i, j = exact.candidates(turned.short[x], turned.short[y], threshold)
            i, j = np.minimum(x[i], y[j]), np.maximum(x[i], y[j])
            open_ = np.flatnonzero((i < j) & ~repeats[j])
            order = open_[np.argsort(j[open_], kind="stable")]
            repeats |= _some_pair_above(turned, i[order], j[order], threshold)


def _still_needed(
    x: NDArray[np.int64], y: NDArray[np.int64], repeats: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of rows to be compared, those that may mark another: a row that is not yet marked itself, or
    one earlier than some row of the other side that is not.

    What is left out of one side shortens what the other side needs, so both are looked at twice.
    """
    for _ in range(2):
        x = x[~repeats[x] | (x < y[~repeats[y]].max(initial=-1))]
        y = y[~repeats[y] | (y < x[~repeats[x]].max(initial=-1))]
    return x, y


def _some_pair_above(
    turned: exact.Turned, i: NDArray[np.int64], j: NDArray[np.int64], threshold: float
) -> NDArray[np.bool_]:
    """True for each row of `j` (sorted) that exceeds the threshold with one of its `i`."""
    above = np.zeros(len(turned.short), bool)
    while len(i):
        at_once = len(i) <= exact.VERIFY
        look = np.arange(len(j)) if at_once else np.flatnonzero(np.diff(j, prepend=-1))
        score = exact.similarity_of_pairs(turned, turned, i[look], j[look])
        above[j[look[score > threshold]]] = True
        left = ~above[j]
        left[look] = False
        i, j = i[left], j[left]
    return above
