"""However a text is made, the work to cut it grows as its length does: counted, not timed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.split import chunks

WORK = 80
"""Characters counted for each one of the text."""


class Counting:
    """A counter that says how many characters it was given."""

    def __init__(self, count: Callable[[str], int]) -> None:
        self.count, self.characters = count, 0

    def __call__(self, text: str) -> int:
        self.characters += len(text)
        return self.count(text)


class ManyCounting(Counting):
    def many(self, texts: list[str]) -> list[int]:
        return [self(text) for text in texts]


def runs_of_16(text: str) -> int:
    """As a language model's tokens: up to 16 of one character, or four letters, are one."""
    tokens, at = 0, 0
    while at < len(text):
        run = 1
        while run < 16 and at + run < len(text) and text[at + run] == text[at]:
            run += 1
        at += run if run > 1 else 4
        tokens += 1
    return tokens


COUNTERS: dict[str, Callable[[str], int]] = {
    "characters": len,
    "bytes": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "quarters": lambda text: len(text) // 4,  # parts count less than the whole
    "rounded": lambda text: -(-len(text) // 4),  # parts count more
    "words": lambda text: len(text.split()),  # white space is for nothing
    "runs": runs_of_16,
    "square": lambda text: len(text) ** 2 // 50,
}
SHAPES = {
    "spaces": " ",
    "dots": ".",
    "dashes": "-",
    "a word": "x",
    "words": "word and other ",
    "short words": "no a be ",
    "stops": "A. ",
    "full-width stops": "好。",
    "marks": "\u0301",
    "flags": "🇨🇭",
    "joined": "👩\u200d",
    "conjuncts": "क्",
    "lines": "a\n",
    "empty lines": "\n",
    "returns": "\r",
    "headings": "# a\n",
    "items": "- a\n",
    "definitions": "def f():\n",
    "quotes": "> a\n",
    "rows": "| a |\n",
    "fences": "```\n",
}


@pytest.mark.parametrize("overlap", [0, 9])
@pytest.mark.parametrize("counter", COUNTERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_counter_is_given_so_many_times_the_text_and_no_more(shape, counter, overlap) -> None:
    ways = [("text", ManyCounting), ("text", Counting), ("markdown", Counting), ("code", Counting)]
    for kind, make in ways:
        count = make(COUNTERS[counter])
        text = SHAPES[shape] * (2_000 // len(SHAPES[shape]))
        parts = chunks(text, 32, "tokens", overlap, kind, count)
        assert all(COUNTERS[counter](part.text) <= 32 for part in parts)
        assert count.characters <= WORK * len(text) + 20_000, (kind, make)


pieces = st.sampled_from([*SHAPES.values(), "A sentence of words, with a clause. ", "\n\n", "  - "])
runs = st.tuples(pieces, st.integers(1, 200)).map(lambda run: run[0] * run[1])
texts = st.lists(runs, max_size=6).map(lambda parts: "".join(parts)[:3_000])


@settings(max_examples=60, deadline=None)
@given(texts, st.sampled_from(sorted(COUNTERS)), st.integers(4, 60), st.data())
def test_no_text_is_more_work(text, counter, limit, data) -> None:
    overlap = data.draw(st.integers(0, limit - 4))
    kind = data.draw(st.sampled_from(["text", "markdown", "code"]))
    count = Counting(COUNTERS[counter])
    parts = chunks(text, limit, "tokens", overlap, kind, count)
    assert all(COUNTERS[counter](part.text) <= limit for part in parts)
    if overlap == 0:
        assert "".join(part.text for part in parts) == text
    assert count.characters <= WORK * len(text) + 20_000


HEADED = {
    "narrow": ("| a | b |\n|---|---|\n", "| 1 | 2 |\n"),
    "wide": ("|" + " a |" * 40 + "\n|" + "-|" * 40 + "\n", "| 1 |\n"),
    "spaces": ("|" + " " * 800 + "a|\n|-|\n", "| 1 |\n"),
    "long rows": ("| a | b |\n|---|---|\n", "| " + "word " * 90 + " |\n"),
    "one row": ("| a | b |\n|---|---|\n", "| " + "word " * 900),
    "tables": ("", "| a | b |\n|---|---|\n| c | d |\n\n"),
}


@pytest.mark.parametrize("overlap", [0, 9])
@pytest.mark.parametrize("counter", COUNTERS)
@pytest.mark.parametrize("shape", HEADED)
def test_headers_are_counted_no_more_than_they_are_written(shape, counter, overlap) -> None:
    header, row = HEADED[shape]
    text = header + row * max(1, 4_000 // len(row))
    for limit in (32, 150):
        count = Counting(COUNTERS[counter])
        parts = chunks(text, limit, "tokens", overlap, "markdown", count, repeat_header=True)
        assert all(COUNTERS[counter](part.text) <= limit for part in parts)
        written = sum(len(part.text) for part in parts)
        assert count.characters <= WORK * (len(text) + written) + 20_000, limit
        assert written <= 40 * len(text)


@pytest.mark.parametrize("shape", ["words", "a word", "spaces", "stops", "marks"])
def test_memory_is_some_bytes_for_each_character(shape: str) -> None:
    text = SHAPES[shape] * (300_000 // len(SHAPES[shape]))
    tracemalloc.start()
    chunks(text, 1000, overlap=100, kind="text")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24 * len(text) + 2_000_000
