"""Chunks that each stay with one subject: the cuts that make their pieces point one way."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wordllama.split.borders import SENTENCE
from wordllama.split.packing import packed
from wordllama.split.pieces import Pieces
from wordllama.split.published import Embed, unit_vectors
from wordllama.split.ruler import Ruler

_BLOCK = 8192
"""Pieces looked at together: bounds the memory."""

_ROWS = 64
"""Ends of chunks whose possible worths are computed together."""

_LEAST = 1e-3
"""Of the length of the pieces around a cut: its least price, where all pieces are the same."""

_AROUND = 8
"""The most pieces on each side of a cut that tell how much it gains."""

Vectors = NDArray[np.float64]


def topic_ends(ruler: Ruler, pieces: Pieces, embed: Embed, limit: int) -> list[int]:
    """Pieces in chunks under `limit`: the piece after each chunk.

    A chunk is worth the length of the sum of its pieces' vectors (unit vectors times the root of
    the piece's length): the more they point one way, the longer it is. The cuts are those with the
    most worth in all, less a price for each chunk, by dynamic programming (Alemi & Ginsparg 2015,
    Text Segmentation based on Semantic Word Embeddings). The price is what a cut gains at the
    median border; strong borders of the text cost less, those within a sentence more.
    """
    ends: list[int] = []
    first = 0
    while first < len(pieces):
        last = min(len(pieces), first + _BLOCK)
        found = _best_ends(ruler, pieces, first, last, embed, limit)
        # The last chunk of a block may go on in the next one.
        kept = found if last == len(pieces) or len(found) == 1 else found[:-1]
        for end in kept:
            ends += _under_limit(ruler, pieces, first, end, limit)
            first = end
    return ends


def _under_limit(ruler: Ruler, pieces: Pieces, first: int, end: int, limit: int) -> list[int]:
    """The chunk itself, or several where the estimate was too low or a table's header is added."""
    whole = ruler.chunk_size(pieces.offsets[first], pieces.offsets[end]) <= limit
    if whole and not ruler.tables:
        return [end]
    return packed(ruler, pieces, first, end, limit)


def _best_ends(
    ruler: Ruler, pieces: Pieces, first: int, last: int, embed: Embed, limit: int
) -> list[int]:
    totals = np.array(pieces.totals[first : last + 1])
    sums = _running_sums(ruler, pieces, first, last, embed)
    price = _price(sums)
    strengths = np.array(pieces.strengths[first : last + 1])
    prices = price * (1 - 0.5 * (strengths - SENTENCE))
    earliest = np.searchsorted(totals, totals - limit)
    n = last - first
    worth = np.zeros(n + 1)
    start_of = np.zeros(n + 1, np.int64)
    for row in range(1, n + 1, _ROWS):
        lowest = earliest[row]
        lengths = _lengths_between(sums[lowest : row + _ROWS], row - lowest)
        for end in range(row, min(row + _ROWS, n + 1)):
            low = earliest[end]
            options = worth[low:end] + lengths[end - row, low - lowest : end - lowest]
            best = int(options.argmax())
            worth[end] = options[best] - prices[end]
            start_of[end] = low + best
    ends = []
    end = n
    while end > 0:
        ends.append(first + end)
        end = int(start_of[end])
    return ends[::-1]


def _running_sums(ruler: Ruler, pieces: Pieces, first: int, last: int, embed: Embed) -> Vectors:
    """(n + 1, dim): the sum of the weighted vectors before each piece."""
    offsets = pieces.offsets[first : last + 1]
    texts = [ruler.text[start:end] for start, end in pairwise(offsets)]
    weights = np.sqrt(np.diff(offsets))[:, None]
    vectors = unit_vectors(embed, texts).astype(np.float64) * weights
    return np.concatenate((np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0)))


def _price(sums: Vectors) -> float:
    """What a cut gains at the median border, of the pieces around it (fewer in short texts)."""
    around = min(max(len(sums) // 4, 2), _AROUND)
    at = np.arange(1, len(sums) - 1)
    if len(at) == 0:
        return 0.0
    before = sums[at] - sums[np.maximum(at - around, 0)]
    after = sums[np.minimum(at + around, len(sums) - 1)] - sums[at]
    apart = _lengths(before) + _lengths(after)
    gain = apart - _lengths(before + after)
    return max(float(np.median(gain)), _LEAST * float(np.median(apart)))


def _lengths_between(sums: Vectors, first: int) -> Vectors:
    """[i, j]: length of the sum of the pieces from j to `first` + i (sums less their start)."""
    sums = sums - sums[0]  # keeps the numbers small
    squares = np.einsum("ij,ij->i", sums, sums)
    between = squares[first:, None] + squares - 2 * (sums[first:] @ sums.T)
    lengths: Vectors = np.sqrt(np.maximum(between, 0))
    return lengths


def _lengths(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return lengths
