"""Borders of Markdown: headings stay with what follows, tables, lists and code whole."""

from __future__ import annotations

import re
from bisect import bisect_left

from wordllama.split.blocks import Block, blocks
from wordllama.split.borders import CLAUSE, LINE, PARAGRAPH, SECTION, Borders, Table

_ROWS = ("table", "fence", "code", "matter")
"""Kinds of block that lines make up."""

_CONTAINERS = ("list", "item", "quote")

_MARKER = re.compile(r"[^>\s]")


def markdown_borders(text: str, small: int = 0) -> Borders:
    """Borders between and inside the blocks of Markdown `text`, however they are nested.

    A heading is as strong a border as its rank, and stays with the first piece of what follows. A
    table, a list, a list item, a fenced or indented block of code and the front matter are kept
    whole where they fit; one that does not fit is cut between its lines or items. A table or block
    of code that fits, but not with its heading, is kept whole without it.
    """
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    offsets[-1] = len(text)
    borders = Borders(small=small)
    found = blocks([line.rstrip("\r") for line in lines])
    firsts = [block.first for block in found] + [len(lines)]
    headings: list[int] = []
    for block in found:
        start = offsets[block.first]
        end = offsets[firsts[bisect_left(firsts, block.last)]]  # with the empty lines after it
        borders.add(start, _strength(block))
        if block.kind in ("list", "item"):
            borders.around.append((start, end))
        if block.kind == "heading":
            headings.append(start)
        if block.kind == "heading" or block.kind in _CONTAINERS:
            continue
        if block.kind == "table" and block.last > block.first + 2:
            borders.tables.append(_table(block, text, offsets))
        first_piece = _add_inside(borders, block, text, offsets, end)
        for heading in headings:
            borders.keep(heading, first_piece)
            if block.kind in _ROWS:
                borders.keep(heading, offsets[block.first + (2 if block.kind == "table" else 1)])
                borders.keep(heading, end)
        headings = []
    return borders


def _strength(block: Block) -> float:
    """Of the border before a block: the weaker, the deeper it lies in lists or quotes."""
    if block.kind == "item" or any(parent.kind == "item" for parent in block.parents):
        return LINE - min(block.column, 9) * 0.02
    quoted = min(len(block.parents), 2) * 0.1
    if block.kind == "heading":
        return SECTION + (6 - block.depth) * 0.05 - 2 * quoted
    return PARAGRAPH - quoted


def _add_inside(borders: Borders, block: Block, text: str, offsets: list[int], end: int) -> int:
    """Adds the borders inside a leaf that ends at `end`; gives the end of its first piece."""
    start = offsets[block.first]
    weaker = 0.02 * (min(block.column, 9) + 1) if block.parents else 0.0
    if block.kind in (*_ROWS, "html"):
        for number in range(block.first + 1, block.last):
            borders.add(offsets[number], LINE - weaker)
    if block.kind not in _ROWS:
        first_piece = borders.add_sentences(text, start, end)
        in_item = bool(block.parents) and block.parents[-1].kind == "item"
        return end if in_item else first_piece
    head = min(offsets[min(block.first + 3, block.last)], end)
    if block.kind == "table":
        borders.keep(start, offsets[block.first + 2])  # its header and delimiter row
    borders.around.append((start, head))  # a table's with its first row
    borders.keep(start, end)
    if offsets[block.last] < end:  # where only the empty lines after it are too much
        borders.add(offsets[block.last], CLAUSE)
        borders.keep(start, offsets[block.last])
    return head


def _table(block: Block, text: str, offsets: list[int]) -> Table:
    start, rows, end = (offsets[n] for n in (block.first, block.first + 2, block.last))
    header = text[start:rows]
    if any(parent.kind == "item" and parent.first == block.first for parent in block.parents):
        # The row begins a list item, which the other rows go on with: indented, not marked.
        prefix = _up_to_column(header, block.column)
        header = _MARKER.sub(" ", header[:prefix]) + header[prefix:]
    return Table(start, rows, end, header)


def _up_to_column(line: str, column: int) -> int:
    """How many characters stand before a column, with tabs of four."""
    place = width = 0
    while width < column:
        width += 4 - width % 4 if line[place] == "\t" else 1
        place += 1
    return place
