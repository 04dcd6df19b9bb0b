"""Tables that are cut, with their header at the start of each further chunk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama import WordLlama
from wordllama.split import Chunk, chunks
from wordllama.split.blocks import blocks

from .test_chunk import by_threes
from .test_chunk import texts as unusual_texts
from .test_topics import by_content

HEADER = "| n | square |\n|---|---|\n"
ROWS = "".join(f"| {n} | {n * n} |\n" for n in range(1, 30))
OTHERS = ["Text. More.\n\n", "# A\n", "```\nx\ny\n```\n", "- item\n", "\n", "D\n===\n", "> quote\n"]
PREFIXES = ["", "> ", "- ", "  ", "1. ", "> - ", "- > ", "> > ", "10) ", "- - "]


@st.composite
def tables(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(["a", "b. C", "a longer name"]))
    cells = st.sampled_from(["x", "One. Two", "y, z", "", "three words here", "漢字", "w" * 30])
    rows = draw(st.lists(cells, max_size=12))
    return f"| {name} | d |\n|---|---|\n" + "".join(f"| {cell} | e |\n" for cell in rows)


@st.composite
def pages(draw: st.DrawFn) -> str:
    """Tables and other blocks, in containers."""
    text = ""
    for _ in range(draw(st.integers(1, 4))):
        part = "".join(draw(st.lists(st.one_of(tables(), st.sampled_from(OTHERS)), max_size=3)))
        first = draw(st.sampled_from(PREFIXES))
        rest = re.sub(r"[^>]", " ", first)
        text += "".join(rest * (n > 0) + (first * (n == 0)) + line + "\n"
                        for n, line in enumerate(part.split("\n")[:-1]))  # fmt: skip
    return text + draw(st.sampled_from(["", "\n", "End."]))


@dataclass
class Table:
    header: str
    rows: list[tuple[int, int]]


def tables_of(text: str) -> Iterator[Table]:
    """The tables, with headers that are indented or quoted as their second line is."""
    lines = text.splitlines(keepends=True)
    offsets = [0, *accumulate(map(len, lines))]
    for block in blocks([line.rstrip("\r\n") for line in lines]):
        if block.kind == "table":
            head, rule = lines[block.first : block.first + 2]
            prefix = rule[: rule.index("|")]
            rows = list(pairwise(offsets[block.first + 2 : block.last + 1]))
            yield Table(prefix + head[head.index("|") :] + rule, rows)


def check(text: str, parts: list[Chunk], overlap: int = 0) -> None:
    for part in parts:
        assert part.text == part.header + text[part.start : part.end]
    assert [part.end for part in parts[-1:]] == [len(text)] * bool(text)
    for before, after in pairwise(parts):
        assert before.end - overlap <= after.start <= before.end < after.end


@settings(max_examples=150, deadline=None)
@given(pages(), st.integers(6, 120), st.data())
def test_every_row_stands_below_its_header_where_both_fit(text, limit, data) -> None:
    overlap = data.draw(st.sampled_from([0, 0, limit // 4]))
    parts = chunks(text, limit, overlap=overlap, kind="markdown", repeat_header=True)
    check(text, parts, overlap)
    assert all(len(part.text) <= limit for part in parts)
    headers = {}
    for table in tables_of(text):
        repeats = len(table.header) <= 0.9 * (limit - overlap)
        for start, end in table.rows:
            if repeats and len(table.header) + end - start <= limit - overlap:
                headers[start] = table.header
                assert any(
                    table.header.lstrip(" >") in part.text
                    for part in parts
                    if part.start <= start and end <= part.end
                )
    assert [part.header for part in parts] == [headers.get(part.start, "") for part in parts]


@settings(max_examples=100, deadline=None)
@given(st.one_of(pages(), unusual_texts), st.integers(2, 40), st.booleans(), st.data())
def test_the_limit_in_tokens_includes_the_header(text, limit, topics, data) -> None:
    overlap = data.draw(st.integers(0, limit - 1))
    embed = by_content if topics else None
    parts = chunks(text, limit, "tokens", overlap, "markdown", by_threes, embed, repeat_header=True)
    check(text, parts, len(text))
    assert all(part.tokens == by_threes(part.text) <= limit for part in parts)
    known = {table.header for table in tables_of(text)}
    assert {part.header for part in parts} <= {"", *known}
    if overlap == 0:
        assert "".join(part.text.removeprefix(part.header) for part in parts) == text


@settings(max_examples=100, deadline=None)
@given(pages(), st.integers(6, 120), st.sampled_from([0, 5]))
def test_nothing_else_changes(text, limit, overlap) -> None:
    plain = chunks(text, limit, overlap=overlap, kind="markdown")
    assert all(part.header == "" for part in plain)
    headed = chunks(text, limit, overlap=overlap, kind="markdown", repeat_header=True)
    rows = {start for table in tables_of(text) for start, _ in table.rows}
    inside = [n for n, part in enumerate(plain) if rows & {*range(part.start, part.end)}]
    before = min(inside, default=len(plain))  # the chunks before the first row of a table
    assert headed[:before] == plain[:before]
    assert inside or headed == plain


@pytest.mark.parametrize("prefix", ["", "> ", "> > ", "   "])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_each_chunk_of_a_table_is_a_table(prefix: str, ending: str) -> None:
    table = "".join(prefix + line + "\n" for line in (HEADER + ROWS).splitlines())
    table = table.replace("\n", ending)
    parts = chunks(table, 110, kind="markdown", repeat_header=True)
    assert len(parts) > 4
    for part in parts:
        lines = part.text.replace("\r\n", "\n").removesuffix("\n").split("\n")
        (block,) = [block for block in blocks(lines) if block.kind == "table"]
        assert (block.first, block.last) == (0, len(lines))
        assert part.text.startswith(prefix + "| n | square |" + ending + prefix + "|---|---|")


@pytest.mark.parametrize(
    ("first", "rest", "head"),
    [
        ("- ", "  ", "  "), ("12. ", "    ", "    "), ("> - ", ">   ", ">   "),
        ("- > ", "  > ", "  > "), ("-\t", "\t", " \t"), ("- - ", "    ", "    "),
    ],
)  # fmt: skip
def test_a_header_in_an_item_is_indented_rather_than_marked(first, rest, head) -> None:
    lines = (HEADER + ROWS).splitlines()
    table = "".join((rest if n else first) + line + "\n" for n, line in enumerate(lines))
    _, *parts = chunks(table, 120, kind="markdown", repeat_header=True)
    assert {part.header for part in parts} == {f"{head}| n | square |\n{rest}|---|---|\n"}


def test_a_header_is_left_out_where_a_row_has_no_room_below_it() -> None:
    long = f"| 9 | {'nine ' * 10}|\n"
    table = HEADER + "| 1 | 1 |\n" * 3 + long + "| 2 | 4 |\n" * 3
    limit = len(long) + 5
    parts = chunks(table, limit, kind="markdown", repeat_header=True)
    assert all(len(part.text) <= limit for part in parts)
    (bare,) = [part for part in parts[1:] if not part.header]
    assert bare.text == long  # and the rows after it get the header again
    assert chunks(table, len(HEADER), kind="markdown", repeat_header=True) == chunks(
        table, len(HEADER), kind="markdown"
    )


def test_a_row_over_the_limit_is_cut_without_headers_between_its_parts() -> None:
    table = HEADER + f"| 1 | {'one ' * 60}|\n" + "| 2 | two |\n"
    parts = chunks(table, 80, kind="markdown", repeat_header=True)
    assert [bool(part.header) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert parts[-1].text == HEADER + "| 2 | two |\n"


def test_overlaps_are_whole_rows_below_the_header() -> None:
    table = HEADER + ROWS
    parts = chunks(table, 100, overlap=30, kind="markdown", repeat_header=True)
    rows = {start for found in tables_of(table) for start, _ in found.rows}
    assert all(part.header == HEADER and part.start in rows for part in parts[1:])
    assert any(before.end > after.start for before, after in pairwise(parts))


def test_headers_are_a_column(wl: WordLlama) -> None:
    table = HEADER + ROWS
    parts = wl.chunks(table, 40, unit="tokens", kind="markdown", repeat_header=True)
    headers = ["", *[HEADER] * (len(parts) - 1)]
    assert parts.columns()["header"] == [part["header"] for part in parts.to_dict()] == headers
    assert parts.to_arrow()["header"].to_pylist() == headers
    assert parts.to_pandas()["header"].tolist() == headers
    assert all(part.tokens <= 40 for part in parts)
    assert wl.chunks([table], 200, repeat_header=True) == [
        wl.chunks(table, 200, repeat_header=True)
    ]
