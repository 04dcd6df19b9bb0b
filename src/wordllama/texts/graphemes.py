"""Grapheme clusters: what a reader takes for one character (extended ones of UAX 29)."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache, lru_cache

from wordllama.texts import grapheme_table as table

_HANGUL = range(0xAC00, 0xD7A4)
_FLAGS = range(0x1F1E6, 0x1F200)
_JOINER = "\u200d"
_NON_JOINER = "\u200c"


MARKS = "".join(
    "-".join(chr(int(code, 16)) for code in hexes.split("-"))
    for hexes in (table.EXTEND + table.SPACING).split()
)
"""Characters that belong to the one before, as ranges for a regular expression's [...]."""


def graphemes(text: str) -> list[str]:
    r"""The grapheme clusters of `text`; joined they give `text`.

    Nothing is looked up outside the package's own table of Unicode 17. A lone surrogate stands
    alone. See https://www.unicode.org/reports/tr29/.

    >>> graphemes("a\r\n🇨🇭🇯🇵")
    ['a', '\r\n', '🇨🇭', '🇯🇵']
    """
    clusters = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or is_border(text, at, start):
            clusters.append(text[start:at])
            start = at
    return clusters


def is_border(text: str, at: int, start: int = 0) -> bool:
    """Whether a cluster ends before `text[at]`, where one is known to begin at `start` < `at`."""
    before, after = text[at - 1], text[at]
    if before < "\u0300" and after < "\u0300":
        return not (before == "\r" and after == "\n")
    left, right = _class(before), _class(after)
    if left == "control" or right == "control":
        return True
    if right in ("extend", "linker", "joiner", "spacing") or left == "prepend":
        return False
    if right == "flag":
        return left != "flag" or _flags_before(text, at, start) % 2 == 0
    if right == "pictograph":
        return left != "joiner" or not _pictograph_before(text, at - 1, start)
    if right == "consonant":
        return not _linked(text, at, start)
    return right not in _HANGUL_AFTER.get(left, ())


def last_border(text: str, at: int, start: int) -> int:
    """The last border in (`start`, `at`]; `at` itself if the cluster at `start` reaches over it."""
    if at >= len(text):
        return len(text)
    border = at
    while border > start and not is_border(text, border, start):
        border -= 1
    return border if border > start else at


_HANGUL_AFTER = {
    "leading": ("leading", "vowel", "open", "closed"),
    "open": ("vowel", "trailing"),
    "vowel": ("vowel", "trailing"),
    "closed": ("trailing",),
    "trailing": ("trailing",),
}


def _flags_before(text: str, at: int, start: int) -> int:
    first = at
    while first > start and ord(text[first - 1]) in _FLAGS:
        first -= 1
    return at - first


def _pictograph_before(text: str, at: int, start: int) -> bool:
    while at > start and _class(text[at - 1]) in ("extend", "linker"):
        at -= 1
    return at > start and _class(text[at - 1]) == "pictograph"


def _linked(text: str, at: int, start: int) -> bool:
    """Whether a consonant and a linker, with nothing but extenders beside them, lead up to `at`."""
    linked = False
    while at > start and _class(text[at - 1]) in ("extend", "linker", "joiner"):
        at -= 1
        if text[at] == _NON_JOINER:
            return False
        linked = linked or _class(text[at]) == "linker"
    return linked and at > start and _class(text[at - 1]) == "consonant"


@lru_cache(maxsize=4096)
def _class(character: str) -> str:
    starts, ends, names = _ranges()
    code = ord(character)
    at = bisect_right(starts, code) - 1
    if at >= 0 and code <= ends[at]:
        return names[at]
    if code in _HANGUL:
        return "closed" if (code - _HANGUL.start) % 28 else "open"
    return "flag" if code in _FLAGS else ""


@cache
def _ranges() -> tuple[list[int], list[int], list[str]]:
    """Starts, ends and class of the table's ranges, in order."""
    classes = {
        "control": table.CONTROL + "D A",
        "extend": table.EXTEND,
        "spacing": table.SPACING,
        "prepend": table.PREPEND,
        "leading": table.LEADING,
        "vowel": table.VOWEL,
        "trailing": table.TRAILING,
        "pictograph": table.PICTOGRAPH,
        "consonant": table.CONSONANT,
        "joiner": f"{ord(_JOINER):X}",
    }
    rows = []
    for name, ranges in classes.items():
        for hexes in ranges.split():
            first, _, last = hexes.partition("-")
            rows.append((int(first, 16), int(last or first, 16), name))
    return _with_linkers(sorted(rows))


def _with_linkers(rows: list[tuple[int, int, str]]) -> tuple[list[int], list[int], list[str]]:
    """The rows with each linker cut out of the range of extenders that it lies in."""
    for hexes in table.LINKER.split():
        first, _, last = hexes.partition("-")
        low, high = int(first, 16), int(last or first, 16)
        at = bisect_right(rows, (low, 0x110000, "")) - 1
        start, end, name = rows[at]
        parts = [(start, low - 1, name), (low, high, "linker"), (high + 1, end, name)]
        rows[at : at + 1] = [part for part in parts if part[0] <= part[1]]
    starts, ends, names = zip(*rows, strict=True)
    return list(starts), list(ends), list(names)
