from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from wordllama import WordLlama
from wordllama.explain import Explanation, word_vectors

WORDS = [
    "car", "vehicle", "the", "quick", "don't", "3.14", "naïve", "你好", "สวัสดี", "🙂", "<s>", ",",
    "\n",
    "\t", "  ", "half-way", "e\u0301", "\ud800", "😀", "…", "\u200b", "Übergröße",
]  # fmt: skip
texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(texts, texts)
def test_shares_sum_to_the_similarity(wl: WordLlama, a: str, b: str) -> None:
    explanation = wl.explain(a, b)
    expected = wl.similarity(a, b)
    assert explanation.matrix.sum() == pytest.approx(expected, abs=1e-6)
    assert explanation.similarity == pytest.approx(expected, abs=1e-6)
    assert explanation.shares_a.sum() == pytest.approx(expected, abs=1e-6)
    assert explanation.shares_b.sum() == pytest.approx(expected, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(texts, texts)
def test_shares_sum_to_the_binary_similarity(binary: WordLlama, a: str, b: str) -> None:
    explanation = binary.explain(a, b)
    assert explanation.binary
    assert explanation.similarity == pytest.approx(binary.similarity(a, b), abs=1e-6)
    if explanation.matrix.size:
        assert explanation.matrix.sum() == pytest.approx(explanation.similarity, abs=1e-6)
        assert np.abs(explanation.matrix).sum() <= 1 + 1e-9


@settings(max_examples=150, deadline=None)
@given(texts)
def test_words_lie_in_the_text_in_order_and_cover_what_is_visible(wl: WordLlama, text: str) -> None:
    parts = word_vectors(text, wl.encoder)
    ends = [0]
    for word in parts.words:
        assert parts.text[word.start : word.end] == word.text
        assert word.start >= ends[-1]
        ends.append(word.end)
    assert "".join("".join(word.text.split()) for word in parts.words) == "".join(
        parts.text.split()
    )


@settings(max_examples=50, deadline=None)
@given(texts)
def test_word_vectors_sum_to_the_vector_of_the_text(wl: WordLlama, text: str) -> None:
    total = word_vectors(text, wl.encoder).vectors.sum(axis=0)
    assert total == pytest.approx(wl.embed(text)[0], abs=1e-6)


@pytest.fixture(scope="session")
def binary(wl: WordLlama) -> WordLlama:
    model = WordLlama(wl.encoder)
    model.binary = True
    return model


def test_words_of_several_tokens_come_whole(wl: WordLlama) -> None:
    words = word_vectors("It doesn't embarrass สวัสดี 🙂", wl.encoder).words
    assert [word.text for word in words] == ["It", "doesn't", "embarrass", "สวัสดี", "🙂"]
    assert max(len(word.tokens) for word in words) > 3


def test_pairs_come_best_first(wl: WordLlama) -> None:
    explanation = wl.explain("a fast car", "a quick vehicle")
    pairs = explanation.pairs()
    assert [pair.share for pair in pairs] == sorted(explanation.matrix.ravel(), reverse=True)[:10]
    assert (str(pairs[0].a), str(pairs[0].b)) == ("car", "vehicle")
    assert pairs[0].cosine == pytest.approx(wl.similarity("car", "vehicle"), abs=1e-6)
    with pytest.raises(ValueError, match="n must be at least 0, not -1"):
        explanation.pairs(-1)


def test_a_word_of_a_hundred_thousand_characters_is_one_word(wl: WordLlama) -> None:
    text = "a car " + "ab1" * 100_000 + " - " + "z" * 100_000
    parts = word_vectors(text, wl.encoder)
    assert [len(word.text) for word in parts.words] == [1, 3, 300_000, 1, 100_000]
    assert sum(len(word.tokens) for word in parts.words) > 100_000
    assert parts.vectors.sum(axis=0) == pytest.approx(wl.embed(text)[0], abs=1e-5)


def test_the_best_pairs_of_long_texts_are_those_of_the_whole_matrix(wl: WordLlama) -> None:
    words = [word for word, _ in wl.neighbours("car", 2500)]
    explanation = wl.explain(" ".join(words), " ".join(reversed(words)))
    best = np.sort(explanation.matrix, axis=None)[::-1][:20]
    assert [pair.share for pair in explanation.pairs(20)] == pytest.approx(best.tolist())


def test_an_empty_text_explains_nothing(wl: WordLlama) -> None:
    explanation = wl.explain("", "a text")
    assert explanation.matrix.shape == (0, 2)
    assert explanation.similarity == 0
    assert explanation.pairs() == []
    assert "0.0000" in str(explanation)
    assert "<table>" in explanation._repr_html_()


@pytest.mark.parametrize("fixture", ["byte_level", "minilm", "unigram"])
def test_other_tokenizers_explain_exactly_too(
    fixture: str, request: pytest.FixtureRequest, english: list[str]
) -> None:
    tokenizer: Tokenizer = request.getfixturevalue(fixture)
    matrix = np.random.default_rng(0).normal(size=(tokenizer.get_vocab_size(), 64))
    model = WordLlama(matrix.astype(np.float32), tokenizer)
    for a, b in zip(english[:40], english[40:80], strict=True):
        explanation = model.explain(a, b)
        assert explanation.matrix.sum() == pytest.approx(model.similarity(a, b), abs=1e-6)


def test_html_escapes_what_the_texts_hold(wl: WordLlama) -> None:
    shown = wl.explain("<b>bold</b> & more", "x < y")._repr_html_()
    assert "<b>bold" not in shown
    assert "&lt;" in shown
    assert "&amp;" in shown


def test_long_texts_show_pairs_instead_of_the_matrix(wl: WordLlama) -> None:
    shown = wl.explain("many words " * 20, "a cat")._repr_html_()
    assert "<th>cosine</th>" in shown


def test_the_terminal_form_has_colours_only_when_asked(wl: WordLlama) -> None:
    explanation = wl.explain("a cat", "a dog")
    assert "\x1b[" not in str(explanation)
    assert "\x1b[" in explanation.coloured()


def test_to_dict_is_plain_and_sums_up(wl: WordLlama) -> None:
    plain = json.loads(json.dumps(wl.explain("a cat", "the dog").to_dict()))
    total = sum(word["share"] for word in plain["a"]["words"])
    assert total == pytest.approx(plain["similarity"], abs=1e-6)
    assert plain["b"]["words"][1] | {"share": 0} == {
        "text": "dog", "start": 4, "end": 7, "share": 0,
    }  # fmt: skip


def test_a_ranking_is_explained_best_first(wl: WordLlama) -> None:
    docs = ["the shop", "a truck", "quick vehicle"]
    ranking = wl.explain("fast car", docs)
    assert [docs[i] for i in ranking.indices] == [doc for doc, _ in wl.rank("fast car", docs)]
    assert all(isinstance(each, Explanation) for each in ranking.explanations)
    assert str(ranking).splitlines()[0].endswith("quick vehicle  (vehicle +0.362, quick +0.311)")
    assert json.dumps(ranking.to_dict())
    assert ranking._repr_html_().count("<hr>") == 2
    assert wl.explain("fast car", []).explanations == ()


def test_contrast_sums_to_the_difference(wl: WordLlama) -> None:
    contrast = wl.contrast("the red car", "a truck", "a red shop")
    difference = wl.similarity("the red car", "a truck") - wl.similarity(
        "the red car", "a red shop"
    )
    assert contrast.difference == pytest.approx(difference, abs=1e-6)
    assert contrast.query_shares.sum() == pytest.approx(difference, abs=1e-6)
    every = contrast.reasons(100)
    assert sum(move for _, _, move in every) == pytest.approx(difference, abs=1e-6)
    assert [abs(move) for *_, move in every] == sorted((abs(m) for *_, m in every), reverse=True)
    assert json.dumps(contrast.to_dict())
    assert "<hr>" in contrast._repr_html_()
    assert str(contrast).startswith("a is ")
    with pytest.raises(ValueError, match="n must be at least 0, not -2"):
        contrast.reasons(-2)


def test_what_is_no_string_is_refused_by_name(wl: WordLlama) -> None:
    with pytest.raises(TypeError, match="query must be a str, not int"):
        wl.contrast(1, "a", "b")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a must be a str, not list"):
        wl.explain(["a"], "b")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"b\[1\]|index 1|1"):
        wl.explain("a", ["b", 2])  # type: ignore[list-item]


def test_all_pairs_convert_to_a_table_and_a_data_frame(wl: WordLlama) -> None:
    explanation = wl.explain("a fast car", "quick vehicle")
    table = explanation.to_arrow()
    assert table.num_rows == 6
    assert sum(table["share"].to_pylist()) == pytest.approx(explanation.similarity, abs=1e-6)
    frame = explanation.to_pandas()
    assert frame.loc["car", "vehicle"] == explanation.matrix[2, 1]


def test_explanations_draw_themselves(wl: WordLlama) -> None:
    ax = wl.explain("a fast car", "a quick vehicle on the road").plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "fast", "car"]
    assert ax.images[0].get_array().shape == (3, 6)
    assert wl.explain("", "").plot().get_title() == "similarity 0.0000"
    bars = wl.contrast("a red car", "a truck", "a red shop").plot()
    assert [bar.get_width() < 0 for bar in bars.patches] == [False, True, False]


def test_rankings_and_contrasts_become_tables(wl: WordLlama) -> None:
    docs = ["a shop", "a truck", "quick vehicles"]
    ranking = wl.explain("fast car", docs)
    assert ranking.to_pandas()["text"].tolist() == [docs[i] for i in ranking.indices]
    assert ranking.to_arrow()["similarity"].to_pylist() == sorted(
        (wl.explain("fast car", doc).similarity for doc in docs), reverse=True
    )
    versus = wl.contrast("fast car", "a truck", "a shop")
    table = versus.to_arrow().to_pylist()
    assert table == versus.to_pandas().to_dict("records")
    assert sum(row["share"] for row in table if row["of"] == "query") == pytest.approx(
        versus.difference
    )
    assert sum(row["share"] for row in table if row["of"] != "query") == pytest.approx(
        versus.difference
    )


def test_of_two_equal_documents_neither_is_nearer(wl: WordLlama) -> None:
    assert str(wl.contrast("car", "truck", "truck")).startswith("a and b are equally near\n")
