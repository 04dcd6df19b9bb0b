"""Vectors in few dimensions: principal components, and a plane to draw on."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wordllama.extras import require


def principal(vectors: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    """The first principal components of (n, dim) rows: (n, dimensions).

    Each axis points to where its largest weight is positive.

    >>> principal(np.array([[0, 1], [0, 3], [0, 5]], np.float32), 1).ravel().tolist()
    [-2.0, 0.0, 2.0]
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :dimensions]
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.where(axes[largest, np.arange(axes.shape[1])] < 0, -1, 1)
    return np.asarray(centred @ axes, np.float32)


def on_plane(
    vectors: NDArray[np.float32], method: Literal["pca", "umap"] = "pca"
) -> NDArray[np.float32]:
    """Two coordinates for each row, by principal components or UMAP (extra `umap`)."""
    if method == "pca":
        plane = principal(vectors, 2)
        return np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))
    if method != "umap":
        raise ValueError(f"method must be 'pca' or 'umap', not {method!r}")
    return neighbour_embedding(vectors, 2)


def neighbour_embedding(
    vectors: NDArray[np.float32], dimensions: int, **options: Any
) -> NDArray[np.float32]:
    """UMAP of (n, dim) rows: (n, dimensions) that keep neighbours together (extra `umap`).

    McInnes, Healy and Melville 2018. The same rows give the same result; `options` go to
    umap-learn's `UMAP`.
    """
    umap = require("umap", extra="umap").UMAP(
        n_components=dimensions, metric="cosine", random_state=0, n_jobs=1, **options
    )
    return np.asarray(umap.fit_transform(vectors), np.float32)
