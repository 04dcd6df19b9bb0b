"""The block structure of Markdown: CommonMark's containers and leaves, and GitHub's tables.

Each line first goes on with the containers that are open, may then open new ones, and ends in a
leaf (https://spec.commonmark.org, "A parsing strategy"): one pass, a bounded number of steps for
each line. markdown-it-py gives the same blocks (a test says so) at a third of the speed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from wordllama.split import leaves

_DEEPEST = 32
"""Containers in one another; what would lie deeper is text."""

_ITEM = re.compile(r"([-+*]|[0-9]{1,9}[.)])(?= |$)")
_SPACES = re.compile(r" *")


@dataclass(slots=True)
class Block:
    """Lines `first` to `last` (not included) of a Markdown text, without empty lines after them."""

    kind: str
    """Containers: "quote", "list", "item". Leaves: "heading", "paragraph", "table", "fence",
    "code", "html", "rule", "matter" (front matter)."""
    first: int
    last: int
    column: int = 0
    """Where it begins in its line."""
    depth: int = 0
    """1 to 6 for a heading."""
    parents: tuple[Block, ...] = field(default=(), repr=False)
    """The containers around it, outermost first."""


def blocks(lines: Sequence[str]) -> list[Block]:
    """The blocks of Markdown lines, in order, each container before what it holds.

    >>> for block in blocks(["- one", "  ```sh", "  make", "  ```", "", "Text."]):
    ...     print(len(block.parents) * "  " + block.kind, block.first, block.last)
    list 0 4
      item 0 4
        paragraph 0 1
        fence 1 4
    paragraph 5 6
    """
    parser = _Parser()
    first = 0
    if lines and lines[0].rstrip() == "---" and (first := _front_matter_end(lines)):
        parser.blocks.append(Block("matter", 0, first))
    for number in range(first, len(lines)):
        parser.read(number, lines[number])
    parser.truncate(0)
    return parser.blocks


def _front_matter_end(lines: Sequence[str]) -> int:
    ends = (n for n in range(1, len(lines)) if lines[n].rstrip() in ("---", "..."))
    return next(ends, -1) + 1


@dataclass(slots=True)
class _Container:
    block: Block
    marker: str = ""
    """Of a list: what its items have in common."""
    width: int = 0
    """Of an item: how far its lines are indented."""


class _Parser:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.open: list[_Container] = []
        self.leaf: leaves.Leaf | None = None
        """The open leaf, which is the last of the blocks."""
        self.text = ""
        """The last line of an open paragraph, if it may be the head of a table."""
        self.number = 0

    def read(self, number: int, line: str) -> None:
        """The next line."""
        self.number = number
        if "\t" in line:
            line = line.expandtabs(4)
        if (
            not self.open
            and line[:1].isalpha()
            and (not self.leaf or self.leaf.kind == "paragraph")
        ):
            self._add_text(line, 0, 0)
            return
        matched, at = self._continued(line)
        lazy = matched < len(self.open)
        if self.leaf and self.leaf.kind != "paragraph":
            if not lazy and self._leaf_goes_on(self.leaf, line[at:]):
                return
            self.leaf = None
        while True:
            start = _SPACES.match(line, at).end()  # type: ignore[union-attr]
            if start == len(line):
                self.truncate(matched)
                return
            if start - at > 3 and not self.leaf:
                self._add_leaf(leaves.CODE, start, matched)
                return
            rest = line[start:]
            if start - at > 3 or rest[0] not in leaves.STARTS:
                break
            if self._starts_leaf(rest, start, matched, self.leaf is not None and not lazy):
                return
            after = self._starts_container(line, at, start, matched, lazy)
            if after is None:
                break
            at, matched, lazy = after, len(self.open), False
        # What goes on with a paragraph against its containers or indented heads no table.
        self._add_text("" if lazy or start - at > 3 else rest, start, matched)

    def truncate(self, size: int) -> None:
        """Closes the leaf and all containers but the outer `size`."""
        self.leaf = None
        while len(self.open) > size:
            self.open.pop().block.last = self.blocks[-1].last

    def _continued(self, line: str) -> tuple[int, int]:
        """How many of the open containers the line goes on with, and where it is after them."""
        at = 0
        for place, container in enumerate(self.open):
            if container.marker:
                continue
            start = _SPACES.match(line, at).end()  # type: ignore[union-attr]
            if container.block.kind == "quote":
                if start - at > 3 or line[start : start + 1] != ">":
                    return place, at
                at = start + 1 + (line[start + 1 : start + 2] == " ")
            elif start == len(line):
                if container.block is self.blocks[-1]:  # begun by an empty line: one is enough
                    return place, at
            elif start - at < container.width:
                return place, at
            else:
                at += container.width
        return len(self.open), min(at, len(line))

    def _add_text(self, text: str, column: int, matched: int) -> None:
        """The line belongs to the open paragraph or begins one."""
        self.text = text
        if self.leaf:
            self.blocks[-1].last = self.number + 1
        else:
            self._add_leaf(leaves.PARAGRAPH, column, matched)

    def _leaf_goes_on(self, leaf: leaves.Leaf, line: str) -> bool:
        if leaf.end:
            self.blocks[-1].last = self.number + 1
            if leaf.end.match(line) if leaf.kind == "fence" else leaf.end.search(line):
                self.leaf = None
            return True
        empty = not line or line.isspace()
        if leaf.kind == "code":
            goes_on = empty or line.startswith("    ")
        elif leaf.kind == "table":
            goes_on = not empty and not self._interrupts(line)
        else:
            goes_on = leaf.kind == "html" and not empty
        if goes_on and not empty:
            self.blocks[-1].last = self.number + 1
        return goes_on

    def _interrupts(self, line: str) -> bool:
        rest = line.lstrip(" ")
        if len(line) - len(rest) > 3:
            return True
        return rest[0] == ">" or bool(leaves.starts(rest, True) or _ITEM.match(rest))

    def _starts_leaf(self, rest: str, column: int, matched: int, interrupts: bool) -> bool:
        if interrupts and (rank := leaves.underlines(rest)):
            heading = self.blocks[-1]
            heading.kind, heading.depth, heading.last = "heading", rank, self.number + 1
            self.leaf = None
            return True
        if interrupts and leaves.heads_table(self.text, rest):
            self._add_table(column)
            return True
        leaf = leaves.starts(rest, self.leaf is not None)
        if leaf is None:
            return False
        self._add_leaf(leaf, column, matched)
        if leaf.kind == "heading":
            self.blocks[-1].depth = leaves.rank(rest)
        if leaf.kind in ("heading", "rule") or (
            leaf.kind == "html" and leaf.end and leaf.end.search(rest)
        ):
            self.leaf = None
        return True

    def _add_table(self, column: int) -> None:
        """The last line of the paragraph is a table's head."""
        paragraph = self.blocks[-1]
        paragraph.last -= 1
        if paragraph.first == paragraph.last:
            self.blocks.pop()
            column = paragraph.column
        self.leaf = leaves.TABLE
        self.blocks.append(
            Block("table", self.number - 1, self.number + 1, column, parents=paragraph.parents)
        )

    def _add_leaf(self, leaf: leaves.Leaf, column: int, matched: int) -> None:
        self._close(matched)
        self.leaf = leaf
        self._add(leaf.kind, column)

    def _add(self, kind: str, column: int) -> Block:
        parents = tuple(container.block for container in self.open)
        block = Block(kind, self.number, self.number + 1, column, parents=parents)
        self.blocks.append(block)
        return block

    def _close(self, matched: int, marker: str = "") -> None:
        self.truncate(matched)
        if self.open and self.open[-1].marker not in ("", marker):
            self.truncate(len(self.open) - 1)

    def _starts_container(
        self, line: str, at: int, start: int, matched: int, lazy: bool
    ) -> int | None:
        """Opens a quote or an item if one begins at `start`; gives where its content is."""
        if len(self.open) >= _DEEPEST:
            return None
        if line[start] == ">":
            self._close(matched)
            self.open.append(_Container(self._add("quote", start)))
            return start + 1 + (line[start + 1 : start + 2] == " ")
        item = _ITEM.match(line, start)
        if not item:
            return None
        spaces = _SPACES.match(line, item.end()).end() - item.end()  # type: ignore[union-attr]
        empty = item.end() + spaces == len(line)
        if self.leaf and not lazy and (empty or (item[1][:-1] or "1").lstrip("0") != "1"):
            return None  # does not interrupt a paragraph
        marker = item[1][-1]
        self._close(matched, marker)
        if not (self.open and self.open[-1].marker == marker):
            self.open.append(_Container(self._add("list", start), marker))
        content = item.end() + (1 if empty or spaces > 4 else spaces)
        self.open.append(_Container(self._add("item", start), width=content - at))
        return min(content, len(line))
