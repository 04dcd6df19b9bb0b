from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama import WordLlama
from wordllama.split import chunks, graphemes

UNUSUAL = [
    "word ", "a", " ", "\n", "\n\n", "\r\n", "\t", ". ", "! ", "Mr. ", "e.g. ", "3.14 ", "“Yes.” ",
    "你好。", "世界，", "สวัสดีชาวโลก", "👩‍👩‍👧‍👦", "👍🏽", "🇨🇭🇯🇵", "e\u0301\u0323\u0301", "\u0301",
    "각", "क्षि",
    "# Heading\n", "## Part\n", "- item\n", "  - inner\n", "1. one\n", "| a | b |\n", "|---|---|\n",
    "```\n", "~~~ py\n", "> quote\n", "---\n", "===\n", "    indented\n", "def f(x):\n",
    "class A {\n", "}\n", "    return x;\n", "@decorator\n", "// comment\n",
    "-", "|", "#", "\x0b", "\x1c", "\x85",
    "\u2028", "\u3000", "\ud800", "x" * 40, "-" * 9,
]  # fmt: skip
texts = st.lists(st.sampled_from(UNUSUAL), max_size=40).map("".join)
limits = st.integers(1, 60)
kinds = st.sampled_from(["text", "markdown", "code", "auto"])


def by_threes(text: str) -> int:
    """A counter that is not additive: three characters a token, words apart."""
    return sum(-(-len(word) // 3) for word in text.split()) or min(1, len(text))


def ends_of_clusters(text: str) -> set[int]:
    ends = {0}
    for cluster in graphemes(text):
        ends.add(max(ends) + len(cluster))
    return ends


@settings(max_examples=300, deadline=None)
@given(texts, limits, kinds)
def test_chunks_put_together_give_the_text_and_keep_to_the_limit(text, limit, kind) -> None:
    parts = chunks(text, limit, kind=kind)
    assert "".join(part.text for part in parts) == text
    assert all(1 <= len(part.text) <= limit for part in parts)
    assert all(text[part.start : part.end] == part.text for part in parts)


@settings(max_examples=300, deadline=None)
@given(texts, limits, kinds)
def test_tokens_are_limited_by_the_counter_given(text, limit, kind) -> None:
    parts = chunks(text, limit, unit="tokens", kind=kind, count=by_threes)
    assert "".join(part.text for part in parts) == text
    assert all(part.tokens == by_threes(part.text) <= limit for part in parts)


@settings(max_examples=300, deadline=None)
@given(texts, limits, kinds)
def test_no_cluster_is_cut_that_fits(text, limit, kind) -> None:
    ends = ends_of_clusters(text)
    borders = sorted(ends)
    for part in chunks(text, limit, kind=kind):
        if part.end not in ends:
            start = max(border for border in borders if border < part.end)
            end = min(border for border in borders if border > part.end)
            assert end - start > limit


@settings(max_examples=300, deadline=None)
@given(texts, st.integers(2, 60), kinds, st.data())
def test_overlaps_are_at_most_as_long_as_asked_and_skip_nothing(text, limit, kind, data) -> None:
    overlap = data.draw(st.integers(1, limit - 1))
    parts = chunks(text, limit, kind=kind, overlap=overlap)
    assert all(len(part.text) <= limit for part in parts)
    assert all(text[part.start : part.end] == part.text for part in parts)
    for before, after in pairwise(parts):
        assert before.end - overlap <= after.start <= before.end < after.end
        assert before.start <= after.start
    assert [part.end for part in parts[-1:]] == [len(text)] * bool(text)


@settings(max_examples=200, deadline=None)
@given(texts, st.integers(2, 30), kinds, st.data())
def test_overlaps_in_tokens_keep_to_both_limits(text, limit, kind, data) -> None:
    overlap = data.draw(st.integers(1, limit - 1))
    parts = chunks(text, limit, unit="tokens", kind=kind, overlap=overlap, count=by_threes)
    assert all(part.tokens == by_threes(part.text) <= limit for part in parts)
    for before, after in pairwise(parts):
        assert after.start <= before.end < after.end
        assert by_threes(text[after.start : before.end]) <= overlap


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_001,
        "你好世界" * 2_500,
        "สวัสดี" * 2_000,
        "👩‍👩‍👧‍👦" * 900,
        "e\u0301" * 5_000,
        "🇨🇭" * 5_000,
    ],
)
def test_text_without_spaces_fills_its_chunks(text: str) -> None:
    parts = chunks(text, 100)
    assert all(len(part.text) > 80 for part in parts[:-1])
    assert {part.end for part in parts} <= ends_of_clusters(text)


def test_a_cluster_over_the_limit_is_cut_between_its_characters() -> None:
    zalgo = "a" + "\u0301" * 25
    assert [len(part.text) for part in chunks(zalgo, 10)] == [10, 10, 6]


def test_a_chunk_may_be_full_to_the_limit() -> None:
    assert [part.text for part in chunks("abcde", 5)] == ["abcde"]


def test_no_text_gives_no_chunk() -> None:
    assert chunks("", 10) == []


def test_paragraphs_are_preferred_to_sentences_and_those_to_words() -> None:
    text = "One. Two is longer.\n\nThree is a sentence. And four goes on for a long while yet."
    assert [part.text for part in chunks(text, 30, kind="text")] == [
        "One. Two is longer.\n\n",
        "Three is a sentence. ",
        "And four goes on for a long ",
        "while yet.",
    ]


def test_overlaps_begin_at_a_sentence_where_one_is_in_reach() -> None:
    text = "First one here. Second one here. Third one here. Fourth one here."
    parts = chunks(text, 50, overlap=20)
    assert [part.text for part in parts] == [
        "First one here. ",
        "First one here. Second one here. ",
        "Second one here. Third one here. ",
        "Third one here. Fourth one here.",
    ]


def test_a_chunk_prints_as_its_text_and_converts_to_a_dict() -> None:
    (part,) = chunks("some text", 20, count=by_threes)
    assert str(part) == "some text"
    assert part.to_dict() == {
        "text": "some text", "start": 0, "end": 9, "tokens": 4, "header": "", "heading": None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"limit": 0}, "limit must be at least 1, not 0"),
        ({"limit": 5, "overlap": 5}, "overlap must be at least 0 and below limit=5, not 5"),
        ({"limit": 5, "overlap": -1}, "not -1"),
        ({"limit": 5, "unit": "words"}, "unit must be .* not 'words'"),
        ({"limit": 5, "unit": "tokens"}, "count must be given"),
        ({"limit": 5, "kind": "html"}, "kind must be .* not 'html'"),
    ],
)
def test_arguments_out_of_range_are_refused_by_name(arguments, names: str) -> None:
    with pytest.raises(ValueError, match=names):
        chunks("text", **arguments)


def test_a_character_of_more_tokens_than_the_limit_is_refused() -> None:
    def count(text: str) -> int:
        return len(text.encode())

    with pytest.raises(
        ValueError, match="at least 3, the tokens of the character '漢' at 2, not 2"
    ):
        chunks("ab漢", 2, unit="tokens", count=count)


def test_what_is_no_string_is_refused() -> None:
    with pytest.raises(TypeError, match="text must be a str, not NoneType"):
        chunks(None, 10)  # type: ignore[arg-type]


def test_chunks_print_as_a_table_and_become_columns() -> None:
    parts = chunks("word " * 100, 20, count=lambda part: len(part.split()))
    assert str(parts).splitlines()[1] == "     0     20       4  'word word word word '"
    assert str(parts).endswith("... and 5 more")
    assert parts.to_pandas()["tokens"].tolist() == [4] * 25
    assert parts.to_arrow().to_pylist() == parts.to_dict()
    assert parts == list(parts)


def test_many_texts_give_the_chunks_of_each(wl: WordLlama) -> None:
    texts = ["One sentence. Another one.", "", "word " * 9]
    assert wl.chunks(iter(texts), 20) == [wl.chunks(text, 20) for text in texts]
