from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.split import chunks
from wordllama.split.kinds import kind_of
from wordllama.split.markdown import blocks

PAGE = """---
title: A page
---

# Cars

Cars are fast. They need fuel.

## Kinds

| kind  | wheels |
| ----- | ------ |
| car   | 4      |
| truck | 6      |

- one item
  - one below it

  with a paragraph
- another item

```python
def drive():

    # not a heading
    return "fast"
```

Setext
------
> A quote, of
> two lines.

    indented code

    goes on
***
Last words.
"""


def kinds(text: str) -> list[str]:
    return [block.kind for block in blocks(text.split("\n"))]


def test_the_blocks_of_a_page_are_found() -> None:
    assert kinds(PAGE) == [
        "matter", "heading", "paragraph", "heading", "table", "list", "fence", "heading",
        "paragraph", "code", "rule", "paragraph",
    ]  # fmt: skip
    assert [b.depth for b in blocks(PAGE.split("\n")) if b.kind == "heading"] == [1, 2, 2]


@given(st.lists(st.sampled_from([*PAGE.split("\n"), "~~~", "===", "| a |", "|-|"]), min_size=1))
def test_blocks_cover_every_line_once(lines: list[str]) -> None:
    found = list(blocks(lines))
    assert found[0].first == 0
    assert found[-1].last == len(lines)
    assert all(a.last == b.first for a, b in pairwise(found))


@pytest.mark.parametrize(
    "block",
    [
        "| kind  | wheels |\n| ----- | ------ |\n| car   | 4      |\n| truck | 6      |\n\n",
        "- one item\n  - one below it\n\n  with a paragraph\n- another item\n\n",
        '```python\ndef drive():\n\n    # not a heading\n    return "fast"\n```\n\n',
    ],
)
@pytest.mark.parametrize("limit", range(90, 200, 7))
def test_tables_lists_and_fences_that_fit_stay_whole(block: str, limit: int) -> None:
    assert sum(block in chunk.text for chunk in chunks(PAGE, limit, kind="markdown")) == 1


@pytest.mark.parametrize("limit", range(60, 200, 7))
def test_a_heading_stays_with_what_follows(limit: int) -> None:
    for chunk in chunks(PAGE, limit, kind="markdown"):
        assert not chunk.text.rstrip().endswith(("# Cars", "## Kinds", "------"))


def test_a_chunk_begins_at_a_section_where_it_can() -> None:
    text = "".join(f"## Part {i}\n\n{'Some words on it. ' * 8}\n\n" for i in range(6))
    parts = chunks(text, 400, kind="markdown")
    assert all(part.text.startswith("## Part") for part in parts)


def test_a_table_too_long_is_cut_between_rows() -> None:
    table = "| a | b |\n|---|---|\n" + "".join(f"| {i} | {i * i} |\n" for i in range(60))
    parts = chunks(table, 120, kind="markdown")
    assert all(part.text.endswith("|\n") for part in parts)
    assert parts[0].text.startswith("| a | b |\n|---|---|\n| 0 |")


def test_a_list_too_long_is_cut_between_items() -> None:
    items = "".join(f"{i}. An item. It has two sentences.\n" for i in range(1, 30))
    assert all(
        part.text.endswith("sentences.\n") and part.text[0].isdigit()
        for part in chunks(items, 150, kind="markdown")
    )


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["\n", "\r\n"]))
def test_carriage_returns_change_no_block(ending: str) -> None:
    assert kinds(PAGE.replace("\n", ending).replace("\r\n", "\n")) == kinds(PAGE)
    parts = chunks(PAGE.replace("\n", ending), 150, kind="markdown")
    assert all(not part.text.startswith("\n") for part in parts)


def test_an_empty_item_before_a_carriage_return_is_one() -> None:
    text = "-\r\n- two\r\n"
    assert "".join(part.text for part in chunks(text, 5, kind="markdown")) == text


def test_kinds_are_told_apart() -> None:
    assert kind_of(PAGE) == "markdown"
    assert kind_of("Plain words. And some more of them,\nin two lines.") == "text"
    assert kind_of("import os\n\n\ndef f(x):\n    return x + 1\n") == "code"
    assert kind_of("int main(void) {\n    int x = 1;\n    return x;\n}\n") == "code"
    assert kind_of("") == "text"
