"""Texts as features with their classes, and the weights that a fit gives to the features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordllama import kernel
from wordllama.classify.features import Sparse

Floats = NDArray[np.float32]


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
