"""Vectors that together stand for all the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from wordllama.arguments import at_least
from wordllama.search.ranking import scores
from wordllama.vectors import check_vectors, normalize


def representatives(
    vectors: NDArray[np.float32],
    n: int,
    diversity: float = 0.5,
    query: NDArray[np.float32] | None = None,
    *,
    progress: bool = False,
) -> NDArray[np.int64]:
    """Indices of `n` rows that represent all rows of `vectors`, best first.

    Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): each step takes the row that
    is most similar to the mean of all (or to `query`) and least similar to the rows already taken;
    `diversity`, from 0 to 1, weighs the second against the first. Ties go to the earlier row.
    `progress` shows a bar on a terminal.

    >>> x = np.array([[1, 0], [1, 0.01], [0, 1], [1, 0.02]], dtype=np.float32)
    >>> representatives(x, 2).tolist()
    [3, 2]
    """
    at_least(0, n=n)
    if not 0 <= diversity <= 1:
        raise ValueError(f"diversity must be from 0 to 1, not {diversity}")
    unit = normalize(check_vectors(vectors))
    if not len(unit):
        return np.zeros(0, np.int64)
    gain = (1 - diversity) * scores(unit.mean(axis=0) if query is None else query, unit)
    closest = np.full(len(unit), -1, np.float32)
    taken: list[int] = []
    steps = range(min(n, len(unit)))
    for _ in tqdm(steps, "choosing", unit="row", disable=None if progress else True):
        value = gain - diversity * closest if taken else gain.copy()
        value[taken] = -np.inf
        taken.append(int(value.argmax()))
        closest = np.maximum(closest, scores(unit[taken[-1]], unit))
    return np.array(taken, np.int64)
