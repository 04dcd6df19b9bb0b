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


def normalize(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Rows of unit length, float32; a zero row stays zero.

    >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    dense = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(dense, axis=-1, keepdims=True)
    norms[norms == 0] = 1
    unit: NDArray[np.float32] = dense / norms
    return unit


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


def cosine(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float32]:
    """Cosine of every row of `a` (n, dim) with every row of `b` (m, dim): (n, m) float32.

    The cosine of anything with a zero vector is 0.

    >>> cosine(np.eye(2), np.array([[0.0, 2.0], [0.0, 0.0]])).tolist()
    [[0.0, 0.0], [1.0, 0.0]]
    """
    product: NDArray[np.float32] = normalize(np.atleast_2d(a)) @ normalize(np.atleast_2d(b)).T
    return product


def hamming_similarity(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.float32]:
    """`1 - 2 * distance / bits` of every row of `a` with every row of `b`: (n, m) float32.

    >>> one = binarize(np.ones((1, 64)))
    >>> hamming_similarity(one, np.vstack([one, ~one])).tolist()
    [[1.0, -1.0]]
    """
    a, b = np.atleast_2d(a), np.atleast_2d(b)
    distance = kernel.hamming(a, b) / np.float32(64 * a.shape[1])
    similarity: NDArray[np.float32] = (1.0 - 2.0 * distance).astype(np.float32)
    return similarity


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
    norms = sqrt(a @ a) * sqrt(b @ b)
    return float(a @ b) / norms if norms else 0.0


def check_vectors(vectors: Any, name: str = "vectors") -> Vectors:
    """The vectors as a 2-D float32 or uint64 array; ValueError names what is wrong with them.

    >>> check_vectors(np.array([[1.0], [np.nan]]), "docs")
    Traceback (most recent call last):
    ...
    ValueError: docs: row 1 holds NaN or infinity
    """
    array = np.asarray(vectors)
    if array.ndim != 2:
        raise ValueError(f"{name} must be two-dimensional, not of shape {array.shape}")
    if array.dtype == np.uint64:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise ValueError(f"{name} must be float32 or packed uint64, not {array.dtype}")
    dense = array.astype(np.float32, copy=False)
    bad = ~np.isfinite(dense).all(axis=1)
    if bad.any():
        raise ValueError(f"{name}: row {int(bad.argmax())} holds NaN or infinity")
    return dense
