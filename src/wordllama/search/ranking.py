"""Which vectors are most similar to a query, or to each other.

Vectors (n, dim) are float32 of any length, int8 (of rows with a scale each: no cosine depends on
it), or packed uint64. They are not copied: the kernel works out each row's length as it passes. The
score is the cosine, 0 with a zero vector, or the Hamming similarity of packed vectors. Equal rows
get equal scores wherever they stand, and ties keep their order.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama import kernel
from wordllama.arguments import at_least
from wordllama.vectors import Vectors, check_vectors

SCORES_AT_ONCE = 1 << 26


def scores(query: Vectors, vectors: Vectors, *, name: str = "vectors") -> NDArray[np.float32]:
    """Similarity of a query (dim,) to each row of `vectors` (n, dim): (n,) float32.

    Queries (q, dim) give (q, n). ValueError, which calls the vectors by `name`, if a row holds NaN
    or infinity or is of another kind or width than the query.

    >>> scores(np.array([3, 4], np.float32), np.array([[3, 4], [4, -3]], np.float32)).tolist()
    [1.0, 0.0]
    """
    queries, rows = _checked(query, vectors, name)
    table = kernel.scores(queries, rows, cosine=True)
    np.clip(table, -1, 1, out=table)  # rounding may carry a cosine past 1
    if len(queries):
        _refuse(np.flatnonzero(np.isnan(table[0])), name)
    return table if np.ndim(query) > 1 else table[0]


def rank(
    query: Vectors, vectors: Vectors, *, name: str = "vectors"
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """All rows, most similar to the query first: (indices, scores); ties keep their order.

    A query (dim,) gives two arrays (n,), queries (q, dim) give two (q, n). Raises as `scores`.

    >>> x = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    >>> rank(x[0], x)[0].tolist()
    [0, 2, 1]
    """
    indices, best = topk(np.atleast_2d(query), vectors, len(vectors), name=name)
    return (indices, best) if np.ndim(query) > 1 else (indices[0], best[0])


def order(scores: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Of each row of scores (q, n) the indices, best first, and the scores in that order.

    >>> order(np.array([[1, 3, 3]], np.float32))[0].tolist()
    [[1, 2, 0]]
    """
    indices = np.argsort(-scores, axis=1, kind="stable")
    return indices, np.take_along_axis(scores, indices, axis=1)


def topk(
    queries: Vectors, vectors: Vectors, k: int, *, name: str = "vectors"
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The `k` most similar rows for each query (q, dim): (indices, scores), each (q, min(k, n)).

    Raises as `scores`, and ValueError for a negative `k`.

    >>> x = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    >>> topk(x[:2], x, 2)[0].tolist()
    [[0, 2], [1, 2]]
    >>> topk(x[:2], np.array([[3, 0], [-4, 4]], np.int8), 1)[0].tolist()
    [[0], [1]]
    """
    at_least(0, k=k)
    queries, rows = _checked(queries, vectors, name)
    best, indices = kernel.topk(queries, rows, min(int(k), len(rows)), cosine=True)
    _refuse(indices[:, :1][np.isnan(best[:, :1])], name)
    return _at_most_one(indices, best)


def filter(query: Vectors, vectors: Vectors, threshold: float, *, name: str = "vectors") -> Any:
    """The rows more similar than `threshold` to the query (dim,), in order: (indices, scores).

    Queries (q, dim) give a list with such a pair for each. Raises as `scores`.

    >>> filter(np.array([1, 0], np.float32), np.array([[1, 0], [0, 1]], np.float32), 0.5)
    (array([0]), array([1.], dtype=float32))
    """
    queries = np.atleast_2d(query)
    at_once = max(1, SCORES_AT_ONCE // max(1, len(vectors)))
    similar: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
    for start in range(0, len(queries), at_once):
        table = scores(queries[start : start + at_once], vectors, name=name)
        similar += map(above, table, repeat(threshold))
    return similar if np.ndim(query) > 1 else similar[0]


def above(
    scores: NDArray[np.float32], threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Indices, in order, of scores (n,) above a threshold, and these scores."""
    indices = np.flatnonzero(scores > threshold)
    return indices, scores[indices]


def _checked(query: Vectors, vectors: Vectors, name: str) -> tuple[Vectors, Vectors]:
    """Queries (q, dim) and rows as the kernel takes them, not yet known to be finite."""
    queries = check_vectors(np.atleast_2d(query), "query")
    rows = np.asarray(vectors)
    if rows.dtype != np.int8:
        rows = check_vectors(rows, name, finite=False)
    packed = queries.dtype == np.uint64, rows.dtype == np.uint64
    if rows.ndim != 2 or queries.shape[1] != rows.shape[1] or packed[0] != packed[1]:
        raise ValueError(
            f"{name} must be of the query's kind and width, {queries.dtype} x {queries.shape[1]}, "
            f"not {rows.dtype} of shape {rows.shape}"
        )
    return queries, rows


def _at_most_one(
    indices: NDArray[np.int64], scores: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Scores that rounding carried past 1 are 1, and those rows in the order of ties."""
    if not (scores > 1).any():
        return indices, scores
    scores = np.minimum(scores, 1)
    order = np.lexsort((indices, -scores), axis=1)
    return np.take_along_axis(indices, order, axis=1), scores


def _refuse(rows: NDArray[np.int64], name: str) -> None:
    """ValueError if there is one: these rows scored NaN."""
    if len(rows):
        raise ValueError(f"{name}: row {int(rows.min())} holds NaN or infinity")
