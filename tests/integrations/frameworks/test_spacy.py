"""spaCy: vectors and similarity of documents, spans and tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import spacy

import wordllama.integrations.spacy  # noqa: F401 (it registers the component)
from wordllama import WordLlama


@pytest.fixture
def nlp() -> spacy.Language:
    made = spacy.blank("en")
    made.add_pipe("wordllama")
    return made


def test_documents_spans_and_tokens_have_the_models_vectors(
    nlp: spacy.Language, wl: WordLlama
) -> None:
    doc = nlp("A red car drove through heavy rain")
    np.testing.assert_array_equal(doc.vector, wl.embed(doc.text)[0])
    np.testing.assert_array_equal(doc[1:3].vector, wl.embed("red car")[0])
    np.testing.assert_array_equal(doc[2].vector, wl.embed("car")[0])
    assert doc.has_vector
    assert not nlp("").has_vector


def test_similarity_is_the_models(nlp: spacy.Language, wl: WordLlama) -> None:
    a, b = nlp("a fast car"), nlp("a quick vehicle")
    assert a.similarity(b) == pytest.approx(wl.similarity(a.text, b.text))
    assert a.similarity(b[2]) == pytest.approx(wl.similarity(a.text, "vehicle"))
    assert a.similarity(nlp("")) == 0


def test_the_pipeline_is_saved_and_loaded(nlp: spacy.Language, tmp_path: Path) -> None:
    nlp.to_disk(tmp_path / "nlp")
    loaded = spacy.load(tmp_path / "nlp")
    assert loaded("a car").similarity(loaded("a car")) == pytest.approx(1)
    small = spacy.blank("en")
    small.add_pipe("wordllama", config={"dim": 64})
    assert small("a").vector.shape == (64,)
