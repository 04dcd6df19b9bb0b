"""Where a text may be cut well, and how well: borders with a strength, and what to keep whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

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


@dataclass
class Borders:
    """Borders of one text, gathered in any order."""

    strengths: dict[int, float] = field(default_factory=dict)
    """Offset -> strength."""
    whole: list[tuple[int, int]] = field(default_factory=list)
    """Spans (start, end) not to be cut inside where they fit under the limit."""

    def add(self, offset: int, strength: float) -> None:
        """A border at `offset`; the stronger counts where there is one already."""
        self.strengths[offset] = max(strength, self.strengths.get(offset, WORD))

    def keep(self, start: int, end: int) -> None:
        """No cut between `start` and `end` if that span fits."""
        self.whole.append((start, end))

    def add_sentences(self, text: str, start: int, end: int) -> int:
        """The borders of the sentences in `text[start:end]`; gives the end of the first one."""
        starts = sentence_starts(text[start:end])
        for offset in starts:
            self.add(start + offset, SENTENCE)
        return start + starts[0] if starts else end


_PARAGRAPH = re.compile(r"\n[ \t\r]*\n(?:[ \t\r]*\n)*|\f+|\u2029+")
_LINE_END = re.compile(r"\n")
_BULLET = re.compile(r"[ \t]*(?:[-*+•‣◦–]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)])[ \t]")
_WRAPPED = 50
"""A line of at least so many characters that no stop ends goes on in the next one."""


def text_borders(text: str) -> Borders:
    """Borders of running text: paragraphs, lines that do not just wrap, list items, sentences."""
    borders = Borders()
    borders.add_sentences(text, 0, len(text))
    start = 0
    for line_end in _LINE_END.finditer(text):
        after = line_end.end()
        if _is_line_border(text, start, after):
            borders.add(after, LINE)
        start = after
    for paragraph in _PARAGRAPH.finditer(text):
        borders.add(paragraph.end(), PARAGRAPH)
    return borders


def _is_line_border(text: str, start: int, after: int) -> bool:
    """Whether the line `text[start:after]` ends more than a row of a wrapped paragraph."""
    line = text[start : after - 1].rstrip()
    if not line or text.startswith(("\n", "\r"), after):
        return False  # next to an empty line, which is a paragraph's border
    following = text[after : after + 12]
    if _BULLET.match(following):
        return True
    if line[-1] in '.!?:;"”»)' or following[:1] in " \t":
        return True
    return len(line) < _WRAPPED and not following[:1].islower()
