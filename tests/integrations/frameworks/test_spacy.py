"""spaCy: vectors and similarity of documents, spans and tokens."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import spacy
from spacy.tokens import DocBin

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


def test_a_saved_pipeline_is_loaded_where_wordllama_was_not_imported(
    nlp: spacy.Language, tmp_path: Path
) -> None:
    nlp.to_disk(tmp_path / "nlp")
    code = f"import spacy; print(spacy.load({str(tmp_path / 'nlp')!r})('a car').has_vector)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr


def test_documents_are_pickled_small_and_get_their_hooks_again(nlp: spacy.Language) -> None:
    doc = nlp("a red car")
    pickled = pickle.dumps(doc)
    assert len(pickled) < 100_000
    np.testing.assert_array_equal(pickle.loads(pickled).vector, doc.vector)
    (stored,) = DocBin(docs=[doc]).get_docs(nlp.vocab)
    assert not stored.has_vector
    assert nlp.get_pipe("wordllama")(stored).has_vector


def test_errors_of_the_toolkit_pass(nlp: spacy.Language) -> None:
    for config in ({"dim": 3}, {"model": "no_such_model"}):
        with pytest.raises(ValueError, match=r"trunc_dim|no_such_model"):
            nlp.add_pipe("wordllama", name="second", config=config)
