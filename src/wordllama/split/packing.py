"""Pieces into chunks: the end that balances a strong border and a full chunk, then overlaps."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from wordllama.split.borders import SECTION
from wordllama.split.doubling import first_where
from wordllama.split.pieces import Pieces
from wordllama.split.ruler import Ruler
from wordllama.split.sentences import word_starts
from wordllama.texts.graphemes import is_border

_STRONGEST = SECTION + 0.25

_SHORT = 64
"""A piece of up to so many characters is looked through cluster by cluster."""

_TRIES = 3
"""Ends that may turn out too far, by a counter for which a whole is more than its parts."""


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
    """The piece after a chunk that begins with piece `first`."""
    offsets = pieces.offsets

    def fits(end: int) -> bool:
        return ruler.chunk_fits(offsets[first], offsets[end], limit)

    furthest = _furthest(ruler, pieces, first, last, limit)
    if furthest == last and fits(last):
        return last
    for _ in range(_TRIES):
        best = _best(pieces, first, furthest, limit)
        if best == first + 1 or fits(best):
            return best
        furthest = best - 1
    furthest = first + 1 + first_where(lambda n: not fits(first + 2 + n), furthest - first - 1)
    best = _best(pieces, first, furthest, limit)
    return best if fits(best) else furthest


def _furthest(ruler: Ruler, pieces: Pieces, first: int, last: int, limit: int) -> int:
    """The last end that the sum of the sizes allows, and the text where pieces count as nothing."""
    offsets, totals = pieces.offsets, pieces.totals
    table = ruler.continued(offsets[first])
    left = limit - table.size if table else limit
    furthest = min(last, bisect_right(totals, totals[first] + left) - 1)
    reach = ruler.reach(offsets[first], offsets[furthest], limit)
    reach = ruler.bare_row_end(offsets[first], reach)
    return max(bisect_right(offsets, reach) - 1, first + 1)


def _best(pieces: Pieces, first: int, furthest: int, limit: int) -> int:
    """The end whose border's strength and share of the limit sum to most."""
    best, best_score = furthest, -1.0
    for end in range(furthest, first, -1):
        fill = (pieces.totals[end] - pieces.totals[first]) / limit
        if fill + _STRONGEST < best_score:
            break
        if fill + pieces.strengths[end] > best_score:
            best, best_score = end, fill + pieces.strengths[end]
    return best


def overlapping_start(
    ruler: Ruler, pieces: Pieces, chunk: tuple[int, int, int], overlap: int, limit: int
) -> int:
    """Where a chunk begins that takes up to `overlap` from the one before it.

    `chunk` is (start of the one before, own start, own end), without overlaps. The first piece
    border in reach is taken; where none is, the first word, or cluster, in reach. A chunk that
    begins with a table's repeated header begins at a row with it, too, or before the table.
    """
    earliest, start, end = chunk
    if overlap == 0:
        return start

    def shared(candidate: int) -> bool:
        return ruler.size_up_to(candidate, start, overlap) <= overlap

    table = ruler.continued(start)

    def whole(candidate: int) -> bool:
        headed = table is None or candidate <= table.start or ruler.continued(candidate) == table
        return headed and ruler.chunk_fits(candidate, end, limit)

    at = bisect_left(pieces.offsets, start)
    low = bisect_left(pieces.totals, pieces.totals[at] - overlap)
    low = max(low, bisect_left(pieces.offsets, earliest))
    candidates: Sequence[int] = pieces.offsets[low:at]
    if not candidates:
        if table:
            return start  # not in the middle of the row before
        low = pieces.offsets[at - 1]
        candidates = [low + offset for offset in word_starts(ruler.text[low:start])]
    if candidates:
        place = first_where(lambda n: shared(candidates[n]), len(candidates))
        place += first_where(lambda n: whole(candidates[place + n]), len(candidates) - place)
        return candidates[place] if place < len(candidates) else start
    if start - low > _SHORT:  # a run of spaces or dots, a word without end
        share = (start - low) * overlap // (pieces.totals[at] - pieces.totals[at - 1])
        low += first_where(lambda n: shared(low + 1 + n), start - low - 1, start - low - share)
    clusters = (n for n in range(low + 1, start) if is_border(ruler.text, n, low))
    return next((n for n in clusters if shared(n) and whole(n)), start)
