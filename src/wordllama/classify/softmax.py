"""Multinomial logistic regression, which does better than the hinge loss where texts are few.

The weights are sums of the texts' features, so there is a number for each text and class to look
for, not for each feature and class. Nonlinear conjugate gradients (Polak and Ribiere 1969) find
them, in the metric of the weights: 10 to 30 steps, each with one product by the features. All
products are the kernel's, whose sums have one order: no BLAS, whose results vary with the threads.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wordllama import kernel
from wordllama.classify.features import Sparse
from wordllama.classify.problem import Floats, Problem, Weights

Doubles = NDArray[np.float64]

STEPS = 200
CLOSE = 0.01
"""Length of the gradient beside the first one, at which a step is no longer worth it."""


def minimised(
    problem: Problem, weight: float, c: float, on_step: Callable[[], None] = lambda: None
) -> Weights:
    """Half the squared weights plus c times the log-loss, at its least.

    `weight`: the length of the vectors. The intercept is penalised as a feature of value 1 is. With
    two classes it is binary logistic regression with a cost of 2 c: the weights are halved in two.
    """
    rows = _features(problem, weight)
    columns = _transposed(rows, problem.n_words + problem.vectors.shape[1] + 1)

    def weights_of(parts: Doubles) -> Floats:
        return kernel.sparse_scores(*columns, parts.astype(np.float32))

    def scores_of(parts: Doubles) -> Doubles:
        return kernel.sparse_scores(*rows, weights_of(parts)).astype(np.float64)

    targets = np.eye(problem.n_classes)[problem.classes]
    costs = problem.costs[:, None].astype(np.float64) * c
    parts, scores, move, moves = (np.zeros(targets.shape) for _ in range(4))
    last_slopes, last_length, first_length = scores, 1.0, 0.0
    for step in range(STEPS):
        on_step()
        slope = parts + costs * (_softmax(scores) - targets)
        slopes = scores_of(slope)
        length = _inner(slope, slopes)
        first_length = first_length or length
        if length <= CLOSE**2 * first_length:
            break
        turn = max(0.0, (length - _inner(slope, last_slopes)) / last_length) if step else 0.0
        move, moves = turn * move - slope, turn * moves - slopes
        if _inner(slope, moves) >= 0:
            move, moves = -slope, -slopes
        by = _best_step(parts, scores, move, moves, targets, costs)
        parts, scores = parts + by * move, scores + by * moves
        last_slopes, last_length = slopes, length
    found = weights_of(parts)
    words, coef = found[: problem.n_words], found[problem.n_words :]
    scaled = coef[:-1] * np.float32(weight)
    return Weights(np.ascontiguousarray(scaled.T), coef[-1].copy(), words)


def _best_step(
    parts: Doubles, scores: Doubles, move: Doubles, moves: Doubles, targets: Doubles, costs: Doubles
) -> float:
    """How far to go: Newton's method on a convex function of one number, kept in a bracket."""
    by, low, high, first = 0.0, 0.0, np.inf, 0.0
    penalty, penalties = _inner(parts, moves), _inner(move, moves)
    for _ in range(30):
        chances = _softmax(scores + by * moves)
        means = (chances * moves).sum(axis=1, keepdims=True)
        slope = penalty + by * penalties + _inner(costs * (chances - targets), moves)
        bend = penalties + _inner(costs * chances, (moves - means) ** 2)
        first = first or abs(slope)
        if abs(slope) <= 0.03 * first and by:
            break
        low, high = (by, high) if slope < 0 else (low, by)
        by -= slope / bend
        if not low < by < high:
            by = (low + high) / 2
    return by


def _features(problem: Problem, weight: float) -> Sparse:
    """(n, words + dim + 1): the words, the vector times the weight, and 1."""
    columns, offsets, values = problem.words
    n, dim = problem.vectors.shape
    beside = np.ones((n, dim + 1), np.float32)
    np.multiply(problem.vectors, np.float32(weight), out=beside[:, :dim])
    ends = np.repeat(offsets[1:], dim + 1)
    places = np.tile(np.arange(dim + 1, dtype=np.int32) + problem.n_words, n)
    return Sparse(
        np.insert(columns, ends, places).astype(np.int32),
        offsets + (dim + 1) * np.arange(n + 1),
        np.insert(values, ends, beside.ravel()),
    )


def _transposed(rows: Sparse, n_columns: int) -> Sparse:
    order = np.argsort(rows.columns, kind="stable")
    row_of = np.repeat(np.arange(len(rows.offsets) - 1, dtype=np.int32), np.diff(rows.offsets))
    ends = np.cumsum(np.bincount(rows.columns, minlength=n_columns))
    return Sparse(row_of[order], np.concatenate([[0], ends]), rows.values[order])


def _inner(one: Doubles, other: Doubles) -> float:
    return float((one * other).sum())


def _softmax(scores: Doubles) -> Doubles:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Doubles = powers / powers.sum(axis=1, keepdims=True)
    return chances
