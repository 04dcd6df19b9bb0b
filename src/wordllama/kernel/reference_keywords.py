"""Keywords in NumPy: the plain twin of `keywords.cpp`, and its specification."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wordllama.kernel import Segment

DOCUMENTS_AT_MOST = 1 << 16
"""Documents of one segment: a document's number has 16 bits."""

Postings: TypeAlias = tuple[
    NDArray[np.int32], NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint16], NDArray[np.int32]
]
"""Distinct terms, rising; where the documents of each begin, and the end of all; the documents; how
often the term stands in each (at most 65,535 times); the number of terms of each document."""


def build_postings(terms: NDArray[np.int32], offsets: NDArray[np.int64]) -> Postings:
    """The documents of each term, from the terms of each document; those below 0 are none."""
    n = len(offsets) - 1
    if not 0 <= n <= DOCUMENTS_AT_MOST:
        raise ValueError(
            f"offsets must hold n + 1 numbers for n <= {DOCUMENTS_AT_MOST} documents, not {n + 1}"
        )
    steps = np.diff(offsets)
    if (steps < 0).any() or offsets[0] < 0 or offsets[-1] > len(terms):
        raise ValueError("offsets must not fall, and lie between 0 and the number of terms")
    documents = np.repeat(np.arange(n), steps)
    held = terms[offsets[0] : offsets[-1]]
    documents, held = documents[held >= 0], held[held >= 0]
    lengths = np.bincount(documents, minlength=n).astype(np.int32)
    pairs, counts = np.unique(held.astype(np.int64) * (n or 1) + documents, return_counts=True)
    distinct, begins = np.unique(pairs // (n or 1), return_index=True)
    return (
        distinct.astype(np.int32),
        np.append(begins, len(pairs)).astype(np.int64),
        (pairs % (n or 1)).astype(np.uint16),
        np.minimum(counts, 0xFFFF).astype(np.uint16),
        lengths,
    )


def keyword_topk(
    segments: Iterable[Segment],
    terms: NDArray[np.int32],
    weights: NDArray[np.float32],
    base: float,
    slope: float,
    k: int,
    allowed: NDArray[np.uint8] | None = None,
    at: NDArray[np.int64] | None = None,
    threads: int = 0,
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Scores and numbers of the `k` best documents with a score over 0, best first.

    A document's score is the sum over the terms of weight * count / (count + base + slope *
    length). Ties go to the lower number. The third array holds the scores of the documents `at`,
    which rise. `allowed` says of each document whether it may be among the best.
    """
    at = np.empty(0, np.int64) if at is None else at
    at_scores = np.zeros(len(at), np.float32)
    best: list[tuple[NDArray[np.float32], NDArray[np.int64]]] = []
    for first, held, starts, documents, counts, lengths in segments:
        scores = np.zeros(len(lengths), np.float32)
        norms = np.float32(base) + np.float32(slope) * lengths.astype(np.float32)
        for term, weight in zip(terms, weights, strict=True):
            place = int(np.searchsorted(held, term))
            if place < len(held) and held[place] == term:
                these = slice(starts[place], starts[place + 1])
                count = counts[these].astype(np.float32)
                scores[documents[these]] += weight * (count / (count + norms[documents[these]]))
        these = slice(*np.searchsorted(at, [first, first + len(lengths)]))
        at_scores[these] = scores[at[these] - first]
        if allowed is not None:
            scores[allowed[first : first + len(lengths)] == 0] = 0
        found = np.flatnonzero(scores > 0)
        found = found[np.argsort(-scores[found], kind="stable")[:k]]
        best.append((scores[found], found + first))
    if not best:
        return np.empty(0, np.float32), np.empty(0, np.int64), at_scores
    score, number = (np.concatenate(parts) for parts in zip(*best, strict=True))
    order = np.lexsort((number, -score))[:k]
    return score[order], number[order].astype(np.int64), at_scores


def nearest_bits(
    query: NDArray[np.uint64],
    rows: NDArray[np.uint64],
    k: int,
    allowed: NDArray[np.uint8] | None = None,
    threads: int = 0,
) -> NDArray[np.int64]:
    """Numbers, rising, of the `k` allowed rows that differ from the query in the fewest bits.

    Ties go to the lower number.
    """
    distance: NDArray[Any] = np.bitwise_count(rows ^ query).sum(axis=1, dtype=np.int64)
    numbers = np.arange(len(rows)) if allowed is None else np.flatnonzero(allowed)
    order = np.argsort(distance[numbers], kind="stable")[:k]
    return np.sort(numbers[order]).astype(np.int64)
