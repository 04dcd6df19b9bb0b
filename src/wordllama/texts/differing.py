"""Two texts side by side on a line, however long they are, so that one sees where they differ."""

from __future__ import annotations

from os.path import commonprefix

LIMIT = 40
"""Characters that are shown of each."""
BEFORE = 12
"""Characters before the difference, of those."""


def differing(one: object, other: object, limit: int = LIMIT) -> tuple[str, str]:
    """What two texts (or other values) look like in code, cut to the stretch where they differ.

    >>> differing("a red car", "a red bus")
    ("'a red car'", "'a red bus'")
    >>> differing("word " * 20 + "red" + " word" * 20, "word " * 20 + "blue" + " word" * 20)
    ("'…d word word red word word word word …'", "'…d word word blue word word word word…'")
    """
    a, b = repr(one), repr(other)
    if max(len(a), len(b)) <= limit:
        return a, b
    same = len(commonprefix([a, b])) if a != b else 0
    start = max(0, same - BEFORE)
    return _cut(a, start, limit), _cut(b, start, limit)


def shortened(value: object, limit: int = LIMIT) -> str:
    """What a text (or another value) looks like in code, its end cut off if it is long.

    >>> shortened("a long text", 8)
    "'a lon…'"
    """
    return _cut(repr(value), 0, limit)


def _cut(text: str, start: int, limit: int) -> str:
    """At most `limit` characters of a representation, from `start` on."""
    if start < 3:
        return text if len(text) <= limit else f"{text[: limit - 2]}…{text[-1]}"
    shown = text[start : start + limit - 2]
    if start + len(shown) < len(text):
        shown = f"{shown[:-2]}…{text[-1]}"
    return f"{text[0]}…{shown}"
