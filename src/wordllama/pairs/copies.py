"""Exact copies among the rows of an array, found by hashing."""

from __future__ import annotations

import tempfile

import numpy as np
from numpy.typing import NDArray

from wordllama.atomic import named_if_full
from wordllama.vectors import Vectors

CHUNK = 1 << 14


def first_copies(vectors: Vectors) -> NDArray[np.int64]:
    """For each row the index of the first row that holds the same bytes (its own if none does).

    Two different rows are never taken for copies; two copies are missed only where a third row
    shares their 64-bit hash.

    >>> first_copies(np.array([[1, 2], [3, 4], [1, 2]], dtype=np.float32)).tolist()
    [0, 1, 0]
    """
    count = len(vectors)
    hashes = np.concatenate(
        [np.zeros(0, np.uint64)] + [_hashes(vectors[s : s + CHUNK]) for s in range(0, count, CHUNK)]
    )
    order = np.argsort(hashes, kind="stable")
    new = np.ones(count, bool)
    new[1:] = hashes[order][1:] != hashes[order][:-1]
    head = order[np.flatnonzero(new)][np.cumsum(new) - 1]
    first = np.arange(count)
    suspects, heads = order[~new], head[~new]
    for start in range(0, len(suspects), CHUNK):
        rows, firsts = suspects[start : start + CHUNK], heads[start : start + CHUNK]
        same = np.all(vectors[rows] == vectors[firsts], axis=1)
        first[rows[same]] = firsts[same]
    return first


def _hashes(rows: NDArray[np.float32] | NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A 64-bit hash of each row's values (-0.0 as 0.0)."""
    if rows.dtype == np.uint64:
        words = np.asarray(rows, np.uint64)
    else:
        words = np.ascontiguousarray(rows + np.float32(0)).view(np.uint32).astype(np.uint64)
    factors = np.random.default_rng(0).integers(0, 2**63, words.shape[1], dtype=np.uint64)
    words = (words ^ (words >> np.uint64(29))) * (factors * np.uint64(2) + np.uint64(1))
    words ^= words >> np.uint64(32)
    return np.asarray(words.sum(axis=1, dtype=np.uint64), np.uint64)


def taken(vectors: Vectors, rows: NDArray[np.int64]) -> Vectors:
    """The rows at some places: of a memory map, if not all in order, in a temporary file.

    >>> taken(np.array([[1, 2], [3, 4]], np.float32), np.array([1])).tolist()
    [[3.0, 4.0]]
    """
    if np.array_equal(rows, np.arange(len(vectors))):
        return vectors
    if not isinstance(vectors, np.memmap) or not len(rows):
        return vectors[rows]
    file = tempfile.TemporaryFile(prefix="wordllama-vectors-")  # noqa: SIM115 (the map keeps it)
    with named_if_full(f"{tempfile.gettempdir()} (TMPDIR names another folder)"):
        for start in range(0, len(rows), CHUNK):
            file.write(vectors[rows[start : start + CHUNK]].tobytes())
        file.flush()
    shape = (len(rows), vectors.shape[1])
    return np.memmap(file, dtype=vectors.dtype, mode="r", shape=shape)
