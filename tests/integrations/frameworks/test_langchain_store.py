"""LangChain's vector store over an index: the standard suite of langchain-tests, and our own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_tests.integration_tests import VectorStoreIntegrationTests

from wordllama import WordLlama
from wordllama.integrations.langchain import WordLlamaEmbeddings
from wordllama.integrations.langchain_store import WordLlamaVectorStore


class TestStandard(VectorStoreIntegrationTests):
    """In a file; the async tests, which come with a marker of their own, too."""

    @pytest.fixture
    def vectorstore(self, tmp_path: Path) -> WordLlamaVectorStore:
        return WordLlamaVectorStore(tmp_path / "store.db", model="l2_words")


DOCUMENTS = [
    Document("The car needs new brakes.", metadata={"year": 2024, "tags": ["car"], "ok": True}),
    Document("Brake pads: 40 euros.", metadata={"year": 2025, "by": {"name": "Anna"}, 'a"b': 1.5}),
    Document("Holiday in Portugal, by train.", metadata={"year": 2025, "note": None}),
]


@pytest.fixture
def store() -> WordLlamaVectorStore:
    made = WordLlamaVectorStore(model="l2_words")
    made.add_documents(DOCUMENTS, ids=["n1", "n2", "n3"])
    return made


def test_metadata_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    texts = [document.page_content for document in DOCUMENTS]
    metadatas = [document.metadata for document in DOCUMENTS]
    made = WordLlamaVectorStore.from_texts(
        texts, WordLlamaEmbeddings("l2_words", dim=64), metadatas, ids=["1", "2", "3"], index=path
    )
    again = WordLlamaVectorStore(path)
    assert again.index.info()["dim"] == 64
    assert [found.metadata for found in again.get_by_ids(["3", "x", "1"])] == [
        metadatas[2],
        metadatas[0],
    ]
    assert again.index.get("2").fields == {"metadata": metadatas[1]}  # type: ignore[union-attr]
    assert len(made.index) == 3


@pytest.mark.parametrize(
    ("filter", "ids"),
    [
        ({"year": 2025}, ["n2", "n3"]),
        ({"year": {">=": 2024, "<": 2025}}, ["n1"]),
        ({"year": [2024, 2023], "ok": True}, ["n1"]),
        ({("by", "name"): "Anna"}, ["n2"]),
        ({'a"b': {"$gt": 1}}, ["n2"]),
        ({"tags": ["car"]}, []),
        ({"tags": {"=": ["car"]}}, ["n1"]),
        ({"$or": [{"ok": True}, {"note": None, "by": {"!=": 1}}]}, ["n1", "n2", "n3"]),
        ({"$not": {"year": {"not in": [2025]}}}, ["n2", "n3"]),
        ({"' OR 1 --": 1}, []),
    ],
)
def test_filters(store: WordLlamaVectorStore, filter: dict[Any, Any], ids: list[str]) -> None:
    found = store.similarity_search("brakes", k=9, filter=filter)
    assert sorted(str(document.id) for document in found) == ids


def test_modes_and_scores(store: WordLlamaVectorStore) -> None:
    hits = store.index.search("brakes", 3, "hybrid")
    scored = store.similarity_search_with_score("brakes", k=3)
    assert [(document.id, score) for document, score in scored] == [
        (hit.id, hit.score) for hit in hits
    ]
    by_words = store.as_retriever(search_kwargs={"mode": "keyword", "k": 3}).invoke("brakes")
    assert {document.id for document in by_words} == {"n1", "n2"}
    assert len(store.similarity_search('-brakes "no phrase"', k=3)) == 3
    assert store.similarity_search("brakes -car", operators=True)[0].id == "n2"
    relevant = store.similarity_search_with_relevance_scores("brakes", k=3, score_threshold=0.3)
    assert [document.id for document, _ in relevant] == ["n1", "n2"]
    retriever = store.as_retriever(
        search_type="similarity_score_threshold", search_kwargs={"score_threshold": 0.3}
    )
    assert len(asyncio.run(retriever.ainvoke("brakes"))) == 2
    vector = WordLlamaEmbeddings("l2_words").embed_query("brakes")
    assert store.similarity_search_by_vector(vector, k=1)[0].id == "n1"


def test_diverse_documents(store: WordLlamaVectorStore) -> None:
    store.add_texts(["The car needs new brakes!"], ids=["n4"])
    same = store.max_marginal_relevance_search("new car brakes", k=2, lambda_mult=1)
    assert {document.id for document in same} == {"n1", "n4"}
    other = store.max_marginal_relevance_search("new car brakes", k=2, lambda_mult=0.3)
    assert {document.id for document in other} != {"n1", "n4"}
    retriever = store.as_retriever(search_type="mmr", search_kwargs={"k": 2, "lambda_mult": 1})
    assert asyncio.run(retriever.ainvoke("new car brakes")) == same
    vector = WordLlamaEmbeddings("l2_words").embed_query("new car brakes")
    assert store.max_marginal_relevance_search_by_vector(vector, k=2, lambda_mult=1) == same
    assert WordLlamaVectorStore(model="l2_words").max_marginal_relevance_search("a") == []


def test_an_index_made_elsewhere_is_a_store(tmp_path: Path) -> None:
    with WordLlama.load("l2_words", binary=True).index(tmp_path / "notes.db") as index:
        index.add([{"text": "new brakes", "year": 2024}, {"text": "a train", "year": 2025}])
    store = WordLlamaVectorStore(tmp_path / "notes.db")
    found = store.similarity_search("brakes", k=2, filter={"year": {">": 2000}})
    assert [(document.id, document.metadata) for document in found] == [
        ("0", {"year": 2024}),
        ("1", {"year": 2025}),
    ]
    assert len(store.max_marginal_relevance_search("brakes", k=2)) == 2
    vector = WordLlamaEmbeddings("l2_words").embed_query("brakes")
    assert store.similarity_search_by_vector(vector, k=1)[0].id == "0"
    assert store.add_documents([*found[1:], Document("a bus")])[0] == "1"
    assert sorted(map(str, store.index.ids))[:2] == ["0", "1"]
    assert len(store.index) == 3
    store.delete(["0"])
    assert store.delete(filter={"year": 2025})
    assert [record.text for record in store.index] == ["a bus"]
    store.delete()
    assert len(store.index) == 0


def test_what_makes_no_sense_is_refused(store: WordLlamaVectorStore) -> None:
    with pytest.raises(ValueError, match=r"metadatas must be as many as texts, 2, not 1"):
        store.add_texts(["a", "b"], [{}])
    with pytest.raises(TypeError, match=r"documents\[1\]: metadata 'when' is a set"):
        store.add_texts(["a", "b"], [{}, {"when": {1}}])
    assert len(store.index) == 3
    with pytest.raises(TypeError, match="must be a WordLlamaEmbeddings or None, not str"):
        WordLlamaVectorStore.from_texts(["a"], "l2_words")
    with pytest.raises(ValueError, match="mode is 'keyword', whose scores"):
        store.similarity_search_with_relevance_scores("a", mode="keyword")
    with pytest.raises(ValueError, match="an index has its model"):
        WordLlamaVectorStore(store.index, model="l2_words")
    with pytest.raises(TypeError, match="filter must be a mapping, not str"):
        store.similarity_search("a", filter="year = 1")
