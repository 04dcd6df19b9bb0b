"""Borders of Markdown: headings stay with what follows, tables, lists and code whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wordllama.split.borders import LINE, PARAGRAPH, SECTION, Borders

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]|$)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_ITEM = re.compile(r"([ \t]*)(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_INDENT = ("    ", "\t")

_ROWS = ("table", "fence", "code", "matter")
"""Kinds of block that lines make up."""


@dataclass(frozen=True)
class Block:
    """A part of a Markdown text: lines `first` to `last` (not included)."""

    kind: str
    """"heading", "paragraph", "list", "table", "fence", "code", "matter" or "rule"."""
    first: int
    last: int
    depth: int = 0
    """1 to 6 for a heading."""


def markdown_borders(text: str, small: int = 0) -> Borders:
    """Borders between and inside the blocks of Markdown `text`.

    A heading is as strong a border as its rank, and stays with the first piece of what follows. A
    table, a list, a list item, a fenced or indented block of code and the front matter are kept
    whole where they fit; one that does not fit is cut between its lines or items.
    """
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    offsets[-1] = len(text)
    borders = Borders(small=small)
    headings: list[int] = []
    lines = [line.rstrip("\r") for line in lines]
    for block in blocks(lines):
        start, end = offsets[block.first], offsets[block.last]
        if block.kind == "heading":
            borders.add(start, SECTION + (6 - block.depth) * 0.05)
            headings.append(start)
            continue
        borders.add(start, PARAGRAPH)
        first_piece = _add_inside(borders, block, text, lines, offsets)
        for heading in headings:
            borders.keep(heading, first_piece)
            if block.kind in _ROWS:
                borders.keep(heading, offsets[block.first + 1])
                borders.keep(heading, end)
        headings = []
        if block.kind in _ROWS or block.kind == "list":
            borders.keep(start, end)
    return borders


def _add_inside(
    borders: Borders, block: Block, text: str, lines: list[str], offsets: list[int]
) -> int:
    """Adds the borders inside `block`; gives the end of its first piece."""
    start, end = offsets[block.first], offsets[block.last]
    if block.kind == "list":
        return _add_items(borders, block, text, lines, offsets)
    if block.kind not in _ROWS:
        return borders.add_sentences(text, start, end)
    for number in range(block.first + 1, block.last):
        borders.add(offsets[number], LINE)
    head = offsets[min(block.first + 3, block.last)]  # a table's head, its rule and the first row
    borders.keep(start, head)
    return head


def _add_items(
    borders: Borders, block: Block, text: str, lines: list[str], offsets: list[int]
) -> int:
    items = []
    for number in range(block.first, block.last):
        item = _ITEM.match(lines[number])
        if item:
            items.append((number, len(item[1].expandtabs(4))))
    for (first, indent), (last, _) in zip(items, [*items[1:], (block.last, 0)], strict=True):
        start, end = offsets[first], offsets[last]
        if first > block.first:
            borders.add(start, LINE - min(indent, 9) * 0.02)
        borders.add_sentences(text, start, end)
        borders.keep(start, end)
    return offsets[items[1][0]] if len(items) > 1 else offsets[block.last]


def blocks(lines: list[str]) -> Iterator[Block]:
    """The blocks of Markdown lines, in order; each owns the empty lines after it."""
    number = 0
    while number < len(lines):
        kind, last, depth = _block_at(lines, number)
        while last < len(lines) and not lines[last].strip():
            last += 1
        yield Block(kind, number, last, depth)
        number = last


def _block_at(lines: list[str], first: int) -> tuple[str, int, int]:
    """Kind, end and depth of the block that starts at line `first`."""
    line = lines[first]
    if first == 0 and line.rstrip() == "---":
        return "matter", _front_matter_end(lines), 0
    if fence := _FENCE.match(line):
        return "fence", _fence_end(lines, first, fence[1]), 0
    if heading := _HEADING.match(line):
        return "heading", first + 1, len(heading[1])
    if _RULE.match(line):
        return "rule", first + 1, 0
    if _starts_table(lines, first):
        return "table", _run_end(lines, first, lambda row: "|" in row), 0
    if _ITEM.match(line):
        return "list", _list_end(lines, first), 0
    if line.startswith(_INDENT):
        return "code", _run_end(lines, first, lambda row: row.startswith(_INDENT) or not row), 0
    last = _paragraph_end(lines, first)
    if last < len(lines) and last == first + 1 and line.strip() and _UNDERLINE.match(lines[last]):
        return "heading", last + 1, 1 if "=" in lines[last] else 2
    return "paragraph", last, 0


def _front_matter_end(lines: list[str]) -> int:
    ends = (n for n in range(1, len(lines)) if lines[n].rstrip() in ("---", "..."))
    return next(ends, 0) + 1


def _fence_end(lines: list[str], first: int, fence: str) -> int:
    close = re.compile(rf" {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    ends = (n for n in range(first + 1, len(lines)) if close.match(lines[n]))
    return next(ends, len(lines) - 1) + 1


def _starts_table(lines: list[str], first: int) -> bool:
    following = lines[first + 1] if first + 1 < len(lines) else ""
    return "|" in lines[first] and "|" in following and bool(_TABLE_RULE.match(following))


def _run_end(lines: list[str], first: int, belongs: Callable[[str], bool]) -> int:
    number = first
    while number < len(lines) and belongs(lines[number]):
        number += 1
    return number


def _list_end(lines: list[str], first: int) -> int:
    """Items, what is indented under them, and lazy lines up to an empty one."""
    number = first
    empty = False
    while number < len(lines):
        line = lines[number]
        if not line.strip():
            empty = True
        elif _ITEM.match(line) or line.startswith(("  ", "\t")):
            empty = False
        elif empty or _HEADING.match(line) or _FENCE.match(line):
            break
        number += 1
    while not lines[number - 1].strip():
        number -= 1
    return number


def _paragraph_end(lines: list[str], first: int) -> int:
    number = first + 1
    while number < len(lines) and lines[number].strip():
        line = lines[number]
        starts = _HEADING.match(line) or _FENCE.match(line) or _ITEM.match(line)
        if starts or _UNDERLINE.match(line) or _RULE.match(line) or _starts_table(lines, number):
            break
        number += 1
    return number
