from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer

from wordllama import WordLlama


def test_neighbours_are_the_nearest_words_of_the_vocabulary(wl: WordLlama) -> None:
    nearest = wl.neighbours("car", 20)
    words = [word for word, _ in nearest]
    scores = [score for _, score in nearest]
    assert words[:2] == ["cars", "vehicle"]
    assert scores == sorted(scores, reverse=True)
    assert scores[1] == pytest.approx(wl.similarity("car", "vehicle"), abs=1e-6)
    assert len(set(words)) == 20
    assert "car" not in [word.lower() for word in words]


def test_neighbours_of_any_text_may_be_asked_for(wl: WordLlama) -> None:
    assert len(wl.neighbours("a very fast automobile", 5)) == 5
    assert wl.neighbours("", 5) == []
    with pytest.raises(ValueError, match="n must be at least 1, not 0"):
        wl.neighbours("car", 0)


@pytest.mark.parametrize("fixture", ["byte_level", "minilm"])
def test_words_are_found_in_other_vocabularies(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    tokenizer: Tokenizer = request.getfixturevalue(fixture)
    matrix = np.random.default_rng(0).normal(size=(tokenizer.get_vocab_size(), 64))
    model = WordLlama(matrix.astype(np.float32), tokenizer)
    words = [word for word, _ in model.neighbours("the", 50)]
    assert len(words) == 50
    assert all(word.isalpha() for word in words)


def test_coverage_tells_tokens_bytes_and_parts_apart(wl: WordLlama) -> None:
    coverage = wl.vocabulary_coverage(["The cat sat on embarrassments", "ቋንቋ"])
    assert coverage.words == 6
    assert coverage.single == pytest.approx(4 / 6)
    assert coverage.several == pytest.approx(1 / 6)
    assert coverage.bytes == pytest.approx(1 / 6)
    assert coverage.unknown == 0
    assert dict(coverage.examples) == {"embarrassments": 1, "ቋንቋ": 1}
    assert "66.7% one token" in str(coverage)


def test_coverage_counts_a_word_as_often_as_it_comes(wl: WordLlama) -> None:
    once, often = wl.vocabulary_coverage(["cat ቋንቋ"]), wl.vocabulary_coverage(["cat ቋንቋ"] * 7)
    assert often.words == 7 * once.words
    assert often.single == once.single
    assert often.examples == (("ቋንቋ", 7),)


def test_unknown_words_are_told(minilm: Tokenizer) -> None:
    matrix = np.ones((minilm.get_vocab_size(), 64), np.float32)
    coverage = WordLlama(matrix, minilm).vocabulary_coverage(["the cat ቋንቋ"])
    assert coverage.unknown == pytest.approx(1 / 3)


def test_byte_level_tokens_that_are_no_character_count_as_bytes(byte_level: Tokenizer) -> None:
    matrix = np.ones((byte_level.get_vocab_size(), 64), np.float32)
    coverage = WordLlama(matrix, byte_level).vocabulary_coverage(["the ቋንቋ"])
    assert coverage.bytes == 0.5
    assert coverage.single == 0.5


def test_texts_without_words_have_shares_of_nothing(wl: WordLlama) -> None:
    coverage = wl.vocabulary_coverage(["", "123 ..."])
    assert coverage.words == 0
    assert coverage.single == coverage.bytes == coverage.tokens_per_word == 0
    assert coverage.to_dict()["examples"] == ()
