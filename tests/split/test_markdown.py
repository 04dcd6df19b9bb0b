from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.split import chunks
from wordllama.split.blocks import Block, blocks
from wordllama.split.kinds import kind_of

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


def outer(text: str) -> list[Block]:
    return [block for block in blocks(text.split("\n")) if not block.parents]


def kinds(text: str) -> list[str]:
    return [block.kind for block in outer(text)]


def test_the_blocks_of_a_page_are_found() -> None:
    assert kinds(PAGE) == [
        "matter", "heading", "paragraph", "heading", "table", "list", "fence", "heading",
        "quote", "code", "rule", "paragraph",
    ]  # fmt: skip
    assert [block.depth for block in outer(PAGE) if block.kind == "heading"] == [1, 2, 2]


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
    table = len(PAGE[PAGE.index("| kind") : PAGE.index("- one")])
    alone = table <= limit < table + len("## Kinds\n\n")
    for chunk in chunks(PAGE, limit, kind="markdown"):
        assert chunk.text.rstrip().endswith("## Kinds") == (alone and "## Kinds" in chunk.text)
        assert not chunk.text.rstrip().endswith(("# Cars", "------"))


CODE = "```\none = 1\ntwo = 2\nthree = 3\nfour = 4\n```\n"


@pytest.mark.parametrize("heading", ["# A title of some length\n", "# A\n\n## Title\n\n", "A\n-\n"])
def test_what_fits_without_its_heading_alone_is_kept_whole_without_it(heading: str) -> None:
    *headings, last = [p.text for p in chunks(heading + CODE, len(CODE), kind="markdown")]
    assert ("".join(headings), last) == (heading, CODE)


def test_of_two_headings_the_nearer_one_stays_where_only_it_fits() -> None:
    text = "# A title of some length\n\n## Part\n\n" + CODE
    parts = [part.text for part in chunks(text, len(CODE) + 12, kind="markdown")]
    assert parts == ["# A title of some length\n\n", "## Part\n\n" + CODE]


def test_code_in_a_list_that_does_not_fit_with_its_heading_stays_whole() -> None:
    items = "- one\n\n" + "".join("  " + line for line in CODE.splitlines(True)) + "- two\n"
    (cut,) = {
        part.text.count("three") + part.text.count("two =")
        for part in chunks("# A title\n\n" + items, len(items), kind="markdown")
        if "three" in part.text
    }
    assert cut == 2


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


STEPS = """1. Get the sources from the server and unpack them:

   ```sh
   curl -O https://example.org/pkg.tar.gz

   tar xf pkg.tar.gz
   ```

2. Say where the data is kept, and start it:

   | key  | value |
   | ---- | ----- |
   | data | /var  |

   - as a service

         systemctl start pkg
         systemctl status pkg

> Run this first:
>
> ~~~
> pip install something-long
>
> python -m something init
> ~~~
"""
NESTED = [
    "   ```sh\n   curl -O https://example.org/pkg.tar.gz\n\n   tar xf pkg.tar.gz\n   ```\n",
    "   | key  | value |\n   | ---- | ----- |\n   | data | /var  |\n",
    "         systemctl start pkg\n         systemctl status pkg\n",
    "> ~~~\n> pip install something-long\n>\n> python -m something init\n> ~~~\n",
]


@pytest.mark.parametrize("block", NESTED)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("limit", range(90, 300, 7))
def test_what_lies_in_items_and_quotes_stays_whole(block: str, ending: str, limit: int) -> None:
    parts = chunks(STEPS.replace("\n", ending), limit, kind="markdown")
    assert sum(block.replace("\n", ending) in part.text for part in parts) == 1


@pytest.mark.parametrize("limit", range(50, 90, 3))
def test_what_lies_in_items_and_quotes_is_cut_between_lines(limit: int) -> None:
    ends = {part.end for part in chunks(STEPS, limit, kind="markdown")}
    for block in NESTED:
        start = STEPS.index(block)
        inside = {end for end in ends if start < end < start + len(block)}
        assert all(STEPS[end - 1] == "\n" for end in inside)


parts_of_pages = st.sampled_from(
    ["```\nx y\n\nz\n```\n", "~~~\na. B\n~~~\n", "| a | b |\n|---|---|\n| c. D | e |\n",
     "Text. More.\n\n",
     "# A\n", "## B. C\n\n", "D\n===\n",
     "- item\n", "\n", "> quote\n", "1. one\n\n", "        code. Of it\n"]
)  # fmt: skip
prefixes = st.sampled_from(["", "> ", "- ", "  ", "   ", "1. ", "> - ", "> > "])


@st.composite
def pages(draw: st.DrawFn) -> str:
    """Blocks in containers, in containers."""
    text = ""
    for _ in range(draw(st.integers(1, 6))):
        part = "".join(draw(st.lists(parts_of_pages, min_size=1, max_size=3)))
        first = draw(prefixes)
        rest = first if ">" in first else " " * len(first)
        lines = part.splitlines(keepends=True)
        text += first + lines[0] + "".join(rest + line for line in lines[1:])
    return text


@settings(max_examples=200, deadline=None)
@given(pages(), st.integers(8, 120))
def test_no_fence_or_table_that_fits_is_cut(text: str, limit: int) -> None:
    lines = text.splitlines(keepends=True)
    offsets = [0, *accumulate(map(len, lines))]
    ends = [part.end for part in chunks(text, limit, kind="markdown")]
    for block in blocks(text.split("\n")):
        if block.kind in ("fence", "table"):
            start, end = offsets[block.first], offsets[min(block.last, len(lines))]
            inside = [cut for cut in ends if start < cut < end]
            if end - start <= limit:
                assert not inside
            elif max(map(len, lines[block.first : block.last])) <= limit:
                assert all(cut in offsets for cut in inside)


def test_kinds_are_told_apart() -> None:
    assert kind_of(PAGE) == "markdown"
    assert kind_of("Plain words. And some more of them,\nin two lines.") == "text"
    assert kind_of("import os\n\n\ndef f(x):\n    return x + 1\n") == "code"
    assert kind_of("int main(void) {\n    int x = 1;\n    return x;\n}\n") == "code"
    assert kind_of("") == "text"
