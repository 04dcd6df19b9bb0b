"""Vector scores and keyword scores of the same documents, made one."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

Mode: TypeAlias = Literal["hybrid", "vector", "keyword"]
"""Whether a score is that of the vectors, of the words, or of both."""
WEIGHT = 0.45
"""The share of the vectors: best of 0.3 to 0.6 on SciFact and Cranfield (docs/indexing.md)."""


def fuse(
    similarity: NDArray[Any], keyword: NDArray[Any], weight: float = WEIGHT
) -> NDArray[np.float32]:
    """`weight` of the similarity and the rest of the keyword score, each as a share of its best.

    A convex sum of min-max scores (Bruch, Gai and Ingber 2023) whose least is 0: that is BM25's
    own, and a cosine below 0 says no more than one of 0. So a score does not depend on the worst
    that was looked at. Both are (n,) or (q, n); 1 is the best of both kinds.

    >>> fuse(np.array([0.8, 0.4, -0.1]), np.array([0.0, 5.0, 5.0]), weight=0.5).tolist()
    [0.5, 0.75, 0.5]
    """
    parts = [_shares(np.asarray(each, np.float32)) for each in (similarity, keyword)]
    return np.asarray(weight * parts[0] + (1 - weight) * parts[1], np.float32)


def _shares(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    least_zero = np.maximum(scores, 0)
    best = least_zero.max(axis=-1, keepdims=True, initial=0)
    return np.asarray(least_zero / np.where(best > 0, best, 1), np.float32)


def check_mode(mode: str) -> None:
    """ValueError unless there is such a mode.

    >>> check_mode("semantic")
    Traceback (most recent call last):
    ...
    ValueError: mode must be one of hybrid, vector, keyword, not 'semantic'
    """
    if mode not in get_args(Mode):
        raise ValueError(f"mode must be one of {', '.join(get_args(Mode))}, not {mode!r}")


def check_weight(weight: float) -> None:
    """ValueError unless the weight is a share.

    >>> check_weight(3)
    Traceback (most recent call last):
    ...
    ValueError: weight must be between 0 and 1, not 3
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"weight must be between 0 and 1, not {weight}")
