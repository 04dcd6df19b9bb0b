"""Clusters of texts, with their words and central texts."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wordllama.cluster.choice import choose_k
from wordllama.cluster.density import Reduce, density_labels
from wordllama.cluster.result import Clusters
from wordllama.cluster.terms import nearest_words, typical_words
from wordllama.kmeans.lloyd import kmeans
from wordllama.kmeans.minibatch import minibatch_kmeans
from wordllama.kmeans.seeds import Random, generator
from wordllama.vectors import check_vectors, normalize

Method = Literal["auto", "kmeans", "minibatch", "density"]
Embed = Callable[[list[str]], NDArray[np.float32]]

MANY = 200_000
"""Rows above which "auto" means mini-batches."""
SOME = 20_000
"""Rows above which the best of 3 runs of k-means is taken, not of 10."""


def find_clusters(
    items: Sequence[Any],
    vectors: NDArray[np.float32],
    k: int | None = None,
    method: Method = "auto",
    *,
    embed: Embed | None = None,
    min_cluster_size: int | None = None,
    reduce: Reduce = "pca",
    random_state: Random = None,
    progress: bool = False,
) -> Clusters:
    """Cluster items by their (n, dim) vectors, and describe the clusters.

    `method`: "kmeans", "minibatch" (needs little memory), "density" (HDBSCAN, which finds the
    number of clusters by itself and labels noise -1: see `density_labels`, also for
    `min_cluster_size` and `reduce`), or "auto": k-means, by mini-batches above 200,000 rows.
    Without `k`, the number of clusters with the highest silhouette is chosen: see `choose_k`; a
    UserWarning says if that is the largest that was tried. `embed` returns the vectors of words,
    for the words near each centre.

    >>> x = np.repeat(np.eye(2, dtype=np.float32), 5, axis=0)
    >>> print(find_clusters(["red"] * 5 + ["blue"] * 5, x, 2, random_state=0))
      texts   no.  words
          5    0  red
          5    1  blue
    """
    if method not in ("auto", "kmeans", "minibatch", "density"):
        raise ValueError(f"method must be auto, kmeans, minibatch or density, not {method!r}")
    unit = normalize(check_vectors(vectors))
    if len(items) != len(unit):
        raise ValueError(f"{len(items)} items have {len(unit)} vectors")
    curve = None
    if method == "density" or not len(unit):
        labels = density_labels(unit, min_cluster_size, reduce=reduce)
    else:
        rng = generator(random_state)
        if k is None:
            curve = choose_k(unit, random_state=rng, progress=progress)
            k = max(curve, key=lambda each: curve[each])
            _warn_of_ceiling(k, curve)
        if method == "minibatch" or (method == "auto" and len(unit) > MANY):
            labels = minibatch_kmeans(unit, k, random_state=rng, progress=progress).labels
        else:
            best = kmeans(
                unit, k, n_init=10 if len(unit) <= SOME else 3, random_state=rng, progress=progress
            )
            labels = best.labels
    return _described(items, unit, _by_first(labels), embed, curve)


def _warn_of_ceiling(k: int, curve: dict[int, float]) -> None:
    if len(curve) > 1 and k == max(curve):
        warnings.warn(
            f"{k} clusters, the most that were tried, have the highest silhouette, "
            f"{curve[k]:.3f}: no number stands out, so choose k by what you want to see",
            stacklevel=3,
        )


def _by_first(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels numbered in the order in which they first come; noise stays -1."""
    values, first, place = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(np.where(values < 0, -1, first), kind="stable")
    number = np.empty(len(values), np.int64)
    number[order] = np.arange(len(values)) - int((values < 0).any())
    return number[place]


def _described(
    items: Sequence[Any],
    unit: NDArray[np.float32],
    labels: NDArray[np.int64],
    embed: Embed | None,
    curve: dict[int, float] | None,
) -> Clusters:
    k = int(labels.max(initial=-1)) + 1
    centres = np.zeros((k, unit.shape[1]))
    rows = np.flatnonzero(labels >= 0)
    order = rows[np.argsort(labels[rows], kind="stable")]
    parts = np.split(order, np.searchsorted(labels[order], np.arange(1, k))) if k else []
    for label, members in enumerate(parts):
        centres[label] = unit[members].mean(axis=0, dtype=np.float64)
    narrow = centres.astype(np.float32)
    squares = np.einsum("ij,ij->i", unit[rows], unit[rows], dtype=np.float64)
    explained = np.einsum("ij,ij->i", centres, centres) @ np.bincount(labels[rows], minlength=k)
    typical: dict[int, list[str]] = {}
    near: dict[int, list[str]] = {}
    if all(isinstance(item, str) for item in items):
        typical = typical_words(items, labels)
        if embed is not None:
            near = dict(enumerate(nearest_words(items, narrow, embed)))
    inertia = max(0.0, float(squares.sum() - explained))
    return Clusters(items, unit, labels, narrow, inertia, typical, near, curve)
