"""Phrases that must or must not occur in a text, as whole words in any case."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from unicodedata import category, normalize

from wordllama.texts.scripts import UNSPACED

_UNSPACED = re.compile(f"[{UNSPACED}]")
_PLAIN = re.compile(r"[a-jl-z0-9]+(?![^\x00-\x7f])")


def says(phrase: str) -> Callable[[str], bool]:
    """A function text -> whether it holds the phrase's words one after another.

    What stands between words does not matter; a letter's marks do, however they are written.

    >>> holds = says("New York")
    >>> holds("(new-york)"), holds("new yorkers"), says("天気")("今日の天気")
    (True, False, True)
    """
    letter, mark = _classes()
    words = re.findall(f"[{letter}]+", _folded(phrase))
    if not words:
        return lambda text: False
    first, *others = words
    # What stands before it is looked at last: a pattern that begins with a word is found faster.
    before = "" if _UNSPACED.match(first) else f"(?<![{letter}]{first})"
    goes_on = mark if _UNSPACED.match(words[-1][-1]) else letter
    pattern = f"[^{letter}]+".join([first + before, *others]) + f"(?![{goes_on}])"
    found = re.compile(pattern).search
    return lambda text: found(_folded(text)) is not None


def part(phrase: str) -> str:
    """What each text that says the phrase holds, in any case: some of a to z and digits, or "".

    >>> part("in Café Strasse"), part("New York")
    ('stra', 'new')
    """
    # Other letters may be written for ss and k: ß, the Kelvin sign.
    runs = _PLAIN.findall(re.sub("ss+", " ", _folded(phrase)))
    return max(runs, key=len, default="")[:100]


def _folded(text: str) -> str:
    """Without letter case, and each character written in one way; _ is no letter."""
    folded = text.lower().replace("_", " ")
    if folded.isascii():
        return folded
    return normalize("NFC", folded.replace("ß", "ss").replace("ς", "σ"))


@lru_cache
def _classes() -> tuple[str, str]:
    """What words are made of, as ranges for a regular expression; and the marks among it."""
    codes = [*range(0x300, 0x20000), *range(0xE0100, 0xE01F0)]
    marks = "".join(chr(code) for code in codes if category(chr(code))[0] == "M")
    return rf"\w{marks}", marks
