"""Linear support vector machines, by dual coordinate descent in the kernel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wordllama import kernel
from wordllama.classify.problem import Problem, Weights

PASSES = 25
CLOSE = 0.1
"""A violation of the conditions of optimality that is no longer worth a pass (as in LIBLINEAR)."""


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
