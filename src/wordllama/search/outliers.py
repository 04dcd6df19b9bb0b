"""Vectors that stand apart from the others."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from wordllama import kernel
from wordllama.arguments import at_least
from wordllama.extras import require
from wordllama.vectors import Vectors, check_vectors, normalize

SAMPLE = 200_000
"""Rows among which each row's neighbours are looked for, by default."""
ROWS = 1 << 13
LOOP_LAMBDA = 3.0
"""LoOP's normalisation: how many deviations from the neighbourhood's usual count as far."""


def outlier_scores(
    vectors: Vectors, k: int = 20, *, sample: int = SAMPLE, progress: bool = False
) -> NDArray[np.float32]:
    """For each row the probability, from 0 to 1, that it is an outlier: (n,) float32.

    Local outlier probability (LoOP; Kriegel, Kröger, Schubert and Zimek, CIKM 2009): how much
    farther a row is from its `k` nearest rows than those are from theirs, relative to the spread
    of this ratio over all rows. Near 0: no farther than its neighbours; from 0.5: worth a look. The
    distance of two rows is sqrt(2 - 2 * similarity).

    Above `sample` rows, the nearest rows are searched in a random sample of that size (the same
    each time; Zimek, Gaudet, Campello and Sander, KDD 2013). Takes time in n * min(n, sample).

    >>> x = np.array([[1, 0.1 * i] for i in range(9)] + [[-1, 0]], dtype=np.float32)
    >>> int(outlier_scores(x, k=3).argmax())
    9
    """
    at_least(1, k=k)
    at_least(2, sample=sample)
    vectors = check_vectors(vectors)
    if len(vectors) < 3:
        return np.zeros(len(vectors), np.float32)
    unit = vectors if vectors.dtype == np.uint64 else normalize(vectors)
    similarity, neighbours = _nearest(unit, k, sample, progress)
    spread = LOOP_LAMBDA * np.sqrt(
        np.maximum(2 - 2 * similarity.astype(np.float64), 0).mean(axis=1)
    )
    usual = spread[neighbours].mean(axis=1)
    ratio = np.divide(spread, usual, out=np.ones_like(spread), where=usual > 0) - 1
    scale = LOOP_LAMBDA * sqrt(float((ratio**2).mean()))
    if scale == 0:
        return np.zeros(len(unit), np.float32)
    return np.array([max(0.0, erf(r / (scale * sqrt(2)))) for r in ratio], np.float32)


def _nearest(
    unit: Vectors, k: int, sample: int, progress: bool
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Similarity and number of the `k` rows most similar to each, of a sample, itself left out."""
    among = np.arange(len(unit))
    if len(unit) > sample:
        among = np.sort(np.random.default_rng(0).choice(len(unit), sample, replace=False))
    others = unit[among] if len(among) < len(unit) else unit
    k = min(k, len(among) - 1)
    similarity = np.empty((len(unit), k), np.float32)
    neighbours = np.empty((len(unit), k), np.int64)
    starts = range(0, len(unit), ROWS)
    for start in tqdm(starts, "neighbours", unit="block", disable=None if progress else True):
        rows = np.arange(start, min(start + ROWS, len(unit)))
        score, place = kernel.topk(unit[rows], others, k + 1)
        kept = among[place] != rows[:, None]
        kept[:, -1] &= ~kept.all(axis=1)  # where the row itself does not come, the last goes
        similarity[rows] = score[kept].reshape(len(rows), k)
        neighbours[rows] = among[place[kept]].reshape(len(rows), k)
    return similarity, neighbours


@dataclass(frozen=True)
class Outliers:
    """Texts with their outlier probability, highest first."""

    texts: list[str]
    index: list[int]
    score: list[float]

    def __len__(self) -> int:
        return len(self.texts)

    def __str__(self) -> str:
        rows = zip(self.score[:20], self.texts, strict=False)
        return "\n".join(f"{score:.3f}  {text}" for score, text in rows) or "no texts"

    def to_dict(self) -> dict[str, list[Any]]:
        """The columns text, index and score."""
        return {"text": self.texts, "index": self.index, "score": self.score}

    def to_arrow(self) -> Any:
        """A pyarrow table of the columns (extra `files`)."""
        return require("pyarrow", extra="files").table(self.to_dict())

    def to_pandas(self) -> Any:
        """A pandas data frame of the columns (extra `pandas`)."""
        return require("pandas", extra="pandas").DataFrame(self.to_dict())
