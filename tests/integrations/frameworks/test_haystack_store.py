"""Haystack's document store over an index: its own suite for stores, and pipelines."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from haystack import Document, Pipeline
from haystack.components.writers import DocumentWriter
from haystack.dataclasses import ByteStream, SparseEmbedding
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy
from haystack.errors import FilterError
from haystack.testing.document_store import (
    DocumentStoreBaseExtendedTests,
    FilterableDocsFixtureMixin,
)

from wordllama import WordLlama
from wordllama.integrations.haystack import WordLlamaTextEmbedder
from wordllama.integrations.haystack_store import (
    WordLlamaDocumentStore,
    WordLlamaEmbeddingRetriever,
    WordLlamaRetriever,
)

MODULES = ["wordllama.integrations.*", "haystack.*"]


class TestStandard(DocumentStoreBaseExtendedTests, FilterableDocsFixtureMixin):
    """In a file."""

    @pytest.fixture
    def document_store(self, tmp_path: Path) -> WordLlamaDocumentStore:
        return WordLlamaDocumentStore(tmp_path / "store.db", model="l2_words")

    def test_write_documents(self, document_store: WordLlamaDocumentStore) -> None:
        """Without a policy, a document that is there is an error, and none is written."""
        first, second = Document(content="a"), Document(content="b")
        assert document_store.write_documents([first]) == 1
        with pytest.raises(DuplicateDocumentError):
            document_store.write_documents([second, first])
        assert document_store.filter_documents() == [first]


DOCUMENTS = [
    Document(id="1", content="The car needs new brakes.", meta={"year": 2024, "by": {"n": "Anna"}}),
    Document(id="2", content="Brake pads: 40 euros.", meta={"year": 2025, "when": "2025-01-01"}),
    Document(id="3", content="Holiday in Portugal.", meta={"when": "2025-03-01T10:00:00+02:00"}),
    Document(
        id="4",
        blob=ByteStream(b"\x00\xff", mime_type="image/png"),
        sparse_embedding=SparseEmbedding([1], [0.5]),
        embedding=[0.1, 0.2],
        score=0.5,
    ),
]


@pytest.fixture
def store() -> WordLlamaDocumentStore:
    made = WordLlamaDocumentStore(model="l2_words")
    assert made.write_documents(DOCUMENTS) == 4
    return made


def asked(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def test_documents_come_back_as_they_were(store: WordLlamaDocumentStore) -> None:
    assert store.filter_documents() == DOCUMENTS


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (asked("meta.by.n", "==", "Anna"), ["1"]),
        (asked("meta.by.n", "!=", "Anna"), ["2", "3", "4"]),
        (asked("year", "in", [2025, "x"]), ["2"]),
        (asked("meta.when", "==", "2025-03-01T08:00:00Z"), ["3"]),
        (asked("meta.when", "not in", ["2025-01-01T00:00:00"]), ["1", "3", "4"]),
        (asked("meta.when", ">", datetime(2025, 3, 1, 7, tzinfo=timezone.utc)), ["3"]),
        (asked("id", "in", ["1", "4"]), ["1", "4"]),
        (asked("content", "==", "Holiday in Portugal."), ["3"]),
    ],
)
def test_filters(store: WordLlamaDocumentStore, filters: dict[str, Any], ids: list[str]) -> None:
    assert [document.id for document in store.filter_documents(filters)] == ids


@pytest.mark.parametrize(
    "filters",
    [
        asked("meta.year", "~", 1),
        asked("meta.year", "==", {"a": 1}),
        asked("embedding", "==", None),
        asked("no.such", "==", 1),
        {"operator": "XOR", "conditions": []},
        {"operator": "AND", "conditions": 1},
        ["meta.year"],
    ],
)
def test_filters_that_make_no_sense_are_refused(
    store: WordLlamaDocumentStore, filters: Any
) -> None:
    with pytest.raises(FilterError):
        store.filter_documents(filters)


def test_duplicates_within_one_call(store: WordLlamaDocumentStore) -> None:
    two = [Document(id="7", content="a"), Document(id="7", content="b")]
    with pytest.raises(DuplicateDocumentError, match="with the id '7'"):
        store.write_documents(two, policy=DuplicatePolicy.FAIL)
    assert store.write_documents([*two, DOCUMENTS[0]], policy=DuplicatePolicy.SKIP) == 1
    assert store.filter_documents(asked("id", "==", "7"))[0].content == "a"
    assert store.write_documents(two, policy=DuplicatePolicy.OVERWRITE) == 1
    assert store.filter_documents(asked("id", "==", "7"))[0].content == "b"


def test_a_pipeline_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    writing = Pipeline()
    writing.add_component(
        "writer", DocumentWriter(WordLlamaDocumentStore(str(path), model="l2_words"))
    )
    writing = Pipeline.loads(writing.dumps(), allowed_modules=MODULES)
    writing.run({"writer": {"documents": DOCUMENTS}})

    store = WordLlamaDocumentStore(str(path))
    asking = Pipeline()
    filters = asked("meta.year", ">", 2000)
    asking.add_component("words", WordLlamaRetriever(store, mode="keyword", filters=filters))
    asking.add_component("both", WordLlamaRetriever(store, filter_policy="merge", filters=filters))
    asking.add_component("embedder", WordLlamaTextEmbedder(model="l2_words"))
    asking.add_component("near", WordLlamaEmbeddingRetriever(store, top_k=1))
    asking.connect("embedder.embedding", "near.query_embedding")
    again = Pipeline.loads(asking.dumps(), allowed_modules=MODULES)
    assert again.to_dict() == asking.to_dict()
    found = again.run(
        {
            "words": {"query": "brakes"},
            "both": {"query": "brakes", "filters": asked("id", "!=", "2"), "top_k": 5},
            "embedder": {"text": "a trip to Lisbon"},
        }
    )
    ids = {name: [d.id for d in part["documents"]] for name, part in found.items()}
    assert ids == {"words": ["2", "1"], "both": ["1"], "near": ["3"]}
    assert found["both"]["documents"][0].score == 1.0


def test_a_store_over_an_index_names_its_file(tmp_path: Path) -> None:
    index = WordLlama.load("l2_words").index(tmp_path / "notes.db")
    index.add([{"text": "new brakes", "year": 2024}])
    store = WordLlamaDocumentStore(index)
    again = WordLlamaDocumentStore.from_dict(store.to_dict())
    assert again.filter_documents() == [Document(id="0", content="new brakes", meta={"year": 2024})]
    assert again.update_by_filter(asked("meta.year", "==", 2024), {"sold": True}) == 1
    assert index.ids == [0]
    assert store.filter_documents()[0].meta == {"year": 2024, "sold": True}
    memory = WordLlamaDocumentStore(WordLlama.load("l2_words", trunc_dim=64).index())
    assert WordLlamaDocumentStore.from_dict(memory.to_dict()).index.info()["dim"] == 64


def test_what_makes_no_sense_is_refused(store: WordLlamaDocumentStore) -> None:
    with pytest.raises(TypeError, match="must be a WordLlamaDocumentStore, not str"):
        WordLlamaRetriever("notes.db")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="top_k must be at least 1, not 0"):
        WordLlamaRetriever(store).run("a", top_k=0)
    with pytest.raises(ValueError, match="query must have 256 numbers a vector"):
        WordLlamaEmbeddingRetriever(store).run([0.1, 0.2])
