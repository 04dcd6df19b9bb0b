"""Where sentences, clauses and words begin in running text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wordllama.split.published import TERMINALS

_FULL_WIDTH = frozenset("。！？｡．")
_OPENERS = " \"'“‘«‹([{¿¡—–-*_"
_END = re.compile(
    f"(?P<stop>[{TERMINALS}…])(?P<more>[{TERMINALS}…\"'’”»›」』】）》)\\]}}*_]*)"
    r"(?P<space>[ \t\u3000]*\r?\n(?:[ \t\r]*\n)*|[ \t\u3000]*)"
)
_CLAUSE = re.compile(r"[,;:—–][ \t\n]+|[，、；：]")
_WORD = re.compile(r"\s+|\u200b")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Short forms by what their full stop may end: never a sentence before a name or within it, before a
# number only where none follows, and for the rest a sentence if the next word often begins one.
_BEFORE_A_NAME = _words(
    "mr mrs ms mx dr prof sr jr st rev hon gen col maj capt cmdr lt sgt cpl pvt gov sen rep pres "
    "supt insp messrs mme mlle fr hr frau mt ft dipl ing"
)
_WITHIN = _words("e.g i.e eg ie vs v viz cf resp z.b d.h bzw ggf p.ej ph.d b.sc m.sc")
_BEFORE_A_NUMBER = _words(
    "no nos nr fig figs eq eqs sec ch chap vol vols p pp pg art par ref refs tab app ed ver approx "
    "ca est c"
)
_EITHER = _words(
    "etc al inc ltd co corp dept univ jan feb mar apr jun jul aug sep sept oct nov dec a.m p.m "
    "usw u.a"
)
_STARTERS = _words(
    "the he she it they we you i in on at but and however this that these those a an if when "
    "while as for there his her their our my its after before since although then so what why how "
    "who where not no one some many most der die das er sie es wir le la les il elle el los ella"
)
_LIST_NUMBER = re.compile(
    r"(?:\A|\n|[.!?:][\"')\]]*\s)[ \t>*+-]*\(?(?:\d{1,3}|[A-Za-z]|[ivxlcIVXLC]{2,5})\Z"
)
_NEXT_WORD = re.compile(r"\W*([\w'’]*)")


def sentence_starts(text: str) -> Iterator[int]:
    """Offsets at which a sentence begins in `text`, the first one (0) left out, in order.

    A sentence ends with a terminal and its closing quotes, and owns the white space after it. Full
    stops of common short forms, initials, list numbers and what a lower-case letter follows end
    none; a full-width (CJK) stop needs no space.

    >>> text = "Dr. A. Smith paid 3.50 to J. Doe, i.e. too much. \\"Why?\\" he asked. 好。嗎？"
    >>> starts = [0, *sentence_starts(text), len(text)]
    >>> [text[a:b] for a, b in zip(starts, starts[1:])]
    ['Dr. A. Smith paid 3.50 to J. Doe, i.e. too much. ', '"Why?" he asked. ', '好。', '嗎？']
    """
    last = len(text)
    return (end.end() for end in _END.finditer(text) if end.end() < last and _ends(text, end))


def clause_starts(text: str) -> Iterator[int]:
    """Offsets after commas, semicolons, colons and dashes with white space behind them."""
    return (clause.end() for clause in _CLAUSE.finditer(text) if clause.end() < len(text))


def word_starts(text: str) -> Iterator[int]:
    """Offsets of the words after white space."""
    return (space.end() for space in _WORD.finditer(text) if space.end() < len(text))


def _ends(text: str, end: re.Match[str]) -> bool:
    stop, more, space = end.groups()
    if stop in _FULL_WIDTH or (more and not _FULL_WIDTH.isdisjoint(more)):
        return True
    if not space:
        return False
    after = end.end()
    if text[after].islower():
        return False
    following = text[after : after + 12]
    if following.lstrip(_OPENERS)[:1].islower():
        return False
    return stop != "." or more[:1] == "." or _full_stop_ends(text, end.start(), following)


def _full_stop_ends(text: str, stop: int, following: str) -> bool:
    before = text[max(0, stop - 24) : stop]
    words = before.split()
    if not words or before[-1].isspace():
        return False  # ". . ." is a mark of omission
    word = words[-1].lstrip(_OPENERS)
    if len(word) > 5 and "." not in word:
        return True
    short = word.lower()
    if short in _BEFORE_A_NAME or short in _WITHIN or _LIST_NUMBER.search(before):
        return False
    if short in _BEFORE_A_NUMBER:
        return not following[:1].isdigit()
    if len(word) == 1 and word.isupper() and word != "I":
        return False
    if short in _EITHER or (len(word) > 1 and word[-2] == "."):
        return _NEXT_WORD.match(following)[1].lower() in _STARTERS  # type: ignore[index]
    return True
