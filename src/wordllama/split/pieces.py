"""A text in pieces that each fit under a limit: what chunks are put together from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import numpy as np

from wordllama.encode.encoder import Encoder
from wordllama.split.borders import CLAUSE, GRAPHEME, SECTION, SENTENCE, WORD, Borders
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


Finder = Callable[[int, int], list[tuple[int, float]]]
"""(start, end) -> offsets between them and the strengths of the borders there, in order."""

_FINER = ((sentence_starts, SENTENCE), (clause_starts, CLAUSE), (word_starts, WORD))


@dataclass(frozen=True)
class Ruler:
    """Measures spans of `text` in characters, or in tokens if there is a counter."""

    text: str
    count: Count | None = None
    known: dict[tuple[int, int], int] = field(default_factory=dict)

    def size(self, start: int, end: int) -> int:
        """Size of `text[start:end]`."""
        return end - start if self.count is None else self.count(self.text[start:end])

    def sizes(self, offsets: Sequence[int]) -> list[int]:
        """Sizes of the spans between offsets; a counter with `many` is asked once for all."""
        spans = pairwise(offsets)
        many = getattr(self.count, "many", None)
        if many is None:
            return [self.size(start, end) for start, end in spans]
        return list(many([self.text[start:end] for start, end in spans]))

    def chunk_size(self, start: int, end: int) -> int:
        """The same, remembered."""
        if self.count is None:
            return end - start
        if (start, end) not in self.known:
            self.known[start, end] = self.size(start, end)
        return self.known[start, end]


@dataclass(frozen=True)
class Pieces:
    """Piece i is `text[offsets[i]:offsets[i + 1]]`."""

    offsets: list[int]
    strengths: list[float]
    """Strength of the border at each offset."""
    totals: list[int]
    """Sum of the sizes of the pieces before each offset; in tokens, an estimate of a span's."""

    def __len__(self) -> int:
        return len(self.offsets) - 1


def pieces_of(ruler: Ruler, borders: Borders, limit: int) -> Pieces:
    """The text cut at `borders` outside of spans to keep whole, and finer where that is too big."""
    text = ruler.text
    inside = sorted(at for at in borders.strengths if 0 < at < len(text))
    if not text.isascii() or "\r" in text:
        inside = [at for at in inside if is_border(text, at)]
    kept = _outside_whole(ruler, [0, *inside, len(text)], borders.whole, limit)
    strengths = borders.strengths

    def given(start: int, end: int) -> list[tuple[int, float]]:
        within = inside[bisect_right(inside, start) : bisect_left(inside, end)]
        return [(at, strengths[at]) for at in within]

    finer = [given, *(_finder(text, starts, strength) for starts, strength in _FINER)]
    rows = [(0, SECTION, 0)]
    for (start, end), size in zip(pairwise(kept), ruler.sizes(kept), strict=True):
        span = (start, end, strengths.get(end, SECTION))
        if size <= limit:
            rows.append((end, span[2], size))
        else:
            rows += _finer(ruler, span, finer, limit)
    offsets, borne, sizes = map(list, zip(*rows, strict=True))
    return Pieces(offsets, borne, list(accumulate(sizes)))


def _finder(text: str, starts: Callable[[str], list[int]], strength: float) -> Finder:
    def found(start: int, end: int) -> list[tuple[int, float]]:
        offsets = (start + offset for offset in starts(text[start:end]))
        return [(at, strength) for at in offsets if is_border(text, at, start)]

    return found


def _outside_whole(
    ruler: Ruler, offsets: list[int], whole: list[tuple[int, int]], limit: int
) -> list[int]:
    """The offsets that lie inside no span of `whole` that fits."""
    if not whole:
        return offsets
    totals = [0, *accumulate(ruler.sizes(offsets))]
    changes = [0] * (len(offsets) + 1)
    for start, end in whole:
        first, after = bisect_right(offsets, start), bisect_left(offsets, end)
        if first < after and _fits(ruler, start, end, totals[after] - totals[first - 1], limit):
            changes[first] += 1
            changes[after] -= 1
    depths = accumulate(changes)
    return [offset for offset, depth in zip(offsets, depths, strict=False) if depth == 0]


def _fits(ruler: Ruler, start: int, end: int, estimate: int, limit: int) -> bool:
    """Parts counted apart sum to somewhat more tokens than the whole."""
    return estimate <= limit or (estimate <= 2 * limit and ruler.size(start, end) <= limit)


def _finer(
    ruler: Ruler, span: tuple[int, int, float], finer: Sequence[Finder], limit: int
) -> Iterator[tuple[int, float, int]]:
    """(end, strength of the border there, size) of pieces that fit, of a span that does not."""
    if not finer:
        yield from _clusters(ruler, span, limit)
        return
    start, end, strength = span
    for cut, inner in [*finer[0](start, end), (end, strength)]:
        size = ruler.size(start, cut)
        if size <= limit:
            yield cut, inner, size
        else:
            yield from _finer(ruler, (start, cut, inner), finer[1:], limit)
        start = cut


def _clusters(
    ruler: Ruler, span: tuple[int, int, float], limit: int
) -> Iterator[tuple[int, float, int]]:
    """As `_finer`, with as many grapheme clusters to a piece as fit."""
    start, end, strength = span
    while start < end:
        cut = _cluster_cut(ruler, start, end, limit)
        yield cut, strength if cut == end else GRAPHEME, ruler.size(start, cut)
        start = cut


def _cluster_cut(ruler: Ruler, start: int, end: int, limit: int) -> int:
    """The furthest end of a cluster (of a character, if need be) that fits."""
    reach = min(limit, end - start)
    while reach > 1 and ruler.size(start, start + reach) > limit:
        reach //= 2
    least = ruler.size(start, start + reach)
    if least > limit:
        raise ValueError(
            f"limit less overlap must be at least {least}, the tokens of the character "
            f"{ruler.text[start]!r} at {start}, not {limit}"
        )
    while start + reach < end and ruler.size(start, min(end, start + 2 * reach)) <= limit:
        reach = min(end - start, 2 * reach)
    longer = range(reach + 1, min(end - start, 2 * reach))
    reach += bisect_right(longer, limit, key=lambda n: ruler.size(start, start + n))
    cut = min(end, last_border(ruler.text, start + reach, start))
    while ruler.size(start, cut) > limit:  # a counter for which less text can be more tokens
        cut += 1 if cut < start + reach else -1
    return cut
