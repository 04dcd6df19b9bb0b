"""A text in pieces that each fit under a limit: what chunks are put together from."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, groupby, islice, pairwise
from operator import itemgetter

import numpy as np

from wordllama.encode.encoder import Encoder
from wordllama.split.borders import CLAUSE, GRAPHEME, SECTION, SENTENCE, WORD, Borders
from wordllama.split.doubling import first_where
from wordllama.split.sentences import clause_starts, sentence_starts, word_starts
from wordllama.texts.graphemes import is_border, last_border

Count = Callable[[str], int]
"""A text -> how many tokens it has."""


class TokenCount:
    """Counts a model's tokens, of one text or of many at once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def __call__(self, text: str) -> int:
        """Tokens of the text."""
        return len(self._encoder.token_ids([text])[0])

    def many(self, texts: list[str]) -> list[int]:
        """Tokens of each text."""
        counts: list[int] = np.diff(self._encoder.token_ids(texts)[1]).tolist()
        return counts


_BLOCK = 1024
"""Spans counted in one call of `many`: bounds the memory."""

_PER_TOKEN = 16
"""A span of more characters a token than this is counted from its beginning on, by doubling."""


@dataclass(frozen=True)
class Ruler:
    """Measures spans of `text` in characters, or in tokens if there is a counter."""

    text: str
    count: Count | None = None
    known: dict[tuple[int, int], int] = field(default_factory=dict)
    """Sizes of spans that became chunks or might have."""

    def size(self, start: int, end: int) -> int:
        """Size of `text[start:end]`."""
        return end - start if self.count is None else self.count(self.text[start:end])

    def reach(self, start: int, end: int, limit: int) -> int:
        """`end`, or the end of a long text's beginning that is over `limit`: found by doubling.

        So no span is counted much further than it fits, however long it is.
        """
        if self.count is None:
            return end
        length = _PER_TOKEN * limit
        while length < end - start and self.size(start, start + length) <= limit:
            length *= 2
        return min(end, start + length)

    def size_up_to(self, start: int, end: int, limit: int) -> int:
        """Size of `text[start:end]`, or of a beginning of it that is over `limit`."""
        return self.size(start, self.reach(start, end, limit))

    def sizes(self, offsets: Sequence[int], limit: int) -> Iterator[int]:
        """Sizes of the spans between offsets; of a long one perhaps only of a part over `limit`.

        A counter with `many` is asked for a block of spans at once.
        """
        many = getattr(self.count, "many", None)
        if many is None:
            for start, end in pairwise(offsets):
                yield self.size_up_to(start, end, limit)
            return
        short = _PER_TOKEN * limit
        for first in range(0, len(offsets) - 1, _BLOCK):
            spans = list(pairwise(offsets[first : first + _BLOCK + 1]))
            counted = iter(many([self.text[a:b] for a, b in spans if b - a <= short]))
            for start, end in spans:
                if end - start <= short:
                    yield next(counted)
                else:
                    yield self.size_up_to(start, end, limit)

    def chunk_fits(self, start: int, end: int, limit: int) -> bool:
        """Whether a chunk of that span is within `limit`; its size is remembered."""
        if self.count is None:
            return end - start <= limit
        if (start, end) not in self.known:
            size = self.size_up_to(start, end, limit)
            if size > limit:
                return False
            self.known[start, end] = size
        return self.known[start, end] <= limit

    def chunk_size(self, start: int, end: int) -> int:
        """The size of a chunk of that span."""
        known = self.known.get((start, end))
        return self.size(start, end) if known is None else known


@dataclass(frozen=True)
class Pieces:
    """Piece i is `text[offsets[i]:offsets[i + 1]]`."""

    offsets: array[int]
    strengths: array[float]
    """Strength of the border at each offset."""
    totals: array[int]
    """Sum of the sizes of the pieces before each offset; in tokens, an estimate of a span's."""

    def __len__(self) -> int:
        return len(self.offsets) - 1


Border = tuple[int, float]
"""Offset and strength."""

Finder = Callable[[int, int], Iterable[Border]]
"""(start, end) -> the borders between them, in order."""

_FINER = ((sentence_starts, SENTENCE), (clause_starts, CLAUSE), (word_starts, WORD))


def pieces_of(ruler: Ruler, borders: Borders, limit: int) -> Pieces:
    """The text cut at `borders` outside of spans to keep whole, and finer where that is too big."""
    text = ruler.text
    offsets, strengths = borders.in_order(len(text))
    plain = text.isascii() and "\r" not in text
    if not plain:
        last = len(offsets) - 1
        clean = [i for i, at in enumerate(offsets) if i in (0, last) or is_border(text, at)]
        offsets = array("q", (offsets[i] for i in clean))
        strengths = array("d", (strengths[i] for i in clean))

    def given(start: int, end: int) -> Iterable[Border]:
        first, last = bisect_right(offsets, start), bisect_left(offsets, end)
        return zip(offsets[first:last], strengths[first:last], strict=True)

    finer = [given, *(_finder(text, plain, starts, strength) for starts, strength in _FINER)]
    kept = _outside_whole(ruler, offsets, borders.whole, limit)
    top = ((offsets[i], strengths[i]) for i in kept if i)
    pieces = Pieces(array("q", [0]), array("d", [SECTION]), array("q", [0]))
    for end, strength, size in _fitting(ruler, 0, top, finer, limit):
        pieces.offsets.append(end)
        pieces.strengths.append(strength)
        pieces.totals.append(pieces.totals[-1] + size)
    return pieces


def _finder(
    text: str, plain: bool, starts: Callable[[str], Iterable[int]], strength: float
) -> Finder:
    def borders(start: int, end: int) -> Iterator[Border]:
        for offset in starts(text[start:end]):
            if plain or is_border(text, start + offset, start):
                yield start + offset, strength

    return borders


def _outside_whole(
    ruler: Ruler, offsets: array[int], whole: list[tuple[int, int]], limit: int
) -> Iterable[int]:
    """Which of the offsets, by their places, lie inside no span of `whole` that fits."""
    if not whole:
        return range(len(offsets))
    totals = array("q", accumulate(ruler.sizes(offsets, limit), initial=0))

    def fits(span: tuple[int, int]) -> bool:
        first, after = _inside(offsets, span)
        estimate = totals[after] - totals[first - 1]
        # Parts counted apart sum to somewhat more tokens than the whole.
        return estimate <= limit or (
            estimate <= 2 * limit and ruler.size_up_to(*span, limit) <= limit
        )

    changes = array("q", bytes(8 * (len(offsets) + 1)))
    longest_first = sorted(set(whole), key=itemgetter(1, 0))
    for _, spans in groupby(longest_first, key=itemgetter(1)):
        # Of those with one end, the longest that fits holds the others.
        cuttable = [(span, _inside(offsets, span)) for span in spans]
        cuttable = [(span, inside) for span, inside in cuttable if inside[0] < inside[1]]
        place = bisect_left(cuttable, True, key=lambda item: fits(item[0]))
        if place < len(cuttable):
            first, after = cuttable[place][1]
            changes[first] += 1
            changes[after] -= 1
    return (
        i for i, depth in zip(range(len(offsets)), accumulate(changes), strict=False) if depth == 0
    )


def _inside(offsets: array[int], span: tuple[int, int]) -> tuple[int, int]:
    """The place of the first offset inside the span, and that after the last."""
    return bisect_right(offsets, span[0]), bisect_left(offsets, span[1])


def _fitting(
    ruler: Ruler, start: int, borders: Iterable[Border], finer: Sequence[Finder], limit: int
) -> Iterator[tuple[int, float, int]]:
    """(end, strength of the border there, size) of pieces that fit, from `start` on.

    A span between two borders that does not fit is cut by the first of `finer`, what then does
    not by the next one, and at last between grapheme clusters.
    """
    borders = iter(borders)
    while block := list(islice(borders, _BLOCK)):
        offsets = [start, *(end for end, _ in block)]
        sizes = ruler.sizes(offsets, limit)
        for (end, strength), size in zip(block, sizes, strict=True):
            if size <= limit:
                yield end, strength, size
            elif finer:
                inner = chain(finer[0](start, end), [(end, strength)])
                yield from _fitting(ruler, start, inner, finer[1:], limit)
            else:
                yield from _clusters(ruler, (start, end, strength), limit)
            start = end


def _clusters(
    ruler: Ruler, span: tuple[int, int, float], limit: int
) -> Iterator[tuple[int, float, int]]:
    """As `_fitting`, with as many grapheme clusters to a piece as fit."""
    start, end, strength = span
    reach = limit
    while start < end:
        reach = _reach(ruler, start, end - start, limit, reach)
        cut = min(end, last_border(ruler.text, start + reach, start))
        while not ruler.chunk_fits(start, cut, limit):
            # A counter for which less text can be more tokens.
            nearer = last_border(ruler.text, start + max(1, (cut - start) // 2), start)
            cut = nearer if nearer < cut else start + reach
        yield cut, strength if cut == end else GRAPHEME, ruler.chunk_size(start, cut)
        start = cut


def _reach(ruler: Ruler, start: int, most: int, limit: int, guess: int) -> int:
    """How many characters from `start` on fit, at most `most`; the search begins at `guess`."""

    def over(n: int) -> bool:
        return not ruler.chunk_fits(start, start + n + 1, limit)

    reach = first_where(over, most, guess)
    if reach == 0:
        raise ValueError(
            f"limit less overlap must be at least {ruler.size(start, start + 1)}, the tokens of "
            f"the character {ruler.text[start]!r} at {start}, not {limit}"
        )
    return reach
