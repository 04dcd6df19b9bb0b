"""Crowds of near copies: which of their very many pairs are needed.

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
from wordllama.pairs.scored import NO_PAIRS, Pairs, joined

MARGIN = 1e-5
"""More than float32 rounding changes the inner product of two unit vectors."""
CROWD = 512
"""So many connected pairs of a block are worth a table of all scores between their rows ..."""
SPARSE = 8
"""... if the table has no more than so many cells for each of those pairs."""
SAMPLE = 64
"""Rows of either side that are tried to tell whether a whole block is one crowd."""


class Table(NamedTuple):
    """Scores of some rows of one set and some columns (rows of the same or another set)."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    score: NDArray[np.float32]
    """(rows, columns), off by less than `MARGIN`; -inf for what is surely not over the threshold,
    and for pairs that come elsewhere."""


Needed = Callable[[Table], NDArray[np.bool_]]
"""Which pairs of a table may change what is asked for, whatever the rounding."""
Scores = Callable[[NDArray[np.int64], NDArray[np.int64]], Table]
Similarity = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]
Choice = Callable[
    [NDArray[np.int64], NDArray[np.int64]], tuple[NDArray[np.int64], NDArray[np.int64]]
]
"""Which pairs of some rows with some columns are needed."""


class Block(NamedTuple):
    """Rows and columns with more pairs than can be gathered, and what tells their similarity."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    scores: Scores
    similarity: Similarity
    """That of each pair, as it is reported."""


class Postponed:
    """In the place of `Needed`, where what is needed is known only once other pairs are: crowds are
    left out of what is found, and so are all pairs once `room` of them were found; `blocks` says
    where they are.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.blocks: list[Block] = []

    def put(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        scores: Scores,
        similarity: Similarity,
    ) -> None:
        """Leave out the pairs of some rows with some columns."""
        self.blocks.append(Block(rows, columns, scores, similarity))


def crowded(left: NDArray[np.float32], right: NDArray[np.float32], bound: float) -> bool:
    """Whether a quarter of a sample of the pairs is over the bound."""
    if min(len(left), len(right)) < SAMPLE:
        return False
    rows, columns = left[:: len(left) // SAMPLE], right[:: len(right) // SAMPLE]
    return float((rows @ columns.T > bound).mean()) > 0.25


def thinned(
    left: NDArray[np.int64], right: NDArray[np.int64], choose: Choice
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of similar pairs those that are chosen, and all where they are too few to make a choice."""
    if len(left) < CROWD:
        return left, right
    parts = []
    for component in _connected(left, right):
        i, j = left[component], right[component]
        if len(component) >= CROWD:
            rows, columns = np.unique(i), np.unique(j)
            if len(rows) * len(columns) <= SPARSE * len(component):
                i, j = choose(rows, columns)
        parts.append((i, j))
    lefts, rights = zip(*parts, strict=True)
    return np.concatenate(lefts), np.concatenate(rights)


def select(table: Table, needed: Needed) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of a table that are needed."""
    i, j = np.nonzero(needed(table))
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
    needed = np.zeros(table.score.shape, bool)
    if earlier.any():
        down = np.where(earlier, table.score, -np.inf)
        needed |= best_of_rows(Table(table.columns, table.rows, down.T)).T
    if not earlier.all():
        needed |= best_of_rows(table._replace(score=np.where(earlier, -np.inf, table.score)))
    return needed


def connecting(table: Table) -> NDArray[np.bool_]:
    """Of one set: pairs that may be in the maximum spanning forest.

    A pair is not, if its rows are connected by other pairs that are all surely more similar. The
    strongest connection of two rows is as strong as its weakest pair, so each score is compared
    with the weakest step between its rows in the line that `_in_line` makes.
    """
    nodes, place = np.unique(np.concatenate([table.rows, table.columns]), return_inverse=True)
    rows, columns = place[: len(table.rows)], place[len(table.rows) :]
    line, steps = _in_line(len(nodes), _merges(table.score, rows, columns, len(nodes)))
    needed = np.empty(table.score.shape, bool)
    for row, at in enumerate(line[rows]):
        to_the_right = np.minimum.accumulate(steps[at:])
        to_the_left = np.minimum.accumulate(steps[:at][::-1])[::-1]
        weakest = np.concatenate([to_the_left, [np.inf], to_the_right])[line[columns]]
        needed[row] = table.score[row] >= weakest - 2 * MARGIN
    return needed & (table.score > -np.inf)


def _merges(
    score: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64], nodes: int
) -> Pairs:
    """Pairs that connect the nodes of a table, the strongest that do.

    Each component's best pair joins it to another (Borůvka 1926), until none has one.
    """
    tree = np.arange(nodes)
    across, row_groups = score.copy(), rows
    down, column_groups = score.T.copy(), columns
    merged: list[Pairs] = []
    while True:
        left, right, strength = joined(
            [
                _best_outside(across, row_groups, score, rows, columns, tree),
                _best_outside(down, column_groups, score.T, columns, rows, tree),
            ]
        )
        order = np.argsort(-strength, kind="stable")
        order = order[np.unique(tree[left[order]], return_index=True)[1]]
        if not len(order):
            break
        merged.append(Pairs(left[order], right[order], strength[order]))
        tree = connect(tree, left[order], right[order])
        across, row_groups = _grouped(across, tree[row_groups])
        down, column_groups = _grouped(down, tree[column_groups])
    return joined(merged)


def _best_outside(
    grouped: NDArray[np.float32],
    groups: NDArray[np.int64],
    score: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    tree: NDArray[np.int64],
) -> Pairs:
    """The best pair of each component's rows with columns of others: its ends and its strength.

    `grouped` holds the highest scores of each component's rows, `groups` the components; scores
    within a component are struck out of it.
    """
    if not grouped.size:
        return NO_PAIRS
    np.copyto(grouped, np.float32(-np.inf), where=groups[:, None] == tree[columns])
    column = grouped.argmax(axis=1)
    best = grouped[np.arange(len(groups)), column]
    group = np.empty(len(tree), np.int64)
    group[groups] = np.arange(len(groups))
    group = group[tree[rows]]  # of each row
    holds = (score[np.arange(len(rows)), column[group]] == best[group]) & (best[group] > -np.inf)
    held = np.flatnonzero(holds)
    joined, first = np.unique(group[held], return_index=True)
    return Pairs(rows[held[first]], columns[column[joined]], best[joined])


def _grouped(
    score: NDArray[np.float32], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The highest scores among the rows of each label, and the labels."""
    order = np.argsort(labels, kind="stable")
    groups, first = np.unique(labels[order], return_index=True)
    return np.maximum.reduceat(score[order], first, axis=0), groups


def _in_line(nodes: int, edges: Pairs) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Each node's place in a line, and the strength of each step of it: (nodes,), (nodes - 1,).

    The strongest path between two nodes is as strong as the weakest step between their places.

    Proof. Kruskal's algorithm takes the pairs by falling strength and joins two components A and B
    by the first pair between them, of strength s. Here B's line is put behind A's, with a step of
    strength s. All steps inside A and B were made earlier and are at least s, so the weakest step
    between a node of A and one of B is s; and no path between them is stronger, because every pair
    taken before lies within one component. Nodes of one component keep the steps between them.
    """
    parent = list(range(nodes))
    last = list(range(nodes))  # of each root: the last node of its component's line
    following, step_after = [-1] * nodes, [-np.inf] * nodes

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]  # halves the path for those who come after
            node = parent[node]
        return node

    for pair in np.argsort(-edges.score, kind="stable").tolist():
        a, b = root(int(edges.left[pair])), root(int(edges.right[pair]))
        if a != b:
            following[last[a]], step_after[last[a]] = b, float(edges.score[pair])
            parent[b], last[a] = a, last[b]
    place, steps = np.empty(nodes, np.int64), np.empty(nodes, np.float32)
    count = 0
    for first in (node for node in range(nodes) if parent[node] == node):
        node = first
        while node >= 0:
            place[node], steps[count] = count, step_after[node]
            node, count = following[node], count + 1
    return place, steps[:-1]


def _kth(score: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """The k-th highest score of each row, or its lowest."""
    if k == 1:
        return np.asarray(score.max(axis=1), np.float32)
    k = min(k, score.shape[1])
    return np.asarray(np.partition(score, -k, axis=1)[:, -k], np.float32)
