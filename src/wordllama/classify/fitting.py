"""Weights from labelled features, and how far to trust them.

How strongly to regularise, and how much the vector counts beside the words, is chosen on texts held
out; so is the one factor that makes scores into probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from wordllama.classify import hinge, softmax
from wordllama.classify.problem import Floats, Problem, Weights
from wordllama.modelfiles.head import Choice

Fit = Callable[[Problem, float, float, Callable[[], None]], Weights]

CANDIDATES = [(weight, c) for c in (1.0, 3.0) for weight in (1.0, 0.5, 0.3)]
CANDIDATES_OF_FEW = [(weight, 3.0) for weight in (2.0, 1.4, 1.0)]
"""Lengths of the vector, beside words of length 1, and costs of errors; with nothing to tell them
apart, the first are taken."""
FEW_EACH = 20
"""Texts a class, up to which the softmax is fitted, and a candidate replaces the one before it only
where it is better by a standard error."""
MOST_WORK = 400_000
"""Texts times classes up to which the best of them is looked for."""
FOLDS, FOLDED_TEXTS = 5, 3000
"""Up to so many texts each is held out once, in so many folds; of more, only the first fold is."""
UNKNOWN_FACTOR, FEWEST = 1.5, 24
"""By which scores become probabilities where fewer texts could be held out."""


def fitted(
    problem: Problem, c: float | None = None, on_pass: Callable[[], None] = lambda: None
) -> tuple[Weights, Choice]:
    """Weights, whose scores are logarithms of probabilities but for a constant; and the choice."""
    n, much = len(problem.classes), len(problem.classes) * problem.n_classes > MOST_WORK
    few = n <= FEW_EACH * problem.n_classes and not much
    fit: Fit = softmax.minimised if few else hinge.minimised
    candidates = CANDIDATES_OF_FEW if few else CANDIDATES[:1] if much else CANDIDATES
    if c is not None:
        candidates = list(dict.fromkeys((weight, c) for weight, _ in candidates))
    folds = held_out_folds(problem.classes)
    if not folds:
        choice = Choice(candidates[0][1], candidates[0][0])
        weights = fit(problem, choice.vector_weight, choice.c, on_pass)
        return weights.times(UNKNOWN_FACTOR), choice
    truth = problem.classes[np.concatenate([out for _, out in folds])]
    found: list[tuple[float, Choice, NDArray[np.float64]]] = []
    for weight, chosen in candidates:
        scores = _held_out(problem, folds, fit, weight, chosen, on_pass)
        factor, losses = best_factor(scores, truth)
        if not found or _lower(losses, found[-1][2], errors=1 if few else 0):
            accuracy = float((scores.argmax(axis=1) == truth).mean())
            loss = float(losses.mean())
            found.append((factor, Choice(chosen, weight, len(truth), accuracy, loss), losses))
    factor, choice, _ = found[-1]
    if len(truth) < FEWEST:
        factor = UNKNOWN_FACTOR
    return fit(problem, choice.vector_weight, choice.c, on_pass).times(factor), choice


def _lower(losses: NDArray[np.float64], others: NDArray[np.float64], errors: float) -> bool:
    """Whether they are lower by more than some standard errors of the mean difference."""
    gains = others - losses
    return bool(gains.mean() > errors * gains.std() / len(gains) ** 0.5)


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
    fit: Fit,
    weight: float,
    c: float,
    on_pass: Callable[[], None],
) -> Floats:
    """The scores of the texts held out."""
    scores = [
        fit(problem.take(learnt), weight, c, on_pass).scores(problem.take(out))
        for learnt, out in folds
    ]
    return np.concatenate(scores)


def best_factor(scores: Floats, truth: NDArray[np.int32]) -> tuple[float, NDArray[np.float64]]:
    """The factor with which scores are the best logarithms of probabilities, and each log-loss.

    All that a factor of infinity would make certain is held back by one text more, wrongly labelled
    (as in Platt 1999).
    """
    n = len(scores)
    slip = 1 / (n + 1)

    def logs(factor: float) -> NDArray[np.float64]:
        scaled = scores.astype(np.float64) * factor
        scaled -= scaled.max(axis=1, keepdims=True)
        return np.asarray(scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True)))

    def loss(factor: float) -> float:
        found = logs(factor)
        own = float(-found[np.arange(n), truth].mean())
        return (1 - slip) * own + slip * float(-found.mean())

    low, high = np.log(0.1), np.log(100.0)
    golden = (5**0.5 - 1) / 2
    while high - low > 1e-3:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(float(np.exp(left))) <= loss(float(np.exp(right))):
            high = right
        else:
            low = left
    factor = float(np.exp((low + high) / 2))
    return factor, -logs(factor)[np.arange(n), truth]
