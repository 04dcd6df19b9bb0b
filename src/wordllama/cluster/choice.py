"""Choosing the number of clusters: the silhouette of each, on a sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from wordllama.kmeans.lloyd import kmeans
from wordllama.kmeans.seeds import Random, generator

SAMPLE = 2000
STARTS = 10
FEWER_STARTS = 3
"""For more than 32 clusters, of which a bad start spoils few."""
ITERATIONS = 25
CANDIDATES = (
    *(2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64),
    *(80, 96, 128, 160, 192, 256),
)


def choose_k(
    vectors: NDArray[np.float32],
    candidates: Sequence[int] | None = None,
    random_state: Random = None,
    sample: int = SAMPLE,
    progress: bool = False,
) -> dict[int, float]:
    """The mean silhouette for each number of clusters; choose the number with the highest.

    Runs k-means for each candidate on at most `sample` random rows of the unit
    vectors. The default candidates rise from 2 to 256 in steps of about a fifth, as long as they
    are no more than twice the square root of the number of rows.

    >>> x = np.repeat(np.eye(3, dtype=np.float32), 20, axis=0)
    >>> curve = choose_k(x + np.float32(0.01) * np.arange(60)[:, None] % 3, random_state=0)
    >>> max(curve, key=curve.get)
    3
    """
    rng = generator(random_state)
    most = int(2 * len(vectors) ** 0.5)
    if len(vectors) > sample:
        vectors = vectors[np.sort(rng.choice(len(vectors), sample, replace=False))]
    if candidates is None:
        candidates = [k for k in CANDIDATES if k <= min(most, len(vectors) // 4)]
        candidates = candidates or [min(2, len(vectors))]
    distance = _distances(vectors)
    curve = {}
    for k in tqdm(candidates, "choosing k", disable=None if progress else True):
        starts = STARTS if k <= 32 else FEWER_STARTS
        labels = kmeans(vectors, k, ITERATIONS, n_init=starts, random_state=rng).labels
        curve[int(k)] = _silhouette(distance, labels)
    return curve


def silhouette(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Mean over rows of (b - a) / max(a, b): a is the mean distance to the other rows of the row's
    cluster, b that to the rows of the nearest other cluster (Rousseeuw 1987). From -1 to 1; a row
    alone in its cluster counts 0.

    >>> silhouette(np.array([[0, 0], [0, 0], [1, 0], [1, 0]], np.float32), np.array([0, 0, 1, 1]))
    1.0
    """
    return _silhouette(_distances(vectors), labels)


def _distances(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    squares = np.einsum("ij,ij->i", wide, wide)
    distance: NDArray[np.float64] = np.sqrt(
        np.maximum(squares[:, None] + squares - 2 * wide @ wide.T, 0)
    )
    np.fill_diagonal(distance, 0)
    return distance


def _silhouette(distance: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    _, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if len(counts) < 2:
        return 0.0
    totals = distance @ (place[:, None] == np.arange(len(counts))).astype(np.float64)
    row = np.arange(len(labels))
    size = counts[place]
    inside = totals[row, place] / np.maximum(size - 1, 1)
    means = totals / counts
    means[row, place] = np.inf
    outside = means.min(axis=1)
    larger = np.maximum(inside, outside)
    value = np.divide(outside - inside, larger, out=np.zeros_like(larger), where=larger > 0)
    return float(np.where(size > 1, value, 0).mean())
