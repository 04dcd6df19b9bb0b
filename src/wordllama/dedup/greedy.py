"""Which rows stay when each goes that is like one that stays."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from wordllama.dedup.crowded import needed_pairs
from wordllama.pairs.crowds import Postponed
from wordllama.pairs.scored import Pairs, distinct

AT_ONCE = 1 << 16


def staying(gone: NDArray[np.bool_], pairs: Pairs) -> NDArray[np.bool_]:
    """Whether each row stays: one by one, a row goes if it makes a pair with an earlier one that
    stays, or if it is `gone` whatever the others are.

    The pairs are sorted by their left rows, which are the earlier ones.

    >>> chain = Pairs(np.array([0, 1]), np.array([1, 2]), np.float32([0.9, 0.9]))
    >>> staying(np.zeros(3, bool), chain).tolist()
    [True, False, True]
    """
    goes = bytearray(gone.tobytes())
    for start in range(0, len(pairs.left), AT_ONCE):
        left, right = (side[start : start + AT_ONCE].tolist() for side in pairs[:2])
        for i, j in zip(left, right, strict=True):
            if not goes[i]:
                goes[j] = 1
    return ~np.frombuffer(goes, np.bool_)


def sufficient(
    parts: Iterable[Pairs],
    postponed: Postponed,
    threshold: float,
    goes_below: NDArray[np.float32] | None = None,
) -> Pairs:
    """Pairs, sorted by their left rows, that tell what stays and what each other row is most like,
    at the threshold and any above it: all of `parts`, and those of the postponed that matter.
    `goes_below`: each row goes below this threshold in any case.
    """
    pairs = distinct(list(parts))
    if not postponed.blocks:
        return pairs
    return needed_pairs(pairs, postponed.blocks, threshold, goes_below)
