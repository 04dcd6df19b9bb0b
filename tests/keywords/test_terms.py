"""Tokens become terms: one case, no endings, no punctuation, whichever tokenizer they are of."""

from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer

from wordllama import WordLlama
from wordllama.encode.encoder import Encoder
from wordllama.kernel import Rows
from wordllama.keywords import Terms, scores


def named(terms: Terms, text: str) -> list[str]:
    return [terms.name(t) if t >= 0 else "" for t in terms.of(terms.encoder.token_ids([text])[0])]


@pytest.fixture(scope="module")
def words() -> WordLlama:
    return WordLlama.load("l2_words")


def test_endings_and_case_do_not_matter(words: WordLlama, wl: WordLlama) -> None:
    for model in (words, wl):
        terms = Terms(model.encoder)
        assert named(terms, "cars car Car") == ["car"] * 3
        assert named(Terms(model.encoder, "none"), "cars car") == ["cars", "car"]


def test_punctuation_is_no_term(words: WordLlama, wl: WordLlama) -> None:
    for model in (words, wl):
        assert set(named(Terms(model.encoder), "-- , . !")) == {""}


def test_a_token_inside_a_word_is_another_term(wl: WordLlama) -> None:
    terms = Terms(wl.encoder)
    inside, begins = (wl.tokenizer.token_to_id(token) for token in ("ing", "▁ing"))
    before = wl.tokenizer.token_to_id("▁read")
    found = terms.of(np.array([before, inside, begins], np.int32)).tolist()
    assert len(set(found)) == 3
    # By itself, it is a word.
    assert terms.of(np.array([inside], np.int32)).tolist() == found[2:]


def test_a_word_is_one_after_whatever_is_in_no_word(words: WordLlama, wl: WordLlama) -> None:
    texts = ["the car", "(car)", "brakes\ncar", 'a "car"', "x/car", "#car", "e-car", "cars"]
    others = ["scar", "", "carton", "ca r"]
    for model in (words, wl):
        found = scores(["car"], [*texts, *others], model.encoder)[0] > 0
        assert found.tolist() == [True] * len(texts) + [False] * len(others)


def test_what_was_learnt_is_kept_whatever_the_stemmer_says(words: WordLlama) -> None:
    terms = Terms(words.encoder)
    ids = words.encoder.token_ids(["apple pear"])[0]
    terms.learn({int(ids[0]): " fruit", int(ids[1]): " fruit"})
    assert len(set(terms.of(ids).tolist())) == 1
    assert set(terms.keys(ids).values()) == {" fruit"}


def test_bytes_of_characters_outside_the_vocabulary_are_terms(wl: WordLlama) -> None:
    found = scores(["𓀀"], ["𓀀 𓀁", "𓁐", "cat"], wl.encoder)[0]
    assert found[0] > found[1]
    assert found[2] == 0


def test_scripts_without_spaces(wl: WordLlama) -> None:
    found = scores(["天気"], ["今日の天気", "電車", "明日"], wl.encoder)[0]
    assert found.argmax() == 0
    assert (found > 0).tolist() == [True, False, False]


def test_byte_level_and_word_piece_tokenizers(byte_level: Tokenizer, minilm: Tokenizer) -> None:
    for tokenizer in (byte_level, minilm):
        rows = Rows(np.zeros((tokenizer.get_vocab_size(), 4), np.float32))
        found = scores(["the models"], ["a model", "the", "café"], Encoder(rows, tokenizer))[0]
        assert (found > 0).tolist() == [True, True, False]


def test_an_unknown_language_is_refused(wl: WordLlama) -> None:
    with pytest.raises(ValueError, match=r"language must be none or one of arabic, .*'klingon'"):
        Terms(wl.encoder, "klingon")
