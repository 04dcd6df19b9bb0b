"""Haystack, in pipelines that are run and written to YAML."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from haystack import Document, Pipeline
from haystack.components.retrievers import InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore

from wordllama import WordLlama
from wordllama.integrations.haystack import (
    WordLlamaDocumentEmbedder,
    WordLlamaRanker,
    WordLlamaTextEmbedder,
)

TEXTS = ["Rain and wind all day.", "A red car on the road.", "Soup with bread.", "A truck."]


def test_documents_are_indexed_found_and_ranked(wl: WordLlama) -> None:
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    indexing = Pipeline()
    indexing.add_component("embedder", WordLlamaDocumentEmbedder())
    indexing.add_component("writer", DocumentWriter(store))
    indexing.connect("embedder.documents", "writer.documents")
    indexing.run({"embedder": {"documents": [Document(content=text) for text in TEXTS]}})

    asking = Pipeline()
    asking.add_component("embedder", WordLlamaTextEmbedder())
    asking.add_component("retriever", InMemoryEmbeddingRetriever(store, top_k=3))
    asking.add_component("ranker", WordLlamaRanker(top_k=2))
    asking.connect("embedder.embedding", "retriever.query_embedding")
    asking.connect("retriever.documents", "ranker.documents")
    query = "vehicles"
    found = asking.run({"embedder": {"text": query}, "ranker": {"query": query}})
    ranked = [(d.content, d.score) for d in found["ranker"]["documents"]]
    assert ranked == wl.rank(query, TEXTS)[:2]


def test_a_pipeline_is_written_and_read() -> None:
    pipeline = Pipeline()
    pipeline.add_component("embedder", WordLlamaTextEmbedder(dim=64))
    read = Pipeline.loads(pipeline.dumps(), allowed_modules=["wordllama.integrations.haystack"])
    assert len(read.run({"embedder": {"text": "a"}})["embedder"]["embedding"]) == 64


def test_documents_are_copied_and_may_be_empty(wl: WordLlama) -> None:
    given = [Document(content="a car", meta={"n": 1}), Document(content=None)]
    made = WordLlamaDocumentEmbedder().run(given)["documents"]
    np.testing.assert_array_equal(made[0].embedding, wl.embed("a car", norm=True)[0])
    assert (made[0].meta, given[0].embedding) == ({"n": 1}, None)
    assert not any(made[1].embedding)


@pytest.mark.parametrize(
    "made",
    [
        WordLlamaTextEmbedder(dim=64),
        WordLlamaDocumentEmbedder(dim=64, meta_fields_to_embed=["title"]),
        WordLlamaRanker(top_k=3, meta_fields_to_embed=["title"]),
    ],
    ids=lambda made: type(made).__name__,
)
def test_components_are_made_again_of_their_dicts(made: Any) -> None:
    again = type(made).from_dict(made.to_dict())
    assert again.to_dict() == made.to_dict()
    again.warm_up()
    assert again.model == "l2_supercat"


def test_fields_of_the_metadata_count_where_asked_for(wl: WordLlama) -> None:
    titled = Document(content="It is red.", meta={"title": "The car", "year": 1999})
    embedder = WordLlamaDocumentEmbedder(meta_fields_to_embed=["title", "missing"])
    (made,) = embedder.run([titled])["documents"]
    wanted = wl.embed("The car\nIt is red.", norm=True)[0]
    np.testing.assert_array_equal(made.embedding, wanted)
    documents = [Document(content="It is a car."), titled]
    ranker = WordLlamaRanker(meta_fields_to_embed=["title"])
    (first,) = ranker.run("the red car", documents, top_k=1)["documents"]
    assert first.content == titled.content


def test_errors_of_the_toolkit_pass() -> None:
    with pytest.raises(ValueError, match="top_k must be at least 1, not 0"):
        WordLlamaRanker(top_k=0)
    with pytest.raises(ValueError, match="top_k must be at least 1, not -1"):
        WordLlamaRanker().run("a", [Document(content="a")], top_k=-1)
    with pytest.raises(ValueError, match="trunc_dim"):
        WordLlamaTextEmbedder(dim=3).warm_up()
    with pytest.raises(TypeError, match=r"documents\[1\] must be a haystack.Document, not str"):
        WordLlamaDocumentEmbedder().run([Document(content="a"), "b"])
    with pytest.raises(TypeError, match=r"texts\[0\] must be a str"):
        WordLlamaTextEmbedder().run(None)  # type: ignore[arg-type]
