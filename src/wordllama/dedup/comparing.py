"""From texts and vectors to what tells which of them are duplicates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordllama.dedup.best import best_and_forest, best_of_others, needed_before
from wordllama.dedup.exact import alike_itself, exact_only
from wordllama.dedup.greedy import sufficient
from wordllama.dedup.matches import Matches, Others
from wordllama.pairs.approximate import Method, similar_pairs
from wordllama.pairs.copies import CHUNK, first_copies, taken
from wordllama.pairs.crowds import Postponed, best_of_rows
from wordllama.pairs.scored import NO_PAIRS, Pairs, distinct
from wordllama.vectors import Vectors

GATHERED = 1 << 21
"""Pairs gathered before only those that matter are: 40 MiB."""


class Compared(NamedTuple):
    """Items as they are compared, by preference: their texts' copies, and their vectors."""

    vectors: Vectors
    row: NDArray[np.int64]
    """(n,) where each item's vector is."""
    first: NDArray[np.int64]
    """(n,) for each item the first that is the same."""
    unread: NDArray[np.bool_] | None = None
    """(n,) whether an item's vector says nothing, so that only an exact copy is like it."""


def compare(
    items: Compared,
    order: NDArray[np.int64],
    threshold: float,
    *,
    others: Compared | None = None,
    equal: NDArray[np.int64] | None = None,
    within: bool = True,
    chain: bool = False,
    method: Method = "auto",
    progress: bool = False,
) -> Matches:
    """What tells which items are duplicates at the threshold and any above it.

    `order` are the indices of the items, which come by preference. `equal`: for each of them the
    first of the others that is the same, or -1. Unless `within`, only others are looked at.
    """
    near = not exact_only(threshold)
    itself = np.arange(len(items.row))
    alike = _first_alike(items) if near else items.first
    nodes = np.flatnonzero((alike == itself) & ~_unread(items))
    rows = taken(items.vectors, items.row[nodes]) if near else items.vectors[:0]
    told, goes_below = None, None
    if others is not None and equal is not None:
        told = _in_others(items, nodes, rows, alike, others, equal, threshold, method, progress)
        goes_below = np.where(told.match >= 0, told.score, np.float32(-np.inf))
        goes_below = np.where(told.exact, np.float32(np.inf), goes_below)[nodes]
    pairs = NO_PAIRS
    if near and within:
        found = _pairs(rows, threshold, chain, goes_below, method, progress)
        pairs = Pairs(nodes[found.left], nodes[found.right], found.score)
    if not within:
        items, alike = items._replace(first=itself), itself
    return Matches(float(threshold), chain, order, items.first, alike, pairs, told, items.unread)


def _unread(items: Compared) -> NDArray[np.bool_]:
    return np.zeros(len(items.row), bool) if items.unread is None else items.unread


def _first_alike(items: Compared) -> NDArray[np.int64]:
    """For each item the first that is the same, or of the same vector (unless that is zero)."""
    alone = np.ones(len(items.vectors), bool)
    for start in range(0, len(alone), CHUNK):
        alone[start : start + CHUNK] = ~alike_itself(items.vectors[start : start + CHUNK])
    same_row = np.where(alone, np.arange(len(alone)), first_copies(items.vectors))
    firsts = np.flatnonzero(items.first == np.arange(len(items.first)))
    vector = np.where(_unread(items)[firsts], -1 - firsts, same_row[items.row[firsts]])
    _, place, group = np.unique(vector, return_index=True, return_inverse=True)
    alike = items.first.copy()
    alike[firsts] = firsts[place[group]]
    return np.asarray(alike[items.first])


def _pairs(
    rows: Vectors,
    threshold: float,
    chain: bool,
    goes_below: NDArray[np.float32] | None,
    method: Method,
    progress: bool,
) -> Pairs:
    """Pairs of rows, sorted, that tell all that is asked for."""
    if not chain:
        postponed = Postponed(GATHERED)
        parts = similar_pairs(rows, threshold, None, method, progress, postponed)
        return sufficient(parts, postponed, threshold, goes_below)
    found = similar_pairs(rows, threshold, None, method, progress, needed_before)
    best, forest = best_and_forest(len(rows), found)
    right = np.flatnonzero(best.match >= 0)
    left, turned = np.minimum(forest.left, forest.right), np.maximum(forest.left, forest.right)
    strongest = Pairs(best.match[right], right, best.score[right])
    return distinct([strongest, Pairs(left, turned, forest.score)])


def _in_others(
    items: Compared,
    nodes: NDArray[np.int64],
    rows: Vectors,
    alike: NDArray[np.int64],
    others: Compared,
    equal: NDArray[np.int64],
    threshold: float,
    method: Method,
    progress: bool,
) -> Others:
    """For each item the first of the others that is the same, or the most similar."""
    match, score = np.full(len(alike), -1), np.zeros(len(alike), np.float32)
    if not exact_only(threshold):
        theirs = _first_alike(others)
        columns = np.flatnonzero((theirs == np.arange(len(theirs))) & ~_unread(others))
        pairs: Iterable[Pairs] = ()
        if len(nodes) and len(columns):
            right = taken(others.vectors, others.row[columns])
            pairs = similar_pairs(rows, threshold, right, method, progress, best_of_rows)
        best = best_of_others(len(nodes), pairs)
        near = best.match >= 0
        match[nodes[near]], score[nodes[near]] = columns[best.match[near]], best.score[near]
        match, score = match[alike], score[alike]
    exact = equal >= 0
    return Others(np.where(exact, equal, match), np.where(exact, np.float32(1), score), exact)
