"""k-means for very many vectors: centres learn from batches, memory does not grow with the rows.

Sculley, "Web-scale k-means clustering", WWW 2010, started from k-means of a sample. The vectors may
lie on disk (a memory map); beside the labels only a batch and the centres are held.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from wordllama.kmeans.lloyd import KMeans, check_k, kmeans
from wordllama.kmeans.seeds import Random, generator

STARTS = 4
TRAINED = 50
"""Rows of the sample for each centre."""
ELEMENTS = 1 << 23
"""Distances held at once: 32 MiB."""


def minibatch_kmeans(
    vectors: NDArray[np.float32],
    k: int,
    batch_size: int = 1 << 13,
    passes: int = 1,
    random_state: Random = None,
    progress: bool = False,
) -> KMeans:
    """k-means of (n, dim) float32 vectors, near the optimum, in memory for one batch.

    The sample's centres move towards the rows of one random batch after another, `passes` times
    over all rows, each by 1 / (rows it has been given so far). Then every row gets the label of its
    nearest centre. Raises ValueError unless 1 <= k <= n.

    >>> x = np.repeat(np.eye(2, dtype=np.float32), 50, axis=0)
    >>> len(set(minibatch_kmeans(x, 2, random_state=0).labels[:50].tolist()))
    1
    """
    check_k(k, len(vectors))
    rng = generator(random_state)
    size = min(len(vectors), TRAINED * k)
    sample = vectors[np.sort(rng.choice(len(vectors), size, replace=False))]
    start = kmeans(sample, k, max_iterations=10, n_init=STARTS, random_state=rng)
    centres = start.centres.astype(np.float64)
    seen = np.bincount(start.labels, minlength=k).astype(np.float64)
    batches = -(-len(vectors) // batch_size)
    order = np.concatenate([rng.permutation(batches) for _ in range(passes)])
    for batch in tqdm(order, "learning", unit="batch", disable=None if progress else True):
        rows = vectors[batch * batch_size : (batch + 1) * batch_size]
        labels, _ = nearest(rows, centres)
        _learn(centres, seen, rows, labels)
    labels, distance = nearest(vectors, centres)
    return KMeans(labels, centres.astype(np.float32), float(distance.sum()), len(order))


def nearest(
    vectors: NDArray[np.float32], centres: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The nearest centre of each row, and the squared distance to it."""
    labels = np.empty(len(vectors), np.int64)
    distance = np.empty(len(vectors))
    narrow = centres.astype(np.float32)
    lengths = np.einsum("ij,ij->i", narrow, narrow)
    size = max(1, ELEMENTS // len(centres))
    for start in range(0, len(vectors), size):
        x = vectors[start : start + size]
        table = x @ (-2 * narrow.T)
        table += lengths
        best = table.argmin(axis=1)
        labels[start : start + size] = best
        squares = np.einsum("ij,ij->i", x, x, dtype=np.float64)
        distance[start : start + size] = squares + table[np.arange(len(x)), best]
    return labels, np.maximum(distance, 0)


def _learn(
    centres: NDArray[np.float64],
    seen: NDArray[np.float64],
    rows: NDArray[np.float32],
    labels: NDArray[np.int64],
) -> None:
    order = np.argsort(labels, kind="stable")
    given, first = np.unique(labels[order], return_index=True)
    sums = np.add.reduceat(rows[order].astype(np.float64), first, axis=0)
    counts = np.diff(np.append(first, len(rows)))
    seen[given] += counts
    centres[given] += (sums - counts[:, None] * centres[given]) / seen[given, None]
