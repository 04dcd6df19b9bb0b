"""Pieces into chunks: the end that balances a strong border and a full chunk, then overlaps."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from wordllama.split.borders import SECTION
from wordllama.split.pieces import Pieces, Ruler
from wordllama.split.sentences import word_starts
from wordllama.texts.graphemes import graphemes

_STRONGEST = SECTION + 0.25


def packed(ruler: Ruler, pieces: Pieces, first: int, last: int, limit: int) -> list[int]:
    """Pieces `first` to `last` in chunks under `limit`: the piece after each chunk.

    A chunk ends where the strength of the border and the share of the limit that is filled sum to
    most; what is left at the end comes as one chunk if it fits.
    """
    ends = []
    while first < last:
        first = _end(ruler, pieces, first, last, limit)
        ends.append(first)
    return ends


def _end(ruler: Ruler, pieces: Pieces, first: int, last: int, limit: int) -> int:
    offsets, strengths, totals = pieces.offsets, pieces.strengths, pieces.totals
    furthest = min(last, bisect_right(totals, totals[first] + limit) - 1)
    if furthest == last and ruler.chunk_size(offsets[first], offsets[last]) <= limit:
        return last
    while furthest > first + 1:
        best, best_score = furthest, -1.0
        for end in range(furthest, first, -1):
            fill = (totals[end] - totals[first]) / limit
            if fill + _STRONGEST < best_score:
                break
            if fill + strengths[end] > best_score:
                best, best_score = end, fill + strengths[end]
        if ruler.chunk_size(offsets[first], offsets[best]) <= limit:
            return best
        furthest = best - 1
    return first + 1


def overlapping_start(
    ruler: Ruler, pieces: Pieces, chunk: tuple[int, int, int], overlap: int, limit: int
) -> int:
    """Where a chunk begins that takes up to `overlap` from the one before it.

    `chunk` is (start of the one before, own start, own end), without overlaps. The first piece
    border in reach is taken; where none is, the first word, or cluster, in reach.
    """
    earliest, start, end = chunk
    if overlap == 0:
        return start
    at = bisect_left(pieces.offsets, start)
    low = bisect_left(pieces.totals, pieces.totals[at] - overlap)
    low = max(low, bisect_left(pieces.offsets, earliest))
    candidates = pieces.offsets[low:at] or _finer_starts(ruler.text, pieces.offsets[at - 1], start)
    for candidate in candidates:
        if ruler.size(candidate, start) <= overlap and ruler.chunk_size(candidate, end) <= limit:
            return candidate
    return start


def _finer_starts(text: str, earliest: int, start: int) -> list[int]:
    words = [earliest + offset for offset in word_starts(text[earliest:start])]
    if words:
        return words
    return [earliest + at for at in accumulate(map(len, graphemes(text[earliest:start])))][:-1]
