"""The most similar earlier text of each text, from a stream of pairs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from wordllama.dedup.forest import spanning_forest
from wordllama.pairs.crowds import Table, best_before, connecting
from wordllama.pairs.scored import Pairs, joined

EDGES = 1 << 21
"""Edges gathered before they are cut down to a forest: 48 MiB."""


class BestMatches:
    """The best match of each of `count` rows, and (of one set) the forest of all pairs."""

    def __init__(self, count: int) -> None:
        self.match: NDArray[np.int64] = np.full(count, -1, np.int64)
        self.score: NDArray[np.float32] = np.zeros(count, np.float32)

    def take(
        self, rows: NDArray[np.int64], matches: NDArray[np.int64], score: NDArray[np.float32]
    ) -> None:
        """Keep for each row its most similar match, the lowest of equal ones."""
        order = np.lexsort((matches, -score, rows))
        best = order[np.flatnonzero(np.diff(rows[order], prepend=-1))]
        rows, matches, score = rows[best], matches[best], score[best]
        better = (self.match[rows] < 0) | (score > self.score[rows])
        better |= (score == self.score[rows]) & (matches < self.match[rows])
        self.match[rows[better]] = matches[better]
        self.score[rows[better]] = score[better]


def needed_before(table: Table) -> NDArray[np.bool_]:
    """Pairs of a table that `best_and_forest` may need."""
    return best_before(table) | connecting(table)


def best_and_forest(count: int, parts: Iterable[Pairs]) -> tuple[BestMatches, Pairs]:
    """Each row's best match among the rows before it, and the forest of all pairs."""
    best = BestMatches(count)
    waiting: list[Pairs] = []
    for part in parts:
        best.take(part.right, part.left, part.score)
        waiting.append(part)
        if sum(len(each.left) for each in waiting) > EDGES:
            waiting = [spanning_forest(count, joined(waiting))]
    return best, spanning_forest(count, joined(waiting))


def best_of_others(count: int, parts: Iterable[Pairs]) -> BestMatches:
    """Each left row's best match among the right rows."""
    best = BestMatches(count)
    for part in parts:
        best.take(part.left, part.right, part.score)
    return best
