"""Sections of Markdown: a partition of the text, under the titles that stand over each part."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from wordllama import WordLlama, split
from wordllama.index import Index
from wordllama.split import sections

LINES = ["# A", "## B ##", "text", "", "===", "---", "> # quoted", "- # item", "```", "#no", "###"]


@given(st.lists(st.sampled_from(LINES), max_size=12).map("\n".join))
def test_sections_are_the_text_under_its_headings(text: str) -> None:
    found = sections(text)
    assert "".join(text[s.start : s.end] for s in found) == text
    tokens = MarkdownIt("commonmark").parse(text)
    titles = [
        tokens[i + 1].content.replace("\n", " ")
        for i, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]
    own = [s.headings[-1] for s in found if s.headings]
    assert set(own) <= set(titles)
    if text and not text.startswith("---") and titles and titles[-1]:
        assert titles[-1] == found[-1].headings[-1]


@pytest.mark.parametrize("limit", [20, 60, 1000])
def test_a_chunk_has_the_titles_of_the_section_that_it_begins_in(limit: int) -> None:
    text = "Hi.\n\n# A\n\nOne. Two. Three, four.\n\n## B\n\nSix.\n\n# C\n\nSeven eight nine.\n"
    for chunk in split.chunks(text, limit, kind="markdown"):
        begin = chunk.start + len(chunk.text) - len(chunk.text.lstrip())
        (section,) = (s for s in split.sections(text) if s.start <= begin < s.end)
        assert chunk.heading == (" > ".join(section.headings) or None)
    assert {chunk.heading for chunk in split.chunks(text, 20, kind="text")} == {None}


def test_the_limit_is_the_same_everywhere() -> None:
    for function in (split.chunks, WordLlama.chunks, Index.sync):
        assert inspect.signature(function).parameters["limit"].default == split.LIMIT
