"""Crowds of near copies: which of their very many pairs are wanted.

A text in n variants makes n * n / 2 similar pairs, nearly all of which change nothing: not which
row is most similar to another, nor which rows are connected. So where many pairs of a block are
over the threshold, the scores of the whole block are computed at once in float32, and only pairs
that may count, whatever the rounding, are looked at in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordllama.pairs.components import connect

MARGIN = 1e-5
"""More than float32 rounding changes the inner product of two unit vectors."""
CROWD = 512
"""Connected pairs of a block that are looked at as a table, where ..."""
SPARSE = 8
"""... that has no more than so many times as many cells."""
SAMPLE = 64


class Table(NamedTuple):
    """Scores of some rows of one set and some columns (rows of the same or another set)."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    score: NDArray[np.float32]
    """(rows, columns), off by less than `MARGIN`; -inf for what is surely not over the threshold,
    and for pairs that come elsewhere."""


Wanted = Callable[[Table], NDArray[np.bool_]]
"""Which pairs of a table may change what is asked for, whatever the rounding."""
Scores = Callable[[NDArray[np.int64], NDArray[np.int64]], Table]


def crowded(left: NDArray[np.float32], right: NDArray[np.float32], bound: float) -> bool:
    """Whether a quarter of a sample of the pairs is over the bound."""
    if min(len(left), len(right)) < SAMPLE:
        return False
    some, others = left[:: len(left) // SAMPLE], right[:: len(right) // SAMPLE]
    return float((some @ others.T > bound).mean()) > 0.25


def thinned(
    left: NDArray[np.int64], right: NDArray[np.int64], scores: Scores, wanted: Wanted
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of similar pairs those that are wanted, and all where they are too few to make a choice."""
    if len(left) < CROWD:
        return left, right
    parts = []
    for some in _connected(left, right):
        i, j = left[some], right[some]
        if len(some) >= CROWD:
            rows, columns = np.unique(i), np.unique(j)
            if len(rows) * len(columns) <= SPARSE * len(some):
                i, j = chosen(scores(rows, columns), wanted)
        parts.append((i, j))
    lefts, rights = zip(*parts, strict=True)
    return np.concatenate(lefts), np.concatenate(rights)


def chosen(table: Table, wanted: Wanted) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of a table that are wanted."""
    i, j = np.nonzero(wanted(table))
    return table.rows[i], table.columns[j]


def _connected(left: NDArray[np.int64], right: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Places of the pairs, those together whose rows are connected (rows and columns apart)."""
    rows, i = np.unique(left, return_inverse=True)
    columns, j = np.unique(right, return_inverse=True)
    j = j + len(rows)
    label = connect(np.arange(len(rows) + len(columns)), i, j)[i]
    order = np.argsort(label, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(label[order])) + 1)


def best_of_rows(table: Table, k: int = 1) -> NDArray[np.bool_]:
    """Pairs that may be among the `k` best of their row."""
    least = _kth(table.score, k)[:, None] - np.float32(2 * MARGIN)
    return (table.score >= least) & (table.score > -np.inf)


def best_of_both(table: Table, k: int = 1) -> NDArray[np.bool_]:
    """Pairs that may be among the `k` best of their row or of their column."""
    turned = Table(table.columns, table.rows, np.ascontiguousarray(table.score.T))
    return best_of_rows(table, k) | best_of_rows(turned, k).T


def first_of_columns(
    table: Table, threshold: float, before: NDArray[np.int64] | None = None
) -> NDArray[np.bool_]:
    """Pairs whose row may be the first that is similar to its column, and that lies before
    `before[column]` where that is given.
    """
    possible = table.score > -np.inf
    if before is not None:
        possible &= table.rows[:, None] < before[table.columns]
    surely = possible & (table.score > threshold + MARGIN)
    order = np.argsort(table.rows)
    first = np.where(surely.any(axis=0), table.rows[order][surely[order].argmax(axis=0)], np.inf)
    return np.asarray(possible & (table.rows[:, None] <= first))


def best_before(table: Table) -> NDArray[np.bool_]:
    """Of one set: pairs in which the earlier row may be the later one's best."""
    earlier = table.rows[:, None] < table.columns
    found = np.zeros(table.score.shape, bool)
    if earlier.any():
        down = np.where(earlier, table.score, -np.inf)
        found |= best_of_rows(Table(table.columns, table.rows, down.T)).T
    if not earlier.all():
        found |= best_of_rows(table._replace(score=np.where(earlier, -np.inf, table.score)))
    return found


def connecting(table: Table) -> NDArray[np.bool_]:
    """Of one set: pairs that may be in the maximum spanning forest.

    Those are left out whose rows are connected by pairs that are surely more similar.
    """
    nodes, place = np.unique(np.concatenate([table.rows, table.columns]), return_inverse=True)
    rows, columns = place[: len(table.rows)], place[len(table.rows) :]
    line, gaps = _in_line(len(nodes), *_merges(table.score, rows, columns, len(nodes)))
    found = np.empty(table.score.shape, bool)
    for row, at in enumerate(line[rows]):
        after = np.minimum.accumulate(gaps[at:])
        before = np.minimum.accumulate(gaps[:at][::-1])[::-1]
        weakest = np.concatenate([before, [np.inf], after])[line[columns]]
        found[row] = table.score[row] >= weakest - 2 * MARGIN
    return found & (table.score > -np.inf)


def _merges(
    score: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64], nodes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Ends and strengths of pairs that connect the nodes of a table, the strongest that do.

    Each component's best pair joins it to another (Borůvka 1926); what is then one component
    becomes one row and one column.
    """
    score = score.copy()
    merged = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))]
    while score.size:
        score[rows[:, None] == columns] = -np.inf
        i, j = score.argmax(axis=0), score.argmax(axis=1)
        owner = np.concatenate([rows, columns])
        other = np.concatenate([columns[j], rows[i]])
        best = np.concatenate([score.max(axis=1), score.max(axis=0)])
        order = np.argsort(-best, kind="stable")
        order = order[np.unique(owner[order], return_index=True)[1]]
        order = order[best[order] > -np.inf]
        if not len(order):
            break
        merged.append((owner[order], other[order], best[order]))
        tree = connect(np.arange(nodes), owner[order], other[order])
        score, rows = _grouped(score, tree[rows])
        turned, columns = _grouped(score.T, tree[columns])
        score = np.ascontiguousarray(turned.T)
    left, right, strength = (np.concatenate(column) for column in zip(*merged, strict=True))
    return left, right, strength


def _grouped(
    score: NDArray[np.float32], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The highest scores among the rows of each label, and the labels."""
    order = np.argsort(labels, kind="stable")
    groups, first = np.unique(labels[order], return_index=True)
    return np.maximum.reduceat(score[order], first, axis=0), groups


def _in_line(
    nodes: int, left: NDArray[np.int64], right: NDArray[np.int64], strength: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Each node's place in a line, and the strength of each step of it: (nodes,), (nodes - 1,).

    Two nodes are connected by pairs as strong as the weakest step between them, and no stronger.
    """
    head = list(range(nodes))
    tail, following, step = head[:], [-1] * nodes, [-np.inf] * nodes
    order = np.argsort(-strength, kind="stable")

    def root(node: int) -> int:
        while head[node] != node:
            head[node] = node = head[head[node]]
        return node

    edges = zip(left[order].tolist(), right[order].tolist(), strength[order].tolist(), strict=True)
    for i, j, s in edges:
        a, b = root(i), root(j)
        if a != b:
            following[tail[a]], step[tail[a]] = b, s
            head[b], tail[a] = a, tail[b]
    place, gaps = np.empty(nodes, np.int64), np.empty(nodes, np.float32)
    at = 0
    for node in range(nodes):
        if head[node] == node:
            while node >= 0:
                place[node], gaps[at] = at, step[node]
                node, at = following[node], at + 1
    return place, gaps[:-1]


def _kth(score: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """The k-th highest score of each row, or its lowest."""
    if k == 1:
        return np.asarray(score.max(axis=1), np.float32)
    k = min(k, score.shape[1])
    return np.asarray(np.partition(score, -k, axis=1)[:, -k], np.float32)
