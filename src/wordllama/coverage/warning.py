"""The warning that a model reads little of a corpus, from a sample of its texts."""

from __future__ import annotations

import re
import sys
import unicodedata
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wordllama.coverage import languages
from wordllama.coverage.pieces import reads_all, unread
from wordllama.encode.encoder import Encoder

SAMPLE = 256
"""The most texts that are looked at in a list of texts; at least `FEW`, or one in a hundred."""
FEW = 32
WINDOW = 1000
"""Characters that are looked at in a long text."""
RATE = 0.01
"""The share of unread texts from which on there is a warning."""
_GOLDEN = 0.6180339887498949
_NOT_A_SCRIPT = {"FULLWIDTH", "HALFWIDTH", "MODIFIER", "MATHEMATICAL"}
_LETTERS = re.compile(r"[^\W\d_]")


class CoverageWarning(UserWarning):
    """The model reads little of the texts: their vectors, and what follows from them, mean little.

    `warnings.filterwarnings("ignore", category=wordllama.CoverageWarning)` turns it off.
    """


@dataclass(frozen=True)
class Finding:
    """How many of the texts that were looked at are unread, and the script of most of them."""

    looked_at: int
    unread: int
    script: str
    made_for: tuple[str, ...] | None
    """The languages of the model."""

    @property
    def share(self) -> float:
        """The share of the texts that are unread."""
        return self.unread / max(self.looked_at, 1)

    def __str__(self) -> str:
        made_for = f" (made for {languages.named(self.made_for)})" if self.made_for else ""
        script, codes = languages.SCRIPTS.get(self.script, (self.script.title(), ()))
        found = languages.reader(codes, self.made_for)
        advice = f"the model {found[0]} reads {found[1]}" if found else "find a model that does"
        return (
            f"the model{made_for} does not read {self.share:.0%} of the texts ({self.unread:,} of "
            f"{self.looked_at:,} looked at; {script} script): their vectors are made of bytes, "
            "single letters or unknown pieces, so it can't tell which of them are alike; "
            f"{advice}"
        )


class Watch:
    """Counts, over one list of texts or many, those of a sample that the model does not read."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._looked_at = 0
        self._unread = 0
        self._scripts: Counter[str] = Counter()

    def see(self, texts: Sequence[str]) -> None:
        """Look at a sample of the texts."""
        some = sample(texts)
        self._looked_at += len(some)
        for i in unread(self._encoder, some).nonzero()[0].tolist():
            script = script_of(some[i])
            if script is not None:
                self._unread += 1
                self._scripts[script] += 1

    @property
    def finding(self) -> Finding | None:
        """What is worth a warning, if anything."""
        if self._unread < max(1, RATE * self._looked_at):
            return None
        script = self._scripts.most_common(1)[0][0]
        return Finding(self._looked_at, self._unread, script, self._encoder.languages)


def look(encoder: Encoder, texts: Sequence[str]) -> Finding | None:
    """Whether the model reads little of the texts, by a sample of them."""
    if len(texts) <= SAMPLE and reads_all(encoder, texts):
        return None
    watch = Watch(encoder)
    watch.see(texts)
    return watch.finding


def warn(finding: Finding | None) -> None:
    """Give the warning, as from the line outside this package that asked for what was done."""
    if finding is None:
        return
    level, frame = 2, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] == "wordllama":
        level, frame = level + 1, frame.f_back
    warnings.warn(str(finding), CoverageWarning, stacklevel=level)


def sample(texts: Sequence[str]) -> list[str]:
    """Some of the texts, or the middles of long ones, always the same and spread evenly.

    >>> len(sample(["text"] * 9)), len(sample(["text"] * 10_000)), len(sample(["text"] * 10**6))
    (9, 100, 256)
    """
    size = min(len(texts), max(FEW, min(SAMPLE, len(texts) // 100)))
    if size == len(texts):
        some = list(texts)
    else:  # not at equal distances, in case every second text is of another kind
        step = len(texts) / size
        some = [texts[int((i + i * _GOLDEN % 1) * step)] for i in range(size)]
    if max(map(len, some), default=0) <= WINDOW:
        return some
    return [_middle(text) for text in some]


def _middle(text: str) -> str:
    start = max(0, (len(text) - WINDOW) // 2)
    return text[start : start + WINDOW]


def script_of(text: str) -> str | None:
    """The script of most letters that are not ASCII; None if most of that is no letter.

    Of ASCII texts that of all letters. The name is the first word of the letters' Unicode names;
    "KANA" of Japanese, whose ideographs count as kana.

    >>> [script_of(text) for text in ("ዛሬ አየሩ", "今日は寒い", "lol 😂😂", "OK 天气", "plain")]
    ['ETHIOPIC', 'KANA', None, 'CJK', 'LATIN']
    """
    beyond = "" if text.isascii() else "".join(c for c in text if not c.isascii())
    letters = _LETTERS.findall(beyond or text)
    marks = sum(unicodedata.category(c)[0] == "M" for c in beyond)
    if not letters or 2 * (len(letters) + marks) < len(beyond):
        return None
    scripts = Counter(map(_script, letters))
    if scripts["HIRAGANA"] + scripts["KATAKANA"]:
        return "KANA"
    return scripts.most_common(1)[0][0]


def _script(letter: str) -> str:
    words = unicodedata.name(letter, "UNNAMED").split()
    return next((word for word in words if word not in _NOT_A_SCRIPT), "UNNAMED")
