"""The best places of a memory for one query: by vector, by words, or by both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama import kernel
from wordllama.index.memory import Allowed, Memory, signs_of
from wordllama.keywords import Bm25
from wordllama.search import Mode, fuse

CANDIDATES = 8000
"""So many rows with the nearest signs have their vectors compared, at least: see `candidates`.
Centred or rotated vectors, whose signs say more, need half as many, but a mean would make results
depend on what was added first."""
SPREAD = 200_000
"""Measured (benchmarks/candidates.py): how many rows come before the 10 best by their signs grows
about as the root of the number of rows, and falls with the square of the number of signs."""
EXACT_UP_TO = 16_384
"""Of so many rows all vectors are compared."""
POOL = 100
"""So many of the best by vector, and by words, are looked at for the best by both (at least 4 for
each that is wanted): of a million glosses' pairs, 5,000 give the same 10."""
Scores = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """Places, best first, their score, and what it was made of."""

    places: Places
    scores: Scores
    vector_scores: Scores | None
    keyword_scores: Scores | None


def search(
    memory: Memory,
    vector: NDArray[Any] | None,
    terms: NDArray[np.int32] | None,
    k: int,
    mode: Mode,
    allowed: Allowed | None,
    weight: float,
    bm25: Bm25,
    exact: bool = False,
) -> Found:
    """The `k` best of those that are allowed (None: all). Ties go to the lower place."""
    mask = None if allowed is None else allowed.mask
    if mode == "keyword":
        assert (
            terms is not None
        )  # for mypy: there are terms in this mode, as there is a vector in others
        scores, places, _ = memory.keywords.topk(terms, k, bm25, mask)
        return Found(places, scores, None, scores)
    assert vector is not None
    if mode == "vector":
        places, scores = nearest(memory, vector, k, allowed, exact)
        return Found(places, scores, scores, None)
    assert terms is not None
    pool = max(4 * k, POOL)
    near, near_scores = nearest(memory, vector, pool, allowed, exact)
    order = np.argsort(near)
    near, near_scores = near[order], near_scores[order]
    by_words, said, said_near = memory.keywords.topk(terms, pool, bm25, mask, near)
    new = ~np.isin(said, near)
    places = np.concatenate([near, said[new]])
    similarity = np.concatenate([near_scores, similarities(memory, vector, said[new])])
    words = np.concatenate([said_near, by_words[new]])
    order = np.argsort(places)
    places, similarity, words = places[order], similarity[order], words[order]
    fused = fuse(similarity, words, weight)
    best = np.argsort(-fused, kind="stable")[:k]
    return Found(places[best], fused[best], similarity[best], words[best])


def nearest(
    memory: Memory,
    vector: NDArray[Any],
    k: int,
    allowed: Allowed | None,
    exact: bool = False,
) -> tuple[Places, Scores]:
    """The places of the `k` most similar vectors, best first, and their similarities.

    Without `exact`, of many vectors those with the nearest signs are compared.
    """
    mask = None if allowed is None else allowed.mask
    count = len(memory) if allowed is None else allowed.count
    if memory.scales is None:  # bits: their distance is all there is
        places = kernel.nearest_bits(vector, memory.vectors, k, mask)
    elif count > EXACT_UP_TO and not exact:
        wanted = candidates(count, memory.vectors.shape[1], k)
        places = kernel.nearest_bits(signs_of(vector[None])[0], memory.signs, wanted, mask)
    elif allowed is None:
        scores, indices = kernel.topk(vector[None], memory.vectors, k, memory.scales)
        return indices[0], scores[0]
    else:
        places = allowed.places
    scores = similarities(memory, vector, places)
    if len(scores) > k > 0:  # most are left out without being sorted
        good = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
        places, scores = places[good], scores[good]
    best = np.argsort(-scores, kind="stable")[:k]
    return places[best], scores[best]


def candidates(count: int, signs: int, k: int) -> int:
    """How many of `count` rows are compared, so that 98 % of the 10 nearest are among them.

    >>> candidates(1_000_000, 256, 10), candidates(1_000_000, 64, 10)
    (8000, 48828)
    """
    return min(count, max(CANDIDATES, 4 * k, int(SPREAD * count**0.5 / signs**2)))


def similarities(memory: Memory, vector: NDArray[Any], places: Places) -> Scores:
    """The similarity of the vectors at these places: cosine, or Hamming similarity of bits."""
    scores: Scores = kernel.scores(vector[None], memory.vectors, memory.scales, at=places)[0]
    return scores
