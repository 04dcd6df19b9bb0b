"""LanceDB and Chroma: their embedding functions, and an index carried over."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import chromadb
import lancedb
import numpy as np
import pyarrow as pa
import pytest
from chromadb.errors import InvalidArgumentError
from lancedb.embeddings import get_registry
from lancedb.pydantic import LanceModel, Vector

from wordllama import WordLlama
from wordllama.index import Index
from wordllama.integrations.chroma import WordLlamaEmbeddingFunction
from wordllama.integrations.lancedb import WordLlamaEmbeddings

TEXTS = ["Rain and wind all day.", "A red car on the road.", "Soup with bread.", ""]


@pytest.fixture
def words() -> WordLlama:
    return WordLlama.load("l2_words")


def in_a_new_process(code: str, folder: Path) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_table_of_lancedb_embeds_by_itself(tmp_path: Path, words: WordLlama) -> None:
    function = get_registry().get("wordllama").create(name="l2_words", dim=64)

    class Note(LanceModel):
        text: str | None = function.SourceField()
        vector: Vector(function.ndims()) = function.VectorField(default=None)  # type: ignore[valid-type]

    table = lancedb.connect(tmp_path / "notes.lance").create_table("notes", schema=Note)
    table.add([{"text": text} for text in [*TEXTS[:3], None]], on_bad_vectors="null")
    cut = WordLlama.load("l2_words", trunc_dim=64)
    rows = table.to_arrow().to_pylist()
    np.testing.assert_array_equal(rows[0]["vector"], cut.embed(TEXTS[0], norm=True)[0])
    assert rows[3]["vector"] is None
    code = """
import lancedb, wordllama.integrations.lancedb
table = lancedb.connect("notes.lance").open_table("notes")
print(table.search("vehicles").limit(1).to_list()[0]["text"])"""
    assert in_a_new_process(code, tmp_path) == "A red car on the road.\n"


def test_lancedb_is_told_of_a_wrong_model() -> None:
    with pytest.raises(ValueError, match="no_such_model"):
        WordLlamaEmbeddings.create(name="no_such_model").ndims()
    with pytest.raises(
        Exception, match=r"texts\[0\] must be a str"
    ):  # LanceDB's own, without delay
        WordLlamaEmbeddings.create(name="l2_words").compute_source_embeddings_with_retry([1])


def test_a_collection_of_chroma_is_opened_again(tmp_path: Path, words: WordLlama) -> None:
    client = chromadb.PersistentClient(tmp_path / "notes.chroma")
    function = WordLlamaEmbeddingFunction("l2_words", dim=64)
    collection = client.create_collection("notes", embedding_function=function)
    collection.add(ids=["0", "1", "2", "3"], documents=TEXTS)
    cut = WordLlama.load("l2_words", trunc_dim=64)
    kept = collection.get("0", include=["embeddings"])["embeddings"]
    np.testing.assert_array_equal(kept[0], cut.embed(TEXTS[0], norm=True)[0])
    code = """
import chromadb, wordllama.integrations.chroma
collection = chromadb.PersistentClient("notes.chroma").get_collection("notes")
print(collection.query(query_texts=["vehicles"], n_results=1)["documents"][0][0])
print(collection.configuration["hnsw"]["space"])"""
    assert in_a_new_process(code, tmp_path) == "A red car on the road.\ncosine\n"
    other = WordLlamaEmbeddingFunction("l2_words", dim=128)
    with pytest.raises(InvalidArgumentError, match="dimension of 64, got 128"):
        client.get_collection("notes", embedding_function=other).add(ids=["9"], documents=["a"])
    with pytest.raises(ValueError, match="no_such_model"):
        WordLlamaEmbeddingFunction("no_such_model")
    with pytest.raises(ValueError, match="make a new one"):
        function.validate_config_update(function.get_config(), other.get_config())


@pytest.fixture
def index(words: WordLlama, tmp_path: Path) -> Index:
    made = words.index(tmp_path / "notes.db")
    made.add(
        {"id": f"n{i}", "text": f"{TEXTS[i % 3]} {i}", "n": i, "when": datetime(2026, 1, 1, i % 24)}
        for i in range(5000)
    )
    made.delete(["n7", "n4999"])
    return made


def test_an_index_goes_on_in_lancedb(index: Index, tmp_path: Path, words: WordLlama) -> None:
    table = lancedb.connect(tmp_path / "notes.lance").create_table("notes", index.to_arrow())
    assert table.count_rows() == len(index) == 4998
    assert table.schema.field("when").type == pa.timestamp("us")
    query = words.embed("vehicles", norm=True)[0]
    found = table.search(query).distance_type("cosine").where("n < 100").limit(5).to_list()
    hits = index.search("vehicles", 5, "vector", where="n < 100", exact=True)
    np.testing.assert_allclose(
        [1 - row["_distance"] for row in found], [hit.score for hit in hits], atol=1e-5
    )
    assert {row["id"] for row in found} == set(hits.ids)


def test_an_index_goes_on_in_chroma(index: Index, words: WordLlama) -> None:
    collection = chromadb.EphemeralClient().create_collection(
        "notes", embedding_function=WordLlamaEmbeddingFunction("l2_words")
    )
    for batch in index.to_arrow():
        rows: dict[str, Any] = batch.to_pydict()
        metadatas = [{"n": n, "when": str(w)} for n, w in zip(rows["n"], rows["when"], strict=True)]
        collection.add(rows["id"], rows["vector"], metadatas, rows["text"])
    assert collection.count() == 4998
    (ids,) = collection.query(query_texts=["vehicles"], where={"n": {"$lt": 9}}, n_results=2)["ids"]
    assert set(ids) == set(index.search("vehicles", 2, "vector", where="n < 9").ids)
