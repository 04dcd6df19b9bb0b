"""Weights from labelled features: linear support vector machines, and how far to trust them.

How strongly to regularise, and how much the vector counts beside the words, is chosen on texts held
out; so is the one factor that makes scores into probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordllama import kernel
from wordllama.classify.features import Sparse
from wordllama.modelfiles.head import Choice

Floats = NDArray[np.float32]

PASSES = 25
CLOSE = 0.1
"""A violation of the conditions of optimality that is no longer worth a pass (as in LIBLINEAR)."""
FEW_EACH = 20
"""Texts a class, below which the vector counts for more, and errors for less."""
CANDIDATES = [(weight, c) for c in (1.0, 3.0) for weight in (1.0, 0.5, 0.3)]
CANDIDATES_OF_FEW = [(weight, c) for c in (1.0, 0.3) for weight in (1.0, 2.0)]
"""Lengths of the vector, beside words of length 1, and costs of errors; with nothing to tell them
apart, the first are taken."""
MOST_WORK = 400_000
"""Texts times classes up to which the best of them is looked for."""
FOLDS, FOLDED_TEXTS = 5, 3000
"""Up to so many texts each is held out once, in so many folds; of more, only the first fold is."""
UNKNOWN_FACTOR = 2.0
"""By which scores become probabilities where no text could be held out."""


@dataclass(frozen=True)
class Problem:
    """Texts as features, and their classes."""

    words: Sparse
    vectors: Floats
    """(n, dim), of length 1 or 0."""
    classes: NDArray[np.int32]
    costs: Floats
    """(n,) what an error in each costs beside others."""
    n_words: int
    n_classes: int

    def take(self, rows: NDArray[np.int64]) -> Problem:
        """Some of the texts."""
        taken = (self.words.take(rows), self.vectors[rows], self.classes[rows], self.costs[rows])
        return Problem(*taken, self.n_words, self.n_classes)


@dataclass(frozen=True)
class Weights:
    """What a fit gives: scores are vectors @ coef.T + intercept + the words' values @ words."""

    coef: Floats
    """(classes, dim)"""
    intercept: Floats
    """(classes,)"""
    words: Floats
    """(words, classes)"""

    def scores(self, problem: Problem) -> Floats:
        """(n, classes)"""
        of_words = kernel.sparse_scores(*problem.words, self.words)
        return of_words + kernel.scores(problem.vectors, self.coef) + self.intercept

    def times(self, factor: float) -> Weights:
        """The same, with scores `factor` times as large."""
        by = np.float32(factor)
        return Weights(self.coef * by, self.intercept * by, self.words * by)


def fitted(
    problem: Problem, c: float | None = None, on_pass: Callable[[], None] = lambda: None
) -> tuple[Weights, Choice]:
    """Weights, whose scores are logarithms of probabilities but for a constant; and the choice."""
    n = len(problem.classes)
    candidates = CANDIDATES_OF_FEW if n < FEW_EACH * problem.n_classes else CANDIDATES
    if c is not None:
        candidates = list(dict.fromkeys((weight, c) for weight, _ in candidates))
    if n * problem.n_classes > MOST_WORK:
        candidates = candidates[:1]
    folds = held_out_folds(problem.classes)
    if not folds:
        choice = Choice(candidates[0][1], candidates[0][0])
        fit = minimised(problem, choice.vector_weight, choice.c, on_pass)
        return fit.times(UNKNOWN_FACTOR), choice
    truth = problem.classes[np.concatenate([out for _, out in folds])]
    found = []
    for weight, chosen in candidates:
        scores = _held_out(problem, folds, weight, chosen, on_pass)
        factor, loss = best_factor(scores, truth)
        accuracy = float((scores.argmax(axis=1) == truth).mean())
        found.append((factor, Choice(chosen, weight, len(truth), accuracy, loss)))
    factor, choice = min(found, key=lambda each: each[1].log_loss or 0.0)
    return minimised(problem, choice.vector_weight, choice.c, on_pass).times(factor), choice


def minimised(
    problem: Problem, weight: float, c: float, on_pass: Callable[[], None] = lambda: None
) -> Weights:
    """L2-penalised squared hinge loss, each class against all others (LIBLINEAR's objective).

    `weight`: the length of the vectors. The intercept is penalised as a feature of value 1 is.
    """
    n, dim = problem.vectors.shape
    width = problem.n_classes if problem.n_classes > 2 else 1
    dense = np.ones((n, dim + 1), np.float32)
    np.multiply(problem.vectors, np.float32(weight), out=dense[:, :dim])
    costs = (problem.costs * np.float32(c)).astype(np.float32)
    shapes = (n, width), (problem.n_words, width), (dim + 1, width)
    alpha, words, coef = (np.zeros(shape, np.float32) for shape in shapes)
    orders = np.random.default_rng(0)
    for _ in range(PASSES):
        given = (*problem.words, dense, problem.classes, costs, orders.permutation(n))
        on_pass()
        if kernel.hinge_pass(*given, alpha, words, coef) < CLOSE:
            break
    if width == 1:  # one machine, whose positive scores mean the second class
        words, coef = np.hstack([-words, words]), np.hstack([-coef, coef])
    scaled = coef[:-1] * np.float32(weight)
    return Weights(np.ascontiguousarray(scaled.T), coef[-1].copy(), words)


def held_out_folds(
    classes: NDArray[np.int32],
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(learnt from, held out) of each fold, each class in all of them where it has the texts.

    A text that is the only one of its class is always learnt from.
    """
    order = np.random.default_rng(0).permutation(len(classes))
    order = order[np.argsort(classes[order], kind="stable")]
    sizes = np.bincount(classes)
    rank = np.empty(len(classes), np.int64)
    rank[order] = np.arange(len(classes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    fold = np.where(sizes[classes] > 1, rank % FOLDS, -1)
    numbers = range(FOLDS if len(classes) <= FOLDED_TEXTS else 1)
    pairs = ((np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in numbers)
    return [(learnt, out) for learnt, out in pairs if len(out)]


def _held_out(
    problem: Problem,
    folds: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
    weight: float,
    c: float,
    on_pass: Callable[[], None],
) -> Floats:
    """The scores of the texts held out."""
    scores = [
        minimised(problem.take(learnt), weight, c, on_pass).scores(problem.take(out))
        for learnt, out in folds
    ]
    return np.concatenate(scores)


def best_factor(scores: Floats, truth: NDArray[np.int32]) -> tuple[float, float]:
    """The factor with which scores are the best logarithms of probabilities, and the log-loss.

    All that a factor of infinity would make certain is held back by one text more, wrongly labelled
    (as in Platt 1999).
    """
    n = len(scores)
    slip = 1 / (n + 1)

    def losses(factor: float) -> tuple[float, float]:
        scaled = scores.astype(np.float64) * factor
        scaled -= scaled.max(axis=1, keepdims=True)
        logs = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        own = float(-logs[np.arange(n), truth].mean())
        return (1 - slip) * own + slip * float(-logs.mean()), own

    low, high = np.log(0.1), np.log(100.0)
    golden = (5**0.5 - 1) / 2
    while high - low > 1e-3:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if losses(float(np.exp(left)))[0] <= losses(float(np.exp(right)))[0]:
            high = right
        else:
            low = left
    factor = float(np.exp((low + high) / 2))
    return factor, losses(factor)[1]
