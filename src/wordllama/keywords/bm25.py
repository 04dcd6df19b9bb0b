"""BM25 (Robertson and Zaragoza 2009) over postings in segments, which grow as documents come."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wordllama import kernel
from wordllama.kernel import Segment

DOCUMENTS = 1 << 16
"""Documents of a full segment."""
Terms = NDArray[np.int32]


@dataclass(frozen=True)
class Bm25:
    """How soon a word's repetitions stop to count (k1), and how much long documents lose (b).

    >>> Bm25(b=2)
    Traceback (most recent call last):
    ...
    ValueError: b must be between 0 and 1, not 2
    """

    k1: float = 1.2
    b: float = 0.75

    def __post_init__(self) -> None:
        if not 0 <= self.k1 < float("inf"):
            raise ValueError(f"k1 must be 0 or more, not {self.k1}")
        if not 0 <= self.b <= 1:
            raise ValueError(f"b must be between 0 and 1, not {self.b}")


@dataclass(frozen=True)
class Keywords:
    """The postings of documents 0, 1, ..., and what BM25 has to know of them all.

    Never changed: `add` and `remove` give new ones that share what is the same.

    >>> keywords = Keywords().add(np.array([7, 8, 8], np.int32), np.array([0, 1, 3]))
    >>> keywords.topk(np.array([8], np.int32), 10)[1].tolist()
    [1]
    """

    segments: tuple[Segment, ...] = ()
    frequency: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """(terms,) in how many documents each term stands."""
    documents: int = 0
    """How many there are, without those that were removed."""
    length: int = 0
    """Terms of all of them."""

    def __len__(self) -> int:
        """How many documents were added."""
        return self.segments[-1].first + len(self.segments[-1].lengths) if self.segments else 0

    def add(self, terms: Terms, offsets: NDArray[np.int64]) -> Keywords:
        """With more documents: number i has terms[offsets[i]:offsets[i + 1]], -1 for none."""
        segments, frequency = list(self.segments), self.frequency
        n, length = len(offsets) - 1, self.length
        for start, end in pairwise([*range(0, n, DOCUMENTS), n]):
            postings = kernel.build_postings(terms, offsets[start : end + 1])
            new = Segment(len(self) + start, *postings)
            frequency = _counted(frequency, new, 1)
            length += int(new.lengths.sum(dtype=np.int64))
            while segments and _belong_together(segments[-1], new):
                new = _merged(segments.pop(), new)
            segments.append(new)
        return Keywords(tuple(segments), frequency, self.documents + n, length)

    def remove(self, terms: Terms, offsets: NDArray[np.int64]) -> Keywords:
        """Without some documents, whose terms these are: they count no more.

        They stay in the postings, and must be left out by `allowed`.
        """
        frequency, length, n = self.frequency, self.length, len(offsets) - 1
        for start, end in pairwise([*range(0, n, DOCUMENTS), n]):
            gone = Segment(0, *kernel.build_postings(terms, offsets[start : end + 1]))
            frequency = _counted(frequency, gone, -1)
            length -= int(gone.lengths.sum(dtype=np.int64))
        return replace(self, frequency=frequency, documents=self.documents - n, length=length)

    def topk(
        self,
        query: Terms,
        k: int,
        bm25: Bm25 = Bm25(),  # noqa: B008  (frozen)
        allowed: NDArray[np.uint8] | None = None,
        at: NDArray[np.int64] | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
        """Scores and places of the `k` best documents, and the scores of those `at`, which rise.

        Documents that hold no term of the query are none of the best. A term that stands twice in
        the query counts twice.
        """
        terms, weights = self.weights(query, bm25)
        base, slope = self.norm(bm25)
        return kernel.keyword_topk(self.segments, terms, weights, base, slope, k, allowed, at)

    def weights(self, query: Terms, bm25: Bm25) -> tuple[Terms, NDArray[np.float32]]:
        """The terms of the query that any document holds, and what each can give at most."""
        terms, counts = np.unique(query[query >= 0], return_counts=True)
        known = terms < len(self.frequency)
        terms, counts = terms[known], counts[known]
        held = self.frequency[terms]
        terms, counts, held = terms[held > 0], counts[held > 0], held[held > 0]
        rarity = np.log1p((self.documents - held + 0.5) / (held + 0.5))
        return terms, (counts * rarity * (bm25.k1 + 1)).astype(np.float32)

    def norm(self, bm25: Bm25) -> tuple[float, float]:
        """What is added to a term's count: one part always, the other for each of its terms."""
        mean = self.length / self.documents if self.length else 1.0
        return bm25.k1 * (1 - bm25.b), bm25.k1 * bm25.b / mean

    def parts(self, query: Terms, document: Terms, bm25: Bm25) -> dict[int, float]:
        """What each term of the query adds to the score of a document with these terms."""
        terms, weights = self.weights(query, bm25)
        base, slope = self.norm(bm25)
        norm = base + slope * int((document >= 0).sum())
        counts = [int((document == term).sum()) for term in terms]
        return {
            int(term): float(weight) * count / (count + norm)
            for term, weight, count in zip(terms, weights, counts, strict=True)
            if count
        }


def _counted(frequency: NDArray[np.int64], segment: Segment, sign: int) -> NDArray[np.int64]:
    size = int(segment.terms[-1]) + 1 if len(segment.terms) else 0
    grown = np.zeros(max(size, len(frequency)), np.int64)
    grown[: len(frequency)] = frequency
    grown[segment.terms] += sign * np.diff(segment.starts)
    return grown


def _belong_together(left: Segment, right: Segment) -> bool:
    """So that a document is merged a few times at most: small ones meet those of their size."""
    small, large = len(right.lengths), len(left.lengths)
    return large <= 2 * small and large + small <= DOCUMENTS


def _merged(left: Segment, right: Segment) -> Segment:
    shift = len(left.lengths)
    terms = np.concatenate([np.repeat(s.terms, np.diff(s.starts)) for s in (left, right)])
    documents = np.concatenate([left.documents, right.documents + np.uint16(shift)])
    order = np.argsort(terms, kind="stable")  # two runs in order: merged in one pass
    terms = terms[order]
    starts = np.flatnonzero(np.diff(terms, prepend=-1))
    return Segment(
        left.first,
        terms[starts],
        np.append(starts, len(terms)).astype(np.int64),
        documents[order],
        np.concatenate([left.counts, right.counts])[order],
        np.concatenate([left.lengths, right.lengths]),
    )
