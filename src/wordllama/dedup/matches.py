"""Which items are alike, kept so that any higher threshold can be decided by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordllama.dedup.best import BestMatches
from wordllama.dedup.exact import exact_only
from wordllama.dedup.greedy import staying
from wordllama.pairs.components import connect
from wordllama.pairs.scored import Pairs, chosen


class Others(NamedTuple):
    """For each item what it is most like in another set."""

    match: NDArray[np.int64]
    """Its index there, -1 where there is none."""
    score: NDArray[np.float32]
    exact: NDArray[np.bool_]
    """Whether it is the same."""


@dataclass(frozen=True)
class Matches:
    """What items are alike. All but `order` counts by preference: 0 is the item preferred most."""

    threshold: float
    """The lowest that can be decided."""
    chain: bool
    """Whether an item goes for an earlier one that goes itself."""
    order: NDArray[np.int64]
    """(n,) indices of the items, those preferred first."""
    first: NDArray[np.int64]
    """(n,) for each item the first that is the same."""
    alike: NDArray[np.int64]
    """(n,) for each item the first that is the same, or of the same vector."""
    pairs: Pairs
    """Pairs of items that are each the first `alike`, sorted: enough to decide by."""
    others: Others | None = None
    unread: NDArray[np.bool_] | None = None
    """(n,) whether an item's vector says nothing; None if that was not looked at."""


class Decision(NamedTuple):
    """What happens to each item (n,); all count in the order of the items."""

    match: NDArray[np.int64]
    """What it is a duplicate of, -1 if it stays."""
    score: NDArray[np.float32]
    """Its similarity to that, 0 if it stays."""
    exact: NDArray[np.bool_]
    """Whether it goes as an exact copy."""
    outside: NDArray[np.bool_]
    """Whether `match` counts in the other set."""
    copy: NDArray[np.int64]
    """The first item that is the same, -1 if it is that itself."""
    group: NDArray[np.int64]
    """The item that is kept for it, itself otherwise; with `chain` the lowest of all that a chain
    of pairs connects it with.
    """


def decided(matches: Matches, threshold: float) -> Decision:
    """What happens at a threshold, that of the matches or a higher one."""
    count = len(matches.order)
    itself, near = np.arange(count), not exact_only(threshold)
    node = matches.alike if near else matches.first
    strong = (matches.pairs.score > threshold) & near
    pairs = chosen(matches.pairs, strong)
    other = matches.others or _nothing(count)
    outside = other.exact | ((other.match >= 0) & (other.score > threshold) & near)
    if matches.chain:
        reasons = pairs
        stays = ~outside
        stays[pairs.right] = False
    else:
        stays = staying(outside, pairs)
        reasons = chosen(pairs, stays[pairs.left])
    best = BestMatches(count)
    best.take(reasons.right, reasons.left, reasons.score)
    match, score = best.match, best.score
    outside &= other.exact | (match < 0) | (other.score >= score)
    match[outside], score[outside] = other.match[outside], other.score[outside]
    # What has the vector of another goes for it, or for what that goes for.
    same = np.flatnonzero((node != itself) & ~other.exact)
    kept = stays[node[same]] | matches.chain
    match[same] = np.where(kept, node[same], match[node[same]])
    score[same] = np.where(kept, np.float32(1), score[node[same]])
    outside[same] = ~kept & outside[node[same]]
    copies = matches.first != itself
    if matches.chain:
        named = copies & ~other.exact
        match[named], score[named], outside[named] = matches.first[named], 1, False
    return _in_order(matches, pairs, node, match, score, copies | other.exact, outside)


def _in_order(
    matches: Matches,
    pairs: Pairs,
    node: NDArray[np.int64],
    match: NDArray[np.int64],
    score: NDArray[np.float32],
    exact: NDArray[np.bool_],
    outside: NDArray[np.bool_],
) -> Decision:
    """The same, of the items as they were given."""
    order, itself = matches.order, np.arange(len(node))
    inside = (match >= 0) & ~outside
    if matches.chain:
        more = np.flatnonzero(node != itself)
        left, right = (np.concatenate(s) for s in ((pairs.left, node[more]), (pairs.right, more)))
        group = connect(itself, order[left], order[right])
    else:
        group = np.empty(len(order), np.int64)
        group[order] = order[np.where(inside, match, itself)]
    back = np.empty(len(order), np.int64)
    back[order] = itself
    match[inside] = order[match[inside]]
    copy = np.where(matches.first != itself, order[matches.first], -1)
    return Decision(match[back], score[back], exact[back], outside[back], copy[back], group)


def _nothing(count: int) -> Others:
    return Others(np.full(count, -1), np.zeros(count, np.float32), np.zeros(count, bool))
