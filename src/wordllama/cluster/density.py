"""Clusters as dense regions; everything between them is noise."""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wordllama.arguments import at_least
from wordllama.cluster.plane import neighbour_embedding, principal
from wordllama.extras import require
from wordllama.vectors import normalize

NOISE = -1
"""The label of rows in no cluster."""
Reduce = Literal["pca", "umap"]
DIMENSIONS = {"pca": 16, "umap": 5}


def density_labels(
    vectors: NDArray[np.float32],
    min_cluster_size: int | None = None,
    min_samples: int = 3,
    reduce: Reduce = "pca",
    dimensions: int | None = None,
) -> NDArray[np.int64]:
    """HDBSCAN's label of each row of (n, dim) unit vectors, -1 for noise (extra `cluster`).

    Density means little in hundreds of dimensions, so they are reduced first: by "pca" to the
    directions of the first 16 principal components, or by "umap" to 5 dimensions (extra `umap`),
    which takes minutes for ten thousands of rows, and leaves a third as many of them as noise.
    `min_cluster_size` is 10, or a thousandth of the rows if that is more. A UserWarning says when
    most rows are in one cluster.

    Campello, Moulavi and Sander, PAKDD 2013; scikit-learn's HDBSCAN.
    """
    size = max(10, len(vectors) // 1000) if min_cluster_size is None else min_cluster_size
    at_least(2, min_cluster_size=size)
    if reduce not in DIMENSIONS:
        raise ValueError(f"reduce must be pca or umap, not {reduce!r}")
    if len(vectors) < max(size, min_samples, 2):
        return np.full(len(vectors), NOISE)
    hdbscan = require("sklearn.cluster", extra="cluster").HDBSCAN
    width = min(dimensions or DIMENSIONS[reduce], vectors.shape[1])
    if reduce == "pca":
        narrow = normalize(principal(vectors, width))
    else:
        narrow = neighbour_embedding(vectors, width, min_dist=0.0)
    found = hdbscan(min_cluster_size=size, min_samples=min_samples, copy=True)
    labels: NDArray[np.int64] = found.fit_predict(narrow).astype(np.int64)
    _warn_of_one(labels, size, reduce)
    return labels


def _warn_of_one(labels: NDArray[np.int64], size: int, reduce: Reduce) -> None:
    counts = np.bincount(labels[labels >= 0], minlength=1)
    share = counts.max() / len(labels)
    if len(counts) > 1 and share > 0.5:
        other = " or reduce='umap'" if reduce == "pca" else ""
        warnings.warn(
            f"density put {share:.0%} of the texts in one of {len(counts)} clusters: they are too "
            f"evenly spread for it; use method='kmeans'{other}, or another min_cluster_size "
            f"(it was {size})",
            stacklevel=4,
        )
