"""The threshold at which as many items stay as are wanted."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import numpy as np

from wordllama.arguments import at_least
from wordllama.dedup.matches import Matches, decided

WIDER = 1.5
"""How many times farther apart the next two items may be, where too many stay."""


def fitting(
    matches: Callable[[float], Matches], threshold: float, target: int
) -> tuple[Matches, float]:
    """Matches, and a threshold at which at most `target` items stay; at the next higher one that
    makes a difference more do.

    `matches` gives those of a threshold: of this one first, then of lower ones if too many stay.
    Raises ValueError if more than `target` stay at a threshold of 0.
    """
    at_least(1, target=target)
    found = matches(threshold)
    while (stay := staying_at(found, threshold)) > target:
        if threshold <= 0:
            raise ValueError(
                f"target must be at least {stay}, not {target}: "
                f"so many items stay at a threshold of {threshold:g}"
            )
        threshold = max(0.0, 1 - WIDER * (1 - min(threshold, 0.99)))
        found = matches(threshold)
    return found, threshold_for(found, threshold, target)


def threshold_for(matches: Matches, threshold: float, target: int) -> float:
    """The threshold, not below this one, at which at most `target` items stay, as `fitting` does;
    ValueError if more stay.
    """
    at_least(1, target=target)
    if (stay := staying_at(matches, threshold)) > target:
        raise ValueError(
            f"target must be at least {stay}, not {target}: so many items stay at {threshold:g}, "
            "the lowest threshold of these matches"
        )
    if staying_at(matches, 1) <= target:
        return 1.0
    scores = [matches.pairs.score] + ([] if matches.others is None else [matches.others.score])
    steps = np.unique(np.concatenate(scores))
    steps = np.concatenate([[np.float32(threshold)], steps[steps > threshold]])
    low, high = 0, len(steps)  # at `high`, nothing but exact copies goes
    while high - low > 1:
        middle = (low + high) // 2
        if staying_at(matches, float(steps[middle])) <= target:
            low = middle
        else:
            high = middle
    return _shortest(steps[low], steps[high] if high < len(steps) else np.float32(1))


def staying_at(matches: Matches, threshold: float) -> int:
    """How many items stay at a threshold."""
    return int((decided(matches, threshold).match < 0).sum())


def _shortest(low: np.float32, high: np.float32) -> float:
    """The number of fewest decimals from `low` to below `high`: each decides as `low` does."""
    for digits in range(2, 9):
        number = ceil(float(low) * 10**digits) / 10**digits
        if low <= np.float32(number) < high:
            return float(number)
    return float(low)
