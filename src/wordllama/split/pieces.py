"""A text in pieces that each fit under a limit: what chunks are put together from."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from wordllama.split.borders import CLAUSE, GRAPHEME, SECTION, SENTENCE, WORD, Borders
from wordllama.split.doubling import first_where
from wordllama.split.ruler import Ruler
from wordllama.split.sentences import clause_starts, sentence_starts, word_starts
from wordllama.split.whole import levels
from wordllama.texts.graphemes import is_border, last_border

_BLOCK = 1024
"""Spans that are measured together: bounds the memory."""


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

    top, *given = [
        (array("q", (offsets[i] for i in level)), array("d", (strengths[i] for i in level)))
        for level in levels(ruler, offsets, borders, limit)
    ] + [(offsets, strengths)]
    finer = [_given(*level) for level in given]
    finer += [_finder(text, plain, starts, strength) for starts, strength in _FINER]
    pieces = Pieces(array("q", [0]), array("d", [SECTION]), array("q", [0]))
    first = islice(zip(*top, strict=True), 1, None)
    for end, strength, size in _fitting(ruler, 0, first, finer, limit):
        pieces.offsets.append(end)
        pieces.strengths.append(strength)
        pieces.totals.append(pieces.totals[-1] + size)
    return pieces


def _given(offsets: array[int], strengths: array[float]) -> Finder:
    def borders(start: int, end: int) -> Iterable[Border]:
        first, last = bisect_right(offsets, start), bisect_left(offsets, end)
        return zip(offsets[first:last], strengths[first:last], strict=True)

    return borders


def _finder(
    text: str, plain: bool, starts: Callable[[str], Iterable[int]], strength: float
) -> Finder:
    def borders(start: int, end: int) -> Iterator[Border]:
        for offset in starts(text[start:end]):
            if plain or is_border(text, start + offset, start):
                yield start + offset, strength

    return borders


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
