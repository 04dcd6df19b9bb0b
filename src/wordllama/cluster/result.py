"""Clusters of texts: their members, their words, and a plot of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wordllama.cluster.drawing import draw_map
from wordllama.cluster.plane import on_plane
from wordllama.extras import require


@dataclass(frozen=True)
class Clusters:
    """Texts and the number of each text's cluster; -1 is noise (only with `density`)."""

    texts: Sequence[Any]
    vectors: NDArray[np.float32]
    """(n, dim) unit vectors."""
    labels: NDArray[np.int64]
    centres: NDArray[np.float32]
    """(k, dim) mean of each cluster's vectors."""
    inertia: float
    """Sum of squared distances to the centres, noise left out."""
    typical: dict[int, list[str]]
    """For each cluster the words of highest class-based TF-IDF."""
    near: dict[int, list[str]]
    """For each cluster the words whose vectors lie nearest its centre."""
    curve: dict[int, float] | None = None
    """Where k was chosen: the silhouette of every k that was tried."""

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.centres)

    @property
    def sizes(self) -> list[int]:
        """Texts in each cluster."""
        counts: list[int] = np.bincount(self.labels[self.labels >= 0], minlength=self.k).tolist()
        return counts

    @property
    def noise(self) -> list[int]:
        """Indices of the texts in no cluster."""
        return np.flatnonzero(self.labels < 0).tolist()

    def members(self, label: int) -> list[Any]:
        """The texts of a cluster, in input order."""
        self._check(label)
        return [self.texts[i] for i in np.flatnonzero(self.labels == label).tolist()]

    def central(self, label: int, n: int = 3) -> list[Any]:
        """The `n` texts of a cluster that are nearest to its centre."""
        self._check(label)
        rows = np.flatnonzero(self.labels == label)
        order = np.argsort(-(self.vectors[rows] @ self.centres[label]), kind="stable")
        return [self.texts[i] for i in rows[order[:n]].tolist()]

    def _check(self, label: int) -> None:
        if not 0 <= label < self.k:
            raise ValueError(f"label must be from 0 to {self.k - 1}, not {label}")

    def __str__(self) -> str:
        lines = [
            f"{size:>7,}  {label:>3}  {', '.join(self.typical.get(label, [])[:6])}"
            for label, size in sorted(enumerate(self.sizes), key=lambda pair: -pair[1])
        ]
        if self.noise:
            lines.append(f"{len(self.noise):>7,}   -1  (noise)")
        return "\n".join(["  texts   no.  words", *lines])

    def __repr__(self) -> str:
        return f"<Clusters: {len(self.texts):,} texts in {self.k} clusters>"

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers, for JSON."""
        return {
            "labels": self.labels.tolist(),
            "inertia": self.inertia,
            "curve": self.curve,
            "clusters": [
                {
                    "label": label,
                    "size": size,
                    "typical": self.typical.get(label, []),
                    "near": self.near.get(label, []),
                    "central": self.central(label),
                }
                for label, size in enumerate(self.sizes)
            ],
        }

    def columns(self) -> dict[str, Any]:
        """One row for each text: text, cluster, and similarity to the cluster's centre."""
        similarity = np.full(len(self.labels), np.nan, np.float32)
        rows = np.flatnonzero(self.labels >= 0)
        centre = self.centres[self.labels[rows]]
        lengths = np.maximum(np.linalg.norm(centre, axis=1), 1e-12)
        similarity[rows] = np.einsum("ij,ij->i", self.vectors[rows], centre) / lengths
        return {"text": list(self.texts), "cluster": self.labels, "similarity": similarity}

    def to_arrow(self) -> Any:
        """`columns` as a pyarrow table (extra `files`)."""
        return require("pyarrow", extra="files").table(self.columns())

    def to_pandas(self) -> Any:
        """`columns` as a pandas data frame (extra `pandas`)."""
        return require("pandas", extra="pandas").DataFrame(self.columns())

    @cached_property
    def plane(self) -> NDArray[np.float32]:
        """(n, 2) coordinates by principal components."""
        return on_plane(self.vectors)

    def plot(self, method: Literal["pca", "umap"] = "pca", ax: Any = None) -> Any:
        """Draw the texts as points of a plane, in the colours of their clusters; the axes.

        The clusters' words stand where they lie, those of the largest first, as far as there is
        room. Needs the extra `plot`, and for `method="umap"` also `umap`. `ax`: matplotlib's axes
        to draw on.
        """
        points = self.plane if method == "pca" else on_plane(self.vectors, method)
        names = [", ".join(self.typical.get(label, [])[:3]) for label in range(self.k)]
        return draw_map(points, self.labels, names, ax)
