"""Which vectors are most similar to a query, or to each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama import kernel
from wordllama.arguments import at_least
from wordllama.vectors import Vectors, normalize, similarity

ROWS = 1 << 14


def scores(query: Vectors, vectors: Vectors) -> NDArray[np.float32]:
    """Similarity of one query vector (dim,) to each row of `vectors` (n, dim): (n,) float32.

    Cosine of float32 vectors (0 with a zero vector), Hamming similarity of packed uint64. Equal
    rows get equal scores wherever they stand.

    >>> scores(np.array([3, 4], np.float32), np.array([[3, 4], [4, -3]], np.float32)).tolist()
    [1.0, 0.0]
    """
    if query.dtype == np.uint64:
        differing = kernel.hamming(query[None], vectors)[0] / np.float32(64 * len(query))
        return np.asarray(1 - 2 * differing.astype(np.float32), np.float32)
    unit = normalize(query)
    found = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), ROWS):
        rows = slice(start, start + ROWS)
        found[rows] = np.einsum("ij,j->i", normalize(vectors[rows]), unit)
    return found


def rank(query: Vectors, vectors: Vectors) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """All rows, most similar to the query first: (indices, scores); ties keep their order.

    A query (dim,) gives two arrays (n,), queries (q, dim) give two arrays (q, n).

    >>> x = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    >>> rank(x[0], x)[0].tolist()
    [0, 2, 1]
    """
    found = similarity(query, vectors)
    order = np.argsort(-found, axis=1, kind="stable")
    best = np.take_along_axis(found, order, axis=1)
    return (order, best) if query.ndim > 1 else (order[0], best[0])


def topk(
    queries: Vectors, vectors: Vectors, k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The `k` most similar rows for each query (q, dim): (indices, scores), each (q, min(k, n)).

    Raises ValueError for a negative `k`.

    >>> x = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    >>> topk(x[:2], x, 2)[0].tolist()
    [[0, 2], [1, 2]]
    """
    at_least(0, k=k)
    if queries.dtype != np.uint64:
        queries, vectors = normalize(queries), normalize(vectors)
    found, indices = kernel.topk(queries, vectors, min(int(k), len(vectors)))
    return indices, found


def filter(query: Vectors, vectors: Vectors, threshold: float) -> Any:
    """Indices, in order, of the rows that are more similar than `threshold` to the query (dim,).

    Queries (q, dim) give a list with such an array for each.

    >>> filter(np.array([1, 0], np.float32), np.array([[1, 0], [0, 1]], np.float32), 0.5).tolist()
    [0]
    """
    found = [np.flatnonzero(row > threshold) for row in similarity(query, vectors)]
    return found if query.ndim > 1 else found[0]
