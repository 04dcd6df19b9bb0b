"""Which borders lie outside the spans of a text that are kept whole."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate, groupby
from operator import itemgetter

from wordllama.split.borders import Borders
from wordllama.split.ruler import Ruler

Span = tuple[int, int]


def levels(ruler: Ruler, offsets: array[int], borders: Borders, limit: int) -> list[array[int]]:
    """Places of the offsets outside all spans to keep whole that fit, and where a piece between
    those is too big, of the offsets outside `borders.whole` alone; none without such spans.
    """
    if not borders.whole and not borders.around:
        return []
    totals = array("q", accumulate(ruler.sizes(offsets, limit), initial=0))

    def cuttable(span: Span) -> bool:
        first, after = _inside(offsets, span)
        return first < after

    def fits(span: Span) -> bool:
        first, after = _inside(offsets, span)
        estimate = totals[after] - totals[first - 1]
        # Parts counted apart sum to somewhat more tokens than the whole.
        return estimate <= limit or (
            estimate <= 2 * limit and ruler.size_up_to(*span, limit) <= limit
        )

    def longest(spans: list[Span]) -> list[Span]:
        """Of those with one end, the longest that fits, which holds the others; by their ends."""
        kept = []
        for _, group in groupby(sorted(set(spans), key=itemgetter(1, 0)), key=itemgetter(1)):
            candidates = list(filter(cuttable, group))
            place = bisect_left(candidates, True, key=fits)
            kept += candidates[place : place + 1]
        return kept

    whole = _without_overlap(longest(borders.whole))
    around = longest(borders.around)
    outside = [_outside(offsets, [*whole, *around])] if around else []
    return [*outside, _outside(offsets, whole)]


def _without_overlap(spans: Iterable[Span]) -> list[Span]:
    """Spans in the order of their ends, without those that overlap one that ends later."""
    kept: list[Span] = []
    for span in spans:
        while kept and kept[-1][1] > span[0]:
            kept.pop()
        kept.append(span)
    return kept


def _outside(offsets: array[int], spans: list[Span]) -> array[int]:
    """Which of the offsets, by their places, lie inside no span."""
    changes = array("q", bytes(8 * (len(offsets) + 1)))
    for span in spans:
        first, after = _inside(offsets, span)
        changes[first] += 1
        changes[after] -= 1
    depths = zip(range(len(offsets)), accumulate(changes), strict=False)
    return array("q", (place for place, depth in depths if depth == 0))


def _inside(offsets: array[int], span: Span) -> Span:
    """The place of the first offset inside the span, and that after the last."""
    return bisect_right(offsets, span[0]), bisect_left(offsets, span[1])
