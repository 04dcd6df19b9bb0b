"""LlamaIndex's vector store over an index: nodes, filters, modes, and an index of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from llama_index.core import Document, StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.schema import IndexNode, NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores import MetadataFilter, MetadataFilters, VectorStoreQuery
from llama_index.core.vector_stores.types import VectorStoreQueryMode as Mode

from wordllama import WordLlama
from wordllama.integrations.llama_index import WordLlamaEmbedding
from wordllama.integrations.llama_index_store import WordLlamaVectorStore

SOURCE = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id="letter")}
NODES = [
    TextNode(
        id_="n1",
        text="The car needs new brakes.",
        metadata={"year": 2024, "tags": ["car", "Ärger"], "price": 1.5},
        relationships=SOURCE,
        excluded_embed_metadata_keys=["year"],
    ),
    TextNode(id_="n2", text="Brake pads: 40 euros.", metadata={"year": 2025}, relationships=SOURCE),
    IndexNode(id_="n3", text="Holiday in Portugal.", index_id="trip", metadata={"by": "École"}),
]


@pytest.fixture
def store(tmp_path: Path) -> WordLlamaVectorStore:
    made = WordLlamaVectorStore(tmp_path / "notes.db", model_name="l2_words")
    assert made.add(NODES) == ["n1", "n2", "n3"]
    return made


def test_nodes_come_back_as_they_were(store: WordLlamaVectorStore) -> None:
    again = WordLlamaVectorStore.from_dict(store.to_dict())
    assert again.get_nodes() == NODES
    assert again.get_nodes(["n3", "x", "n1"]) == [NODES[0], NODES[2]]
    assert asyncio.run(again.aget_nodes(["n2"])) == NODES[1:2]
    again.add([TextNode(id_="n2", text="new")])
    assert store.get_nodes(["n2"])[0].text == "new"


def test_modes(store: WordLlamaVectorStore) -> None:
    index = store.client

    def asked(**query: Any) -> list[Any]:
        return store.query(VectorStoreQuery(similarity_top_k=3, **query)).ids

    assert asked(query_str="brakes") == index.search("brakes", 3, "vector").ids
    assert asked(query_str="brakes", mode=Mode.HYBRID) == index.search("brakes", 3).ids
    assert asked(query_str="brakes", mode=Mode.TEXT_SEARCH) == ["n2", "n1"]
    embedding = WordLlamaEmbedding(model_name="l2_words").get_query_embedding("a trip")
    assert asked(query_embedding=embedding)[0] == "n3"
    assert asked(query_str="a trip", mode=Mode.HYBRID, node_ids=["n1", "n2"], alpha=1) == [
        hit.id for hit in index.search("a trip", 3, "vector") if hit.id != "n3"
    ]
    assert asked(query_str="trip", doc_ids=["letter"], hybrid_top_k=1, mode=Mode.HYBRID) == ["n1"]
    with pytest.raises(ValueError, match="mode 'hybrid' needs query_str"):
        asked(query_embedding=embedding, mode=Mode.HYBRID)
    with pytest.raises(ValueError, match="expected one of default, hybrid"):
        asked(query_str="a", mode=Mode.MMR)


@pytest.mark.parametrize(
    ("key", "operator", "value", "ids"),
    [
        ("year", "==", 2024, ["n1"]),
        ("year", "!=", 2024, ["n2", "n3"]),
        ("year", ">", 2024, ["n2"]),
        ("year", "<=", 2025, ["n1", "n2"]),
        ("price", "in", [1.5, 2.5], ["n1"]),
        ("price", "nin", [1.5], ["n2", "n3"]),
        ("tags", "any", ["x", "car"], ["n1"]),
        ("tags", "all", ["Ärger", "car"], ["n1"]),
        ("tags", "contains", "car", ["n1"]),
        ("by", "text_match", "cole", ["n3"]),
        ("by", "text_match", "éc", []),
        ("by", "text_match_insensitive", "éCOLE", ["n3"]),
        ("tags", "is_empty", None, ["n2", "n3"]),
    ],
)
def test_filters(
    store: WordLlamaVectorStore, key: str, operator: str, value: Any, ids: list[str]
) -> None:
    one = {"key": key, "operator": operator, "value": value}
    filters = MetadataFilters(filters=[MetadataFilter.from_dict(one)])
    assert [node.node_id for node in store.get_nodes(filters=filters)] == ids
    found = store.query(VectorStoreQuery(query_str="a", similarity_top_k=9, filters=filters))
    assert sorted(found.ids) == ids
    for condition, left in (("not", ["n1", "n2", "n3"]), ("or", ids), ("and", ids)):
        joined = MetadataFilters(filters=[filters, filters], condition=condition)
        expected = [id for id in left if (id in ids) == (condition != "not")]
        assert [node.node_id for node in store.get_nodes(filters=joined)] == expected


def test_deleting(store: WordLlamaVectorStore) -> None:
    store.delete("no such document")
    assert len(store.client) == 3
    with pytest.raises(ValueError, match="needs node_ids or filters"):
        store.delete_nodes()
    store.delete_nodes(["n3"], MetadataFilters(filters=[MetadataFilter(key="year", value=1)]))
    assert len(store.client) == 3
    store.delete("letter")
    assert store.client.ids == ["n3"]
    store.clear()
    assert store.get_nodes() == []


def test_an_index_over_the_store_is_kept_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    embedding = WordLlamaEmbedding(model_name="l2_words")
    storage = StorageContext.from_defaults(
        vector_store=WordLlamaVectorStore(path, model_name="l2_words")
    )
    documents = [
        Document(text="Rain all day.", id_="rain", metadata={"kind": "weather"}),
        Document(text="A red car on the road.", id_="car", metadata={"kind": "traffic"}),
    ]
    made = VectorStoreIndex.from_documents(documents, storage, embed_model=embedding)
    assert made.as_retriever(similarity_top_k=1).retrieve("vehicles")[0].node.ref_doc_id == "car"
    storage.persist(tmp_path / "storage")

    storage = StorageContext.from_defaults(
        vector_store=WordLlamaVectorStore(path), persist_dir=str(tmp_path / "storage")
    )
    loaded = load_index_from_storage(storage, embed_model=embedding)
    filters = MetadataFilters(filters=[MetadataFilter(key="kind", value="weather")])
    retriever = loaded.as_retriever(
        vector_store_query_mode="hybrid", similarity_top_k=2, filters=filters
    )
    (found,) = retriever.retrieve("vehicles")
    assert (found.node.metadata, found.node.text) == ({"kind": "weather"}, "Rain all day.")
    assert [node.text for node in asyncio.run(retriever.aretrieve("vehicles"))] == [found.text]
    loaded.delete_ref_doc("rain")
    assert retriever.retrieve("vehicles") == []


def test_texts_are_found_beside_index_nodes() -> None:
    """LlamaIndex restricts a query to the ids of the latter."""
    storage = StorageContext.from_defaults(vector_store=WordLlamaVectorStore(model_name="l2_words"))
    index = VectorStoreIndex(
        NODES, storage_context=storage, embed_model=WordLlamaEmbedding(model_name="l2_words")
    )
    assert len(index.as_retriever(similarity_top_k=3).retrieve("a car")) == 3


def test_an_index_made_elsewhere_is_a_store(tmp_path: Path) -> None:
    index = WordLlama.load("l2_words").index()
    index.add([{"text": "new brakes", "year": 2024}, {"text": "a train", "year": 2025}])
    store = WordLlamaVectorStore(index)
    (node,) = store.get_nodes(["1"])
    assert (node.node_id, node.text, node.metadata) == ("1", "a train", {"year": 2025})
    retriever = VectorStoreIndex.from_vector_store(
        store, embed_model=WordLlamaEmbedding(model_name="l2_words")
    ).as_retriever(similarity_top_k=1)
    assert retriever.retrieve("repair")[0].text == "new brakes"
