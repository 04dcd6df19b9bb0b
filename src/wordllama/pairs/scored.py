"""Pairs of rows and how similar they are: what every search for pairs gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

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


def chosen(pairs: Pairs, which: NDArray[Any]) -> Pairs:
    """Some of the pairs: those at places, or where a mask is true.

    >>> pairs = Pairs(np.array([0, 1]), np.array([2, 2]), np.float32([0.5, 0.7]))
    >>> chosen(pairs, pairs.score > 0.6).left.tolist()
    [1]
    """
    return Pairs(pairs.left[which], pairs.right[which], pairs.score[which])


def distinct(parts: Sequence[Pairs]) -> Pairs:
    """All pairs of the parts by their rows, the left ones first; those found twice once.

    >>> pair = Pairs(np.array([1, 0]), np.array([2, 2]), np.float32([0.5, 0.7]))
    >>> distinct([pair, pair]).left.tolist()
    [0, 1]
    """
    pairs = joined(parts)
    pairs = chosen(pairs, np.lexsort((pairs.right, pairs.left)))
    new = np.ones(len(pairs.left), bool)
    new[1:] = (np.diff(pairs.left) != 0) | (np.diff(pairs.right) != 0)
    return chosen(pairs, new)
