from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wordllama import WordLlama
from wordllama.split import chunks, topics

SUBJECTS = (
    "The oven bakes bread. Flour and butter make dough. Soup simmers with onions. "
    "Roast the garlic slowly. Salt the pasta water. ",
    "The court heard the appeal. Lawyers filed a motion. The judge gave a verdict. "
    "The statute forbids fraud. A jury acquitted him. ",
    "The striker scored twice. Midfielders passed the ball. The goalkeeper saved a penalty. "
    "Fans filled the stadium. The coach praised his team. ",
)


def by_content(pieces: list[str]) -> NDArray[np.float32]:
    seeds = [int(hashlib.md5(repr(piece).encode()).hexdigest()[:8], 16) for piece in pieces]
    rows = [np.random.default_rng(seed).normal(size=8) for seed in seeds]
    vectors = np.array(rows, np.float32).reshape(-1, 8)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def by_words(text: str) -> int:
    return max(1, len(text.split()))


def test_chunks_end_where_the_subject_changes(wl: WordLlama) -> None:
    text = "".join(SUBJECTS)
    assert [chunk.text for chunk in wl.chunks(text, 300, topics=True)] == list(SUBJECTS)
    assert [chunk.text for chunk in wl.chunks(text, 300)] != list(SUBJECTS)


def test_binary_models_find_subjects_too(wl: WordLlama) -> None:
    binary = WordLlama(wl.encoder)
    binary.binary = True
    text = "".join(SUBJECTS)
    assert [chunk.text for chunk in binary.chunks(text, 300, topics=True)] == list(SUBJECTS)


texts = st.lists(
    st.sampled_from(["a b. ", "C. ", "word ", "\n\n", "漢字。", "x" * 30, "Hm? "])
).map("".join)


@settings(max_examples=200, deadline=None)
@given(texts, st.integers(1, 50), st.sampled_from(["characters", "tokens"]))
def test_the_limit_holds_and_the_parts_give_the_text(text, limit, unit) -> None:
    parts = chunks(text, limit, unit=unit, count=by_words, embed=by_content)
    assert "".join(part.text for part in parts) == text
    sizes = [len(part.text) if unit == "characters" else part.tokens for part in parts]
    assert all(size <= limit for size in sizes)


def test_a_long_text_is_taken_in_blocks(monkeypatch: pytest.MonkeyPatch, wl: WordLlama) -> None:
    monkeypatch.setattr(topics, "_BLOCK", 12)
    text = "".join(SUBJECTS) * 6
    ends = {chunk.end for chunk in wl.chunks(text, 300, topics=True)}
    borders = {len("".join((SUBJECTS * 6)[:n])) for n in range(1, 19)}
    assert len(ends & borders) >= 15


def test_a_text_that_says_the_same_over_and_over_is_not_cut_for_nothing(wl: WordLlama) -> None:
    parts = wl.chunks("Nothing new today. " * 200 + "word " * 2000, 500, topics=True)
    assert len(parts) < 40
    assert max(len(part.text) for part in parts) <= 500
