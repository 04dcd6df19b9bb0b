"""A map of clusters: points of a plane in colours, and the clusters' words where they lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.extras import require

LABELS = 40
"""Clusters that get a label at most, the largest."""
COLOURS = 20


def draw_map(
    points: NDArray[np.float32], labels: NDArray[np.int64], names: Sequence[str], ax: Any = None
) -> Any:
    """Draw (n, 2) points with (n,) labels, of which -1 is noise; the matplotlib axes.

    `names[i]` is written where cluster i lies, the largest clusters first, unless it would cover
    another name. Needs the extra `plot`.
    """
    pyplot = require("matplotlib.pyplot", extra="plot")
    ax = pyplot.subplots(figsize=(8, 6), layout="tight")[1] if ax is None else ax
    size = float(np.clip(20_000 / max(len(points), 1), 1, 16))
    noise = labels < 0
    ax.scatter(*points[noise].T, s=size, c="lightgrey", linewidths=0)
    inside = labels[~noise] % COLOURS
    ax.scatter(*points[~noise].T, s=size, c=inside, cmap="tab20", vmin=0, vmax=19, linewidths=0)
    ax.margins(0.1)
    ax.set_xticks([])
    ax.set_yticks([])
    _write_names(ax, points, labels, names)
    return ax


def _write_names(
    ax: Any, points: NDArray[np.float32], labels: NDArray[np.int64], names: Sequence[str]
) -> None:
    effects = require("matplotlib.patheffects", extra="plot")
    halo = [effects.withStroke(linewidth=3, foreground="white")]
    ax.figure.draw_without_rendering()  # so that the axes have their final size
    renderer = ax.figure.canvas.get_renderer()
    counts = np.bincount(labels[labels >= 0], minlength=len(names))
    taken: list[Any] = []
    for label in np.argsort(-counts, kind="stable")[:LABELS].tolist():
        members = points[labels == label]
        if not len(members) or not names[label]:
            continue
        middle = np.median(members, axis=0)
        nearest = members[np.linalg.norm(members - middle, axis=1).argmin()]
        text = ax.annotate(
            names[label],
            nearest,
            ha="center",
            va="center",
            fontsize="small",
            path_effects=halo,
            parse_math=False,  # a text's own "$"
        )
        box = text.get_window_extent(renderer)
        if any(box.overlaps(other) for other in taken):
            text.remove()
        else:
            taken.append(box)
