"""The block structure of Markdown is that of markdown-it-py."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from wordllama.split.blocks import blocks

ROOT = Path(__file__).parents[2]
Row = tuple[str, int, int]

NAMES = {
    "blockquote_open": "quote",
    "bullet_list_open": "list",
    "code_block": "code",
    "fence": "fence",
    "heading_open": "heading",
    "hr": "rule",
    "html_block": "html",
    "list_item_open": "item",
    "ordered_list_open": "list",
    "paragraph_open": "paragraph",
    "table_open": "table",
}
# Definitions of links make no block there; here they are paragraphs.
COMMONMARK = MarkdownIt("commonmark", {"maxNesting": 1000}).disable("reference")
TABLES = MarkdownIt("commonmark", {"maxNesting": 1000}).disable("reference").enable("table")


def theirs(parser: MarkdownIt, lines: list[str]) -> list[Row]:
    tokens: list[Token] = []
    parser.block.parse("\n".join(lines), parser, {}, tokens)
    named = [token for token in tokens if token.type in NAMES]
    return rows(lines, [(NAMES[token.type], *token.map) for token in named])


def ours(lines: list[str]) -> list[Row]:
    return rows(lines, [(block.kind, block.first, block.last) for block in blocks(lines)])


def rows(lines: list[str], found: list[Row]) -> list[Row]:
    """Without the empty lines at the blocks' ends."""
    short = []
    for kind, first, last in found:
        while last > first + 1 and not lines[last - 1].strip(" \t>"):
            last -= 1
        short.append((kind, first, last))
    return short


PARTS = [
    "a", "b c", "- ", "* ", "+ x", "-", "1. ", "2) ", "10. y", "01. z", "> ", ">", "# ", "## h",
    "#",
    "```", "````", "~~~", "---", "===", "=", "***", "_ _ _", "  ", "   ", " ", "    ", "\t",
    "<div>",
    "</div>", "<b>", "<!--", "-->", "<pre>", "</pre>", "<a href='x'>", "<?", "", "0", "\\",
]  # fmt: skip
made_lines = st.lists(
    st.lists(st.sampled_from(PARTS), max_size=4).map("".join), min_size=1, max_size=8
)
# Where markdown-it-py leaves the specification: ">" indented by four columns or more goes on with a
# quote, a line so indented ends the paragraph of a list or quote, and empty lines after an empty
# item end its list.
DEVIATES = re.compile(r"^[ >]*(?:    | *\t)|(?:[-+*]|\d[.)])[ \t]*\n[ \t>]*\n", re.M)


@settings(max_examples=600, deadline=None)
@given(made_lines)
def test_lines_make_the_blocks_of_commonmark(lines: list[str]) -> None:
    assume(lines[0].rstrip() != "---")  # front matter
    assume(not DEVIATES.search("\n" + "\n".join(lines)))
    assert ours(lines) == theirs(COMMONMARK, lines)


@pytest.mark.parametrize("path", sorted([*ROOT.glob("*.md"), *ROOT.glob("*/*.md")]), ids=str)
def test_the_project_s_pages_are_read_as_by_markdown_it(path: Path) -> None:
    lines = path.read_text("utf-8").split("\n")
    assert ours(lines) == theirs(TABLES, lines)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["> a", "b"], [("quote", 0, 2), ("paragraph", 0, 2)]),
        (["- a", "      b"], [("list", 0, 2), ("item", 0, 2), ("paragraph", 0, 2)]),
        (["> a", "    > b"], [("quote", 0, 2), ("paragraph", 0, 2)]),
        (["> ", "    > b"], [("quote", 0, 1), ("code", 1, 2)]),
        (["-\tone", "", "\ttwo"],
         [("list", 0, 3), ("item", 0, 3), ("paragraph", 0, 1), ("paragraph", 2, 3)]),
        (["-", "", "  a"], [("list", 0, 1), ("item", 0, 1), ("paragraph", 2, 3)]),
        (["text", "| a | b |", "|---|---|", "| c | d |"], [("paragraph", 0, 1), ("table", 1, 4)]),
        (["| a |", "|---|---|"], [("paragraph", 0, 2)]),
        (["a | b", "- | -", "c", "", "d"], [("table", 0, 3), ("paragraph", 4, 5)]),
        (["> text", "a | b", "> --|--", "> c | d"], [("quote", 0, 4), ("paragraph", 0, 4)]),
        (["text", "     a | b", "--|--", "c | d"], [("paragraph", 0, 4)]),
        (["- | a |", "  |---|", "  | b |", "# h"],
         [("list", 0, 3), ("item", 0, 3), ("table", 0, 3), ("heading", 3, 4)]),
    ],
)  # fmt: skip
def test_blocks_where_a_reader_expects_them(lines: list[str], expected: list[Row]) -> None:
    assert ours(lines) == expected


@settings(max_examples=300, deadline=None)
@given(made_lines)
def test_blocks_lie_in_their_parents_and_leave_no_text_out(lines: list[str]) -> None:
    found = blocks(lines)
    for block in found:
        for outer, inner in pairwise([*block.parents, block]):
            assert outer.first <= inner.first < inner.last <= outer.last
    for before, after in pairwise([block for block in found if not block.parents]):
        assert before.last <= after.first
    covered = {n for block in found for n in range(block.first, block.last)}
    assert all(n in covered or not line.strip(" \t>") for n, line in enumerate(lines))


def test_what_is_nested_without_end_costs_no_more() -> None:
    for line in ("> " * 5000, "- " * 5000, "1. " * 5000):
        found = blocks([line + "a", *[""] * 2000, line])
        assert len(found) < 200
