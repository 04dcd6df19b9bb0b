"""Arithmetic on arrays of vectors: normalise, truncate, binarise, cosine and Hamming similarity.

Dense vectors are float32. Binary vectors are packed in uint64 words, a bit set where the value is
positive, in the order of `numpy.packbits` (the first dimension is the highest bit of the first
byte), which is the order that the published package stores.
"""

from __future__ import annotations

from math import sqrt
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wordllama import kernel

Vectors: TypeAlias = NDArray[Any]
"""Dense (float32) or packed binary (uint64) vectors, one a row."""

SHORTEST, LONGEST = np.float32(1e-15), np.float32(1e15)
"""Lengths between which the squares of float32 numbers neither vanish nor overflow."""


def normalize(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Rows of unit length, float32; a zero row stays zero.

    >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    rows = np.asarray(vectors)
    if rows.dtype != np.float64:
        rows = rows.astype(np.float32, copy=False)
    with np.errstate(over="ignore", under="ignore"):
        norms = np.linalg.norm(rows, axis=-1, keepdims=True)
        unsafe = ~((norms > SHORTEST) & (norms < LONGEST))[..., 0]
        norms[unsafe] = 1
        unit = (rows / norms).astype(np.float32, copy=False)
    if unsafe.any():
        wide = rows[unsafe].astype(np.float64)
        largest = np.abs(wide).max(axis=-1, keepdims=True, initial=0)
        np.divide(wide, largest, out=wide, where=largest > 0)
        lengths = np.linalg.norm(wide, axis=-1, keepdims=True)
        unit[unsafe] = np.divide(wide, lengths, out=wide, where=lengths > 0)
    return np.asarray(unit, np.float32)


def truncate(vectors: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """The first `dim` columns, as a Matryoshka model allows (Kusupati et al. 2022).

    >>> truncate(np.ones((2, 4), np.float32), 3).shape
    (2, 3)
    """
    if not 0 < dim <= vectors.shape[-1]:
        raise ValueError(f"dim must be between 1 and {vectors.shape[-1]}, not {dim}")
    return vectors[..., :dim]


def binarize(vectors: NDArray[Any]) -> NDArray[np.uint64]:
    """Packed signs: (n, dim) floats to (n, dim / 64) uint64; `dim` must be a multiple of 64.

    >>> binarize(np.array([[1.0, -1.0] * 32])).tolist()
    [[12297829382473034410]]
    """
    dim = vectors.shape[-1]
    if dim % 64:
        raise ValueError(f"binary vectors need a multiple of 64 dimensions, not {dim}")
    packed: NDArray[np.uint64] = np.packbits(vectors > 0, axis=-1).view("<u8").astype(np.uint64)
    return packed


def signs(packed: NDArray[np.uint64]) -> NDArray[np.float32]:
    """Packed bits (n, words) as (n, 64 * words) float32: 1 where the bit is set, -1 elsewhere.

    The cosine of two such rows is the Hamming similarity of the packed ones.

    >>> signs(np.array([[2**64 - 1]], np.uint64)).sum()
    np.float32(64.0)
    """
    bits = np.unpackbits(np.ascontiguousarray(packed).view(np.uint8), axis=1)
    return bits.astype(np.float32) * 2 - 1


def cosine(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float32]:
    """Cosine of every row of `a` (n, dim) with every row of `b` (m, dim): (n, m) float32.

    The cosine of anything with a zero vector is 0.

    >>> cosine(np.eye(2), np.array([[0.0, 2.0], [0.0, 0.0]])).tolist()
    [[0.0, 0.0], [1.0, 0.0]]
    """
    product: NDArray[np.float32] = normalize(np.atleast_2d(a)) @ normalize(np.atleast_2d(b)).T
    return np.clip(product, -1, 1, out=product)


def hamming_similarity(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.float32]:
    """`1 - 2 * distance / bits` of every row of `a` with every row of `b`: (n, m) float32.

    >>> one = binarize(np.ones((1, 64)))
    >>> hamming_similarity(one, np.vstack([one, ~one])).tolist()
    [[1.0, -1.0]]
    """
    a, b = np.atleast_2d(a), np.atleast_2d(b)
    return _share_alike(kernel.hamming(a, b), a.shape[1])


def hamming_of_pairs(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.float32]:
    """The Hamming similarity of each row of `a` and the same row of `b`: (n,) float32.

    >>> hamming_of_pairs(np.array([[0], [1]], np.uint64), np.zeros((2, 1), np.uint64)).tolist()
    [1.0, 0.96875]
    """
    distance = np.bitwise_count(a ^ b).sum(axis=1, dtype=np.int64)
    return _share_alike(distance, a.shape[1])


def _share_alike(distance: NDArray[np.integer], words: int) -> NDArray[np.float32]:
    return np.asarray(1 - 2 * (distance / np.float64(64 * words)), np.float32)


def similarity(a: Vectors, b: Vectors) -> NDArray[np.float32]:
    """Cosine of dense vectors, Hamming similarity of binary ones: (n, m) float32.

    >>> similarity(np.ones((1, 64), np.float32), np.ones((2, 64), np.float32)).shape
    (1, 2)
    """
    if (a.dtype == np.uint64) != (b.dtype == np.uint64):
        raise ValueError(f"vectors must be of one kind, not {a.dtype} and {b.dtype}")
    if a.shape[-1] != b.shape[-1]:
        raise ValueError(f"vectors must be of one width, not {a.shape[-1]} and {b.shape[-1]}")
    return hamming_similarity(a, b) if a.dtype == np.uint64 else cosine(a, b)


def score(a: Vectors, b: Vectors) -> float:
    """Similarity of one vector and another of the same kind.

    >>> score(np.array([1.0, 0.0], np.float32), np.array([2.0, 0.0], np.float32))
    1.0
    """
    if a.dtype == np.uint64:
        return float(hamming_similarity(a, b)[0, 0])
    left, right = sqrt(np.vdot(a, a)), sqrt(np.vdot(b, b))  # silent where squares overflow
    if SHORTEST < left < LONGEST and SHORTEST < right < LONGEST:
        return min(1.0, max(-1.0, float(np.vdot(a, b)) / (left * right)))
    return float(cosine(a, b)[0, 0])


def check_vectors(vectors: Any, name: str = "vectors", *, finite: bool = True) -> Vectors:
    """The vectors as a 2-D float32 or uint64 array; ValueError names what is wrong with them.

    `finite=False` leaves it to the caller to see whether all numbers are finite.
    Vectors of int8, as an index keeps them, become float32.

    >>> check_vectors(np.array([[1.0], [np.nan]]), "docs")
    Traceback (most recent call last):
    ...
    ValueError: docs: row 1 holds NaN or infinity
    """
    array = np.asarray(vectors)
    if array.ndim != 2:
        column = array.ndim == 1 and array.dtype == object
        then = "; np.stack makes one array of a column of vectors" if column else ""
        raise ValueError(f"{name} must be two-dimensional, not of shape {array.shape}{then}")
    if not array.shape[1]:
        raise ValueError(f"{name} must have at least one dimension, not shape {array.shape}")
    if array.dtype == np.uint64:
        return array
    if array.dtype == np.int8:
        return array.astype(np.float32)
    if not np.issubdtype(array.dtype, np.floating):
        raise ValueError(f"{name} must be float32 or packed uint64, not {array.dtype}")
    with np.errstate(over="ignore"):
        dense = array.astype(np.float32, copy=False)
    if array.dtype.itemsize > 4:
        lost = (~np.isfinite(dense) & np.isfinite(array)).any(axis=1)
        lost |= ~dense.any(axis=1) & array.any(axis=1)
        if lost.any():
            row = int(lost.argmax())
            raise ValueError(
                f"{name}: row {row} is out of float32's range; divide it by its length"
            )
    if not finite:
        return dense
    bad = ~np.isfinite(dense).all(axis=1)
    if bad.any():
        raise ValueError(f"{name}: row {int(bad.argmax())} holds NaN or infinity")
    return dense
