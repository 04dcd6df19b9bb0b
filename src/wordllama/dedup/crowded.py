"""Of the very many pairs of crowds those that tell what stays, at any threshold.

Row j goes at a threshold t if an earlier row i stays at t and their similarity s is above t; it is
a duplicate of the most similar such i. So a pair (i, j, s) changes nothing if at each t below s at
which i stays, another row stays that is at least as similar to j. Rows are taken in order: when row
i is reached, all its pairs that matter with earlier rows are known, and so are the thresholds at
which it stays. How similar j is to what stays is held as a lower bound for each step of a grid of
thresholds. That is enough to leave out nearly all pairs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from wordllama.pairs.crowds import MARGIN, Block
from wordllama.pairs.scored import Pairs, chosen, distinct

CELLS = 1 << 24
"""Scores, and bounds, that are held at once: 64 MiB each."""
STEPS = 64
"""Thresholds of the grid."""

Spans = list[tuple[float, float]]
"""Thresholds, each span from one up to below another."""


def needed_pairs(
    pairs: Pairs,
    blocks: Sequence[Block],
    threshold: float,
    goes_below: NDArray[np.float32] | None = None,
) -> Pairs:
    """The pairs and, of the blocks, those that matter, sorted; the earlier row is the left one.

    `goes_below`: each row goes below this threshold, whatever the other rows are like.
    """
    least = float(np.float32(threshold))
    members = np.unique(np.concatenate([side for block in blocks for side in block[:2]]))
    stays, bounds = _Stays(least, pairs, members), _Bounds(least, members)
    if goes_below is not None:
        stays.set_out(goes_below)
    found = [pairs]
    for batch in _batches(blocks, members):
        stays.know_before(int(batch[0]))
        left, right, most = _candidates(blocks, batch, bounds, stays.start[batch])
        ends = np.searchsorted(left, batch, "right").tolist()
        for row, first, end in zip(batch.tolist(), [0, *ends], ends, strict=False):
            if first == end:
                continue
            stays.know_before(row + 1)
            rises = bounds.may_rise(stays.start[row], right[first:end], most[first:end])
            later = np.unique(right[first:end][rises])
            score = blocks[0].similarity(np.full(len(later), row), later)
            matters = bounds.rise(stays.spans(row), later, score)
            later, score = later[matters], score[matters]
            stays.add(row, later, score)
            found.append(Pairs(np.full(len(later), row), later, score))
    return distinct(found)


def _batches(blocks: Sequence[Block], members: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The members in order, as many at once as have about `CELLS` scores; fewer at first, while
    little is known that leaves pairs out.
    """
    cells = np.zeros(len(members), np.int64)
    for block in blocks:
        cells[np.searchsorted(members, block.rows)] += len(block.columns)
        cells[np.searchsorted(members, block.columns)] += len(block.rows)
    before = np.cumsum(cells) - cells
    start, size = 0, CELLS // 64
    while start < len(members):
        end = max(start + 1, int(np.searchsorted(before, before[start] + size)))
        yield members[start:end]
        start, size = end, min(2 * size, CELLS)


def _candidates(
    blocks: Sequence[Block],
    batch: NDArray[np.int64],
    bounds: _Bounds,
    start: NDArray[np.float32],
) -> Pairs:
    """Pairs of a batch of rows with later ones, by row, each with the most that its score may be:
    those that may matter if the row goes below the threshold `start`.
    """
    parts = []
    for block in blocks:
        turned = not np.array_equal(block.rows, block.columns)
        for turn in (False, True) if turned else (False,):
            rows, columns = (block.columns, block.rows) if turn else (block.rows, block.columns)
            first, end = np.searchsorted(rows, [batch[0], batch[-1] + 1])
            rows = rows[first:end]
            columns = columns[np.searchsorted(columns, rows[0] + 1) :] if len(rows) else rows
            if not len(columns):
                continue
            most = (block.scores(columns, rows) if turn else block.scores(rows, columns)).score
            most = (most.T if turn else most) + np.float32(MARGIN)
            bound = bounds.of(columns)[:, bounds.step(start[np.searchsorted(batch, rows)])].T
            i, j = np.nonzero((most > bound) & (rows[:, None] < columns))
            parts.append(Pairs(rows[i], columns[j], most[i, j]))
    return distinct(parts)


class _Stays:
    """At which thresholds each row stays."""

    def __init__(self, least: float, pairs: Pairs, members: NDArray[np.int64]) -> None:
        self._least = least
        self._gone: dict[int, list[float]] = {}
        """For each row the thresholds at which an earlier row stays that is like it: where each
        span of them begins and ends.
        """
        matters = _before(pairs, members)
        self._pairs = chosen(pairs, matters[pairs.right])
        self._next = 0
        self.start = np.full(len(matters), least, np.float32)
        """(rows,) the threshold below which each goes, by what is known."""

    def set_out(self, goes_below: NDArray[np.float32]) -> None:
        """Each row goes below such a threshold."""
        for row in np.flatnonzero(goes_below[: len(self.start)] > self._least).tolist():
            self._gone[row] = [self._least, float(goes_below[row])]
            self.start[row] = goes_below[row]

    def know_before(self, row: int) -> None:
        """All that matters of rows before this one is known: now their pairs count."""
        end = int(np.searchsorted(self._pairs.left, row))
        here = slice(self._next, end)
        for left, right, score in zip(*(side[here].tolist() for side in self._pairs), strict=True):
            self._go(right, score, self.spans(left))
        self._next = max(end, self._next)

    def add(self, row: int, later: NDArray[np.int64], score: NDArray[np.float32]) -> None:
        """Pairs of a row, of which all that matters is known, with later ones."""
        spans = self.spans(row)
        goes = score > self.start[later]  # the others go there already
        for right, likeness in zip(later[goes].tolist(), score[goes].tolist(), strict=True):
            self._go(right, likeness, spans)

    def spans(self, row: int) -> Spans:
        """The thresholds at which a row stays, by what is known."""
        gone = self._gone.get(row, [])
        ends = [*gone[1:], np.inf] if gone[:1] == [self._least] else [self._least, *gone, np.inf]
        return list(zip(ends[::2], ends[1::2], strict=True))

    def _go(self, row: int, score: float, spans: Spans) -> None:
        """A row goes below the score, where something stays."""
        gone = self._gone.setdefault(row, [])
        for low, high in spans:
            if low >= score:
                break
            high = min(high, score)
            first, end = bisect_left(gone, low), bisect_right(gone, high)
            if first < end or first % 2 == 0:  # not within one of the spans
                gone[first:end] = [low] * (first % 2 == 0) + [high] * (end % 2 == 0)
        if gone and gone[0] == self._least:
            self.start[row] = gone[1]


def _before(pairs: Pairs, members: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each row is a member, or pairs lead from it to one, from earlier to later rows."""
    matters = np.zeros(1 + max(members.max(), pairs.right.max(initial=0)), bool)
    matters[members] = True
    order = np.argsort(-pairs.right, kind="stable")
    for start in range(0, len(order), 1 << 16):
        some = order[start : start + (1 << 16)]
        for left, right in zip(pairs.left[some].tolist(), pairs.right[some].tolist(), strict=True):
            if matters[right]:
                matters[left] = True
    return matters


class _Bounds:
    """How similar each member is, at least, to a row that stays, for each step of a grid of
    thresholds; where it is no more similar than the threshold, the bound is the threshold.
    """

    def __init__(self, least: float, members: NDArray[np.int64]) -> None:
        steps = int(np.clip(CELLS // len(members), 8, STEPS))
        self._members = members
        self._low = np.linspace(least, 1, steps, endpoint=False, dtype=np.float32)
        self._high = np.append(self._low[1:], np.float32(np.inf))
        self._at = np.tile(self._low, (len(members), 1))
        self._from = self._at.copy()
        """The least bound at a step and all above it."""

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(rows, steps) bounds: each at a step and all above it."""
        return self._from[np.searchsorted(self._members, rows)]

    def step(self, threshold: NDArray[np.float32] | np.float32) -> NDArray[np.int64]:
        """The step of the grid that a threshold lies in."""
        return np.maximum(np.searchsorted(self._low, threshold, "right") - 1, 0)

    def may_rise(
        self, start: np.float32, rows: NDArray[np.int64], most: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Whether each bound is below what may be, from the threshold `start` on."""
        place = np.searchsorted(self._members, rows)
        return np.asarray(most > self._from[place, self.step(start)])

    def rise(
        self, spans: Spans, rows: NDArray[np.int64], score: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Something that stays at these thresholds is so similar to the rows: whether that matters
        to each.
        """
        low, high = np.array(spans, np.float32).reshape(-1, 2).T[:, :, None]
        touched = ((self._high > low) & (self._low < high)).any(axis=0)
        covered = ((self._low >= low) & (self._high <= high)).any(axis=0)
        place = np.searchsorted(self._members, rows)
        at = self._at[place]
        matters = score > at[:, touched].min(axis=1, initial=np.inf)
        at[:, covered] = np.maximum(at[:, covered], score[:, None])
        self._at[place] = at
        self._from[place] = np.minimum.accumulate(at[:, ::-1], axis=1)[:, ::-1]
        return np.asarray(matters)
