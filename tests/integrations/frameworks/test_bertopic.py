"""BERTopic finds the topics of real text through the backend, and keeps the backend with them."""

from __future__ import annotations

import pickle
import pydoc_data.topics
from pathlib import Path

import numpy as np
import pytest
from bertopic import BERTopic
from bertopic.representation import KeyBERTInspired
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from wordllama import WordLlama
from wordllama.integrations.bertopic import WordLlamaBackend


@pytest.fixture(scope="module")
def manual() -> list[str]:
    names = ("try", "dict", "formatstrings", "floating", "integers")
    pages = [pydoc_data.topics.topics[name] for name in names]
    return [paragraph for page in pages for paragraph in page.split("\n\n") if len(paragraph) > 60]


@pytest.fixture(scope="module")
def topics(manual: list[str]) -> BERTopic:
    return BERTopic(
        embedding_model=WordLlamaBackend(),
        umap_model=PCA(5, random_state=0),
        hdbscan_model=KMeans(3, random_state=0),
        representation_model=KeyBERTInspired(random_state=0),
    ).fit(manual)


def test_vectors_are_the_models_unit_vectors(wl: WordLlama) -> None:
    texts = ["a red car", "heavy rain", ""]
    for embed in (WordLlamaBackend().embed_documents, WordLlamaBackend().embed_words):
        np.testing.assert_array_equal(embed(texts, verbose=True), wl.embed(texts, norm=True))
    assert WordLlamaBackend(dim=64).embed(np.array(texts)).shape == (3, 64)


def test_topics_hold_what_belongs_together(topics: BERTopic, manual: list[str]) -> None:
    (topic,), _ = topics.find_topics("an error is raised", top_n=1)
    members = [text for text, label in zip(manual, topics.topics_, strict=True) if label == topic]
    others = [text for text, label in zip(manual, topics.topics_, strict=True) if label != topic]
    share = [sum("exception" in text for text in texts) / len(texts) for texts in (members, others)]
    assert share[0] > 3 * share[1]
    assert "exception" in dict(topics.get_topic(topic))
    labels, _ = topics.transform(["The exception is handled by an except clause."])
    assert labels[0] == topic


def test_a_saved_topic_model_takes_the_backend_again(topics: BERTopic, tmp_path: Path) -> None:
    topics.save(str(tmp_path / "folder"), serialization="safetensors")
    read = BERTopic.load(str(tmp_path / "folder"), embedding_model=WordLlamaBackend())
    assert read.find_topics("errors", top_n=1)[0] == topics.find_topics("errors", top_n=1)[0]
    backend = pickle.dumps(topics.embedding_model)
    assert len(backend) < 1000
    np.testing.assert_array_equal(
        pickle.loads(backend).embed(["a"]), topics.embedding_model.embed(["a"])
    )


def test_errors_of_the_toolkit_pass() -> None:
    with pytest.raises(TypeError, match=r"texts\[1\] must be a str"):
        WordLlamaBackend().embed(["a", None])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="trunc_dim"):
        WordLlamaBackend(dim=3)
