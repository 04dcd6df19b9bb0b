"""The metrics of the tasks. Items have weights, so that a bootstrap draw costs one pass.

A draw with replacement is a vector of counts; every function here takes such `weights` (one per
item, all 1 when left out) and gives what it would give for the items repeated that often.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Weighted = Callable[[Floats | None], float]
"""A figure of a task as a function of the items' weights."""


def spearman(a: ArrayLike, b: ArrayLike) -> Weighted:
    """Spearman's rank correlation of `a` and `b` (n,), ties given their average rank.

    0 where one side is constant.

    >>> spearman([1, 2, 3, 4], [10, 20, 40, 30])(None)
    0.8
    """
    first, second = _Ranker(np.asarray(a, np.float64)), _Ranker(np.asarray(b, np.float64))

    def figure(weights: Floats | None = None) -> float:
        w = np.ones(len(first.group)) if weights is None else weights
        x, y = first.ranks(w), second.ranks(w)
        total = w.sum()
        x, y = x - (w @ x) / total, y - (w @ y) / total
        scale = np.sqrt((w @ (x * x)) * (w @ (y * y)))
        return round(float((w @ (x * y)) / scale), 12) if scale > 0 else 0.0

    return figure


class _Ranker:
    """Average ranks of `values` under any weights, sorted once."""

    def __init__(self, values: Floats) -> None:
        unique, self.group = np.unique(values, return_inverse=True)
        self.groups = len(unique)

    def ranks(self, weights: Floats) -> Floats:
        size = np.bincount(self.group, weights, self.groups)
        middle = np.cumsum(size) - (size - 1) / 2
        ranks: Floats = middle[self.group]
        return ranks


def average_precision(scores: ArrayLike, relevant: ArrayLike) -> Weighted:
    """Average precision of ranking by `scores` (n,) where `relevant` (n,) is true; ties share.

    0 where nothing is relevant.

    >>> average_precision([0.9, 0.8, 0.7], [True, False, True])(None)
    0.8333333333333333
    """
    values = np.asarray(scores, np.float64)
    order = np.argsort(-values, kind="stable")
    hits = np.asarray(relevant, bool)[order]
    last = np.append(np.flatnonzero(np.diff(values[order])), len(values) - 1)

    def figure(weights: Floats | None = None) -> float:
        w = np.ones(len(order)) if weights is None else weights[order]
        true, seen = np.cumsum(w * hits)[last], np.cumsum(w)[last]
        if true[-1] == 0:
            return 0.0
        precision = true / np.maximum(seen, 1e-12)
        return float(np.diff(true, prepend=0.0) @ precision / true[-1])

    return figure


def mean(values: ArrayLike) -> Weighted:
    """The mean of `values` (n,).

    >>> mean([0.0, 1.0])(None)
    0.5
    """
    items = np.asarray(values, np.float64)

    def figure(weights: Floats | None = None) -> float:
        return float(items.mean() if weights is None else weights @ items / weights.sum())

    return figure


def ndcg(gains: ArrayLike, ideal: ArrayLike, k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `k` results.

    `gains` are the grades of what was found, best first; `ideal` all the grades of the query.
    Linear gains and a logarithmic discount, as in trec_eval.

    >>> round(ndcg([0, 1], [1]), 4)
    0.6309
    """
    found = np.asarray(gains, np.float64)[:k]
    best = np.sort(np.asarray(ideal, np.float64))[::-1][:k]
    discounts = 1 / np.log2(np.arange(2, k + 2))
    top = float(best @ discounts[: len(best)])
    return float(found @ discounts[: len(found)]) / top if top > 0 else 0.0


def bootstrap(figure: Weighted, items: int, resamples: int, seed: int) -> Floats:
    """`figure` of `resamples` draws of `items` items with replacement, (resamples,) float64.

    Efron and Tibshirani, An Introduction to the Bootstrap (1993). The draws depend on `items` and
    `seed` only, so two models' draws are paired.

    >>> bootstrap(mean([1.0, 1.0]), 2, 3, 0).tolist()
    [1.0, 1.0, 1.0]
    """
    rng = np.random.default_rng(seed)
    draws = (rng.integers(items, size=items) for _ in range(resamples))
    counts = (np.bincount(draw, minlength=items).astype(np.float64) for draw in draws)
    return np.fromiter((figure(count) for count in counts), np.float64, resamples)
