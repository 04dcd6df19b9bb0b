"""Where a text may be cut well, and how well: borders with a strength, and what to keep whole."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from wordllama.split.sentences import sentence_starts

# A border's strength is weighed against how full a chunk that ends there is (0 to 1): a paragraph's
# end at 65 % of the limit is better than a sentence's end at 100 %.
GRAPHEME = -0.5
WORD = 0.0
CLAUSE = 0.15
SENTENCE = 0.4
LINE = 0.5
PARAGRAPH = 0.8
SECTION = 1.0
_NONE = -1.0


@dataclass(frozen=True)
class Table:
    """A table's places in the text, and its header as it can be put before any of its rows."""

    start: int
    rows: int
    """Where the first row after the header begins."""
    end: int
    header: str
    """Its header row and delimiter row, indented or quoted as the rows are."""
    size: int = 0
    """Of the header, where a ruler repeats it."""


@dataclass
class Borders:
    """Borders of one text, gathered in any order."""

    offsets: array[int] = field(default_factory=lambda: array("q"))
    strengths: array[float] = field(default_factory=lambda: array("d"))
    """Strength of the border at each offset; the strongest counts where there are several."""
    whole: list[tuple[int, int]] = field(default_factory=list)
    """Spans (start, end) not to be cut inside where they fit under the limit.

    Of two that fit and overlap, the one that ends later counts.
    """
    around: list[tuple[int, int]] = field(default_factory=list)
    """As `whole`, but cut where they overlap a span of `whole` and both together do not fit."""
    tables: list[Table] = field(default_factory=list)
    """Tables with rows, in order."""
    small: int = 0
    """Paragraphs of up to so many characters need no borders inside."""

    def add(self, offset: int, strength: float) -> None:
        """A border at `offset`."""
        self.offsets.append(offset)
        self.strengths.append(strength)

    def keep(self, start: int, end: int) -> None:
        """No cut between `start` and `end` if that span fits."""
        self.whole.append((start, end))

    def add_sentences(self, text: str, start: int, end: int) -> int:
        """The borders of the sentences in a paragraph; gives the end of its first piece."""
        if end - start <= self.small:
            return end
        first = end
        for offset in sentence_starts(text[start:end]):
            first = min(first, start + offset)
            self.add(start + offset, SENTENCE)
        return first

    def in_order(self, end: int) -> tuple[array[int], array[float]]:
        """Offsets and strengths of the borders from 0 to `end`, both included, each offset once."""
        offsets = np.concatenate(([0], np.array(self.offsets, np.int64), [end]))
        strengths = np.concatenate(([SECTION], np.array(self.strengths), [_NONE]))
        order = np.lexsort((strengths, offsets))
        offsets, strengths = offsets[order], strengths[order]
        strongest = np.append(offsets[1:] != offsets[:-1], True) & (offsets <= end)
        offsets, strengths = offsets[strongest], strengths[strongest]
        if strengths[-1] == _NONE:
            strengths[-1] = SECTION
        return array("q", offsets.tobytes()), array("d", strengths.tobytes())


_EMPTY_LINES = re.compile(r"\n[ \t\r]*\n(?:[ \t\r]*\n)*")
_SEPARATORS = re.compile(r"\f+|\u2029+")
_STOPS = frozenset('.!?:;"”»)。！？')
_BULLET = re.compile(r"[ \t]*(?:[-*+•‣◦–]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)])[ \t]")
_WRAPPED = 50
"""A line of at least so many characters that no stop ends goes on in the next one."""


def text_borders(text: str, small: int = 0) -> Borders:
    """Borders of running text: paragraphs, lines that do not just wrap, list items, sentences."""
    borders = Borders(small=small)
    for start, end in pairwise([0, *_paragraph_ends(text), len(text)]):
        borders.add(end, PARAGRAPH)
        if end - start > small:
            borders.add_sentences(text, start, end)
            _add_lines(borders, text, start, end)
    return borders


def _paragraph_ends(text: str) -> list[int]:
    ends = [lines.end() for lines in _EMPTY_LINES.finditer(text)]
    if "\f" in text or "\u2029" in text:
        ends = sorted({*ends, *(mark.end() for mark in _SEPARATORS.finditer(text))})
    return ends


def _add_lines(borders: Borders, text: str, start: int, end: int) -> None:
    for line, following in pairwise(text[start:end].split("\n")):
        start += len(line) + 1
        if line and following and _is_line_border(line, following):
            borders.add(start, LINE)


def _is_line_border(line: str, following: str) -> bool:
    """Whether a line ends more than a row of a wrapped paragraph."""
    last, first = line[-1], following[0]
    if last in "\r \t":
        last = line.rstrip()[-1:]
    if first == "\r" or not last:
        return False  # next to an empty line, which is a paragraph's border
    if last in _STOPS or first in " \t":
        return True
    if len(line) < _WRAPPED and not first.islower():
        return True
    return not first.isalpha() and bool(_BULLET.match(following))
