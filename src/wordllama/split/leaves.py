"""What a line of Markdown begins inside its containers, and which lines then belong to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

STARTS = frozenset("#`~<*_-+=>|:0123456789")
"""What a line that is more than text begins with."""

_HEADING = re.compile(r"(#{1,6})(?: |$)")
_UNDERLINE = re.compile(r"(?:=+|-+) *$")
_FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_RULE = re.compile(r"(?:(?:\* *){3,}|(?:_ *){3,}|(?:- *){3,})$")
_TABLE_RULE = re.compile(r"\|? *:?-+:?(?: *\| *:?-+:?)* *\|?$")
_CELL_END = re.compile(r"(?<!\\)\|")
_ATTRIBUTE = r"""(?: +[A-Za-z_:][\w.:-]*(?: *= *(?:[^ "'=<>`]+|'[^']*'|"[^"]*"))?)"""
_HTML = (  # start, end; the last two end before an empty line
    (re.compile(r"<(?:script|pre|style|textarea)(?:[ >]|$)", re.I),
     re.compile(r"</(?:script|pre|style|textarea)>", re.I)),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(
        r"</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|"
        r"details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|"
        r"head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|"
        r"option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)"
        r"(?: |/?>|$)", re.I), None),
)  # fmt: skip
_TAG = re.compile(rf"(?:<[A-Za-z][A-Za-z0-9-]*{_ATTRIBUTE}* */?>|</[A-Za-z][A-Za-z0-9-]* *>) *$")


@dataclass(frozen=True)
class Leaf:
    """A block of lines, open for more of them."""

    kind: str
    end: re.Pattern[str] | None = None
    """What its last line holds (fences, some HTML); None if an empty line ends it."""


PARAGRAPH, CODE, TABLE = Leaf("paragraph"), Leaf("code"), Leaf("table")


def starts(rest: str, interrupts: bool) -> Leaf | None:
    """The leaf that the line `rest`, white space before it left out, begins; not a paragraph."""
    first = rest[0]
    if first == "#":
        return Leaf("heading") if _HEADING.match(rest) else None
    if first in "`~":
        fence = _FENCE.match(rest)
        length = len(fence[1] or fence[2]) if fence else 0
        return Leaf("fence", re.compile(rf" {{0,3}}{first}{{{length},}} *$")) if fence else None
    if first == "<":
        return _html(rest, interrupts)
    return Leaf("rule") if first in "*_-" and _RULE.match(rest) else None


def _html(rest: str, interrupts: bool) -> Leaf | None:
    for start, end in _HTML:
        if start.match(rest):
            return Leaf("html", end)
    return Leaf("html") if not interrupts and _TAG.match(rest) else None


def rank(rest: str) -> int:
    """1 to 6: how many # a heading begins with."""
    return len(rest) - len(rest.lstrip("#"))


def underlines(rest: str) -> int:
    """The rank of the heading that the line makes of the paragraph above it, else 0."""
    return (1 if rest[0] == "=" else 2) if _UNDERLINE.match(rest) else 0


def heads_table(head: str, rest: str) -> bool:
    """Whether the line `rest` makes `head`, the line above it, the head of a table."""
    return (
        "|" in head
        and _TABLE_RULE.match(rest.rstrip()) is not None
        and len(_CELL_END.split(head.strip().strip("|"))) == rest.strip().strip("|").count("|") + 1
    )
