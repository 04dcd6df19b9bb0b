"""Sections of Markdown: a partition of the text, under the titles that stand over each part."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

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
