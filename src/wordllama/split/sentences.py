"""Where sentences, clauses and words begin in running text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wordllama.split import short_forms
from wordllama.split.published import TERMINALS

_FULL_WIDTH = frozenset("。！？｡．")
_SPACE = " \t\v\f\x85\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
_OPENERS = " \u00a0\u2009\u200b\u202f\"'“‘«‹„‚»›([{¿¡—–-*_"
_CLOSERS = r"\"'’”»›」』】）》)\]}*_"
_CLOSING = rf"[{TERMINALS}…{_CLOSERS}]*"
_AFTER = (  # what else may stand between a stop and the white space after it
    r"\[\^?[\w ,;–-]{1,20}\]"  # a citation or a footnote
    r"|[¹²³⁰⁴-⁹]"
    rf"|[“‘«‹](?=[\s\u200b\[¹²³⁰⁴-⁹{_CLOSERS}]|\Z)"  # German: elsewhere it opens
    r"|[ \u00a0\u2009\u202f][»›](?=\s|\Z)"  # French
)
_END = re.compile(
    rf"(?P<stop>[{TERMINALS}…;](?:(?<!;)|(?<=[\u0370-\u03ff\u1f00-\u1fff];)))"  # ; asks in Greek
    rf"(?P<more>{_CLOSING}(?:(?:{_AFTER}){_CLOSING})*)"
    rf"(?P<space>[{_SPACE}]*\r?\n(?:[{_SPACE}\r]*\n)*|[{_SPACE}]*)"
)
_CLAUSE = re.compile(r"[,;:—–][ \t\n]+|[，、；：]")
_WORD = re.compile(r"\s+|\u200b")
_LIST_NUMBER = re.compile(
    r"(?:\A|\n|[.!?:][\"')\]]*\s)[ \t>*+-]*\(?(?:\d{1,3}|[A-Za-z]|[ivxlcIVXLC]{2,5})\Z"
)
_NO_END = short_forms.BEFORE_A_NAME | short_forms.WITHIN
_SHORT = _NO_END | short_forms.BEFORE_A_NUMBER | short_forms.INTRODUCED
_NUMBER = re.compile(r"\d|[IVXLC]{2,}(?![\w'’])|[B-DF-HJ-NP-XZ](?![\w.'’])")  # A, E and I are words
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
    following = text[after : after + 12]
    if _is_lower(following[0]) or _is_lower(following.lstrip(_OPENERS)[:1]):
        return False
    return stop != "." or more[:1] == "." or _full_stop_ends(text, end.start(), following)


def _is_lower(character: str) -> bool:
    """Not so of Georgian's everyday letters, which Unicode counts as lower case."""
    return character.islower() and not "\u10d0" <= character <= "\u10ff"


def _full_stop_ends(text: str, stop: int, following: str) -> bool:
    before = text[max(0, stop - 24) : stop].replace("\u200b", " ")
    words = before.split()
    if not words or before[-1].isspace():
        return False  # ". . ." is a mark of omission
    word = words[-1].lstrip(_OPENERS)
    elided = word[1:2] in ("'", "’")  # l'avv.
    last = word[2:] if elided else word.rpartition("-")[2] or word
    short = last.lower()
    if last.isupper() and short in short_forms.NOT_IN_CAPITALS:
        return True
    if not _NO_END.isdisjoint((last, short)):
        return False
    if short in short_forms.INTRODUCED and (elided or _introduces(words[:-1])):
        return False
    if _NUMBER.match(following) and _is_before_a_number(last, short):
        return False
    number = _LIST_NUMBER.search(before)
    if number and ("\n" in number[0] or number[0][:1] != "." or not _is_short(words[:-1])):
        return False
    following_word = _NEXT_WORD.match(following)[1].lower()  # type: ignore[index]
    if word.isdigit():
        return not _is_ordinal(words, following_word)
    starts = following_word in short_forms.STARTERS
    if len(word) == 1 and word.isalpha() and word != "I":
        return word.islower() and starts
    if word[-2:-1] == "-" and word[-1].isupper():  # J.-P. Sartre
        return starts
    if len(word) > 7 and "." not in word:
        return True
    if short in short_forms.EITHER or (len(word) > 1 and word[-2] == "."):
        return starts
    return True


def _is_before_a_number(last: str, short: str) -> bool:
    return not short_forms.BEFORE_A_NUMBER.isdisjoint((last, short)) or (
        len(short) > 5 and short.endswith(short_forms.COMPOUNDS)
    )


def _introduces(words: list[str]) -> bool:
    """Whether a title may follow the words."""
    last = words[-1].lstrip(_OPENERS).lower() if words else ""
    return last in short_forms.INTRODUCERS or _is_short(words)


def _is_short(words: list[str]) -> bool:
    """Whether the last of the words is a short form rather than a sentence's end."""
    if not words or words[-1][-1] != ".":
        return False
    word = words[-1][:-1].lstrip(_OPENERS)
    short = word.lower()
    return (
        not _SHORT.isdisjoint((word, short))
        or _is_before_a_number(word, short)
        or (len(word) == 1 and word.isalpha())
    )


def _is_ordinal(words: list[str], following_word: str) -> bool:
    """Whether a number with a full stop is a German ordinal, as in a date."""
    if len(words[-1]) <= 2 and following_word in short_forms.AFTER_AN_ORDINAL:
        return True
    before = [word.lower() for word in words[-3:-1]]
    return (
        before[-1:] != []
        and before[-1] in short_forms.BEFORE_AN_ORDINAL
        and before != ["i", "am"]
        and len(words[-1]) <= 3
        and following_word not in short_forms.STARTERS
    )
