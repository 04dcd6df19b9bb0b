"""Clusters as dense regions; everything between them is noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wordllama.arguments import at_least
from wordllama.cluster.plane import principal
from wordllama.extras import require

NOISE = -1
"""The label of rows in no cluster."""


def density_labels(
    vectors: NDArray[np.float32],
    min_cluster_size: int = 10,
    min_samples: int | None = None,
    dimensions: int = 16,
) -> NDArray[np.int64]:
    """HDBSCAN's label of each row of (n, dim) unit vectors, -1 for noise (extra `cluster`).

    Density means little in hundreds of dimensions, so the rows' first `dimensions` principal
    components are clustered. Campello, Moulavi and Sander, PAKDD 2013; scikit-learn's HDBSCAN.
    """
    at_least(2, min_cluster_size=min_cluster_size)
    if len(vectors) < max(min_cluster_size, min_samples or 0, 2):
        return np.full(len(vectors), NOISE)
    hdbscan = require("sklearn.cluster", extra="cluster").HDBSCAN
    narrow = principal(vectors, min(dimensions, vectors.shape[1]))
    found = hdbscan(min_cluster_size=min_cluster_size, min_samples=min_samples, copy=True)
    labels: NDArray[np.int64] = found.fit_predict(narrow).astype(np.int64)
    return labels
