"""Pairs of rows and how similar they are: what every search for pairs gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Pairs(NamedTuple):
    """Pairs of rows and their similarity: `score[n]` is that of row `left[n]` and `right[n]`."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    score: NDArray[np.float32]


NO_PAIRS = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))


def joined(parts: Sequence[Pairs]) -> Pairs:
    """All pairs of the parts, in their order.

    >>> len(joined([]).left)
    0
    """
    left, right, score = (np.concatenate(column) for column in zip(NO_PAIRS, *parts, strict=True))
    return Pairs(left, right, score)


def distinct(parts: Sequence[Pairs]) -> Pairs:
    """All pairs of the parts by their rows, the left ones first; those found twice once.

    >>> pair = Pairs(np.array([1, 0]), np.array([2, 2]), np.float32([0.5, 0.7]))
    >>> distinct([pair, pair]).left.tolist()
    [0, 1]
    """
    left, right, score = joined(parts)
    order = np.lexsort((right, left))
    left, right, score = left[order], right[order], score[order]
    new = np.ones(len(left), bool)
    new[1:] = (np.diff(left) != 0) | (np.diff(right) != 0)
    return Pairs(left[new], right[new], score[new])
