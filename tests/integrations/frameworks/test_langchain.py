"""LangChain, with a store and retrievers of its own."""

from __future__ import annotations

import asyncio

import pytest
from langchain_core.documents import Document
from langchain_core.vectorstores import InMemoryVectorStore

from wordllama import WordLlama
from wordllama.integrations.langchain import (
    WordLlamaCompressor,
    WordLlamaEmbeddings,
    WordLlamaTextSplitter,
)

TEXTS = ["Rain and wind all day.", "A red car on the road.", "Soup with bread.", "A truck."]
MATTERS = "Rain fell all day.\n" * 40 + "The engine of the car is loud.\n" * 40


def test_embeddings_are_the_models_unit_vectors(wl: WordLlama) -> None:
    embeddings = WordLlamaEmbeddings()
    assert embeddings.embed_documents(TEXTS) == wl.embed(TEXTS, norm=True).tolist()
    assert embeddings.embed_query(TEXTS[0]) == wl.embed(TEXTS[0], norm=True)[0].tolist()
    assert asyncio.run(embeddings.aembed_query("a")) == embeddings.embed_query("a")
    assert len(WordLlamaEmbeddings(dim=64).embed_query("a")) == 64


def test_a_vector_store_finds_by_them() -> None:
    store = InMemoryVectorStore.from_texts(TEXTS, WordLlamaEmbeddings())
    found = store.as_retriever(search_kwargs={"k": 2}).invoke("vehicles")
    assert {document.page_content for document in found} == {TEXTS[1], TEXTS[3]}


def test_the_splitter_keeps_text_and_metadata(wl: WordLlama) -> None:
    splitter = WordLlamaTextSplitter(target_size=400)
    whole = [Document(page_content=MATTERS, metadata={"source": "a.txt"})]
    pieces = splitter.transform_documents(whole)
    assert [piece.page_content for piece in pieces] == [
        chunk.text.rstrip() for chunk in wl.chunks(MATTERS, 400, topics=True)
    ]
    assert {piece.metadata["source"] for piece in pieces} == {"a.txt"}
    assert splitter.create_documents([MATTERS], [{"source": "a.txt"}]) == pieces
    assert asyncio.run(splitter.atransform_documents(whole)) == pieces


def test_the_compressor_ranks_as_the_model_does(wl: WordLlama) -> None:
    documents = [Document(page_content=text, metadata={"n": i}) for i, text in enumerate(TEXTS)]
    kept = WordLlamaCompressor(top_n=2).compress_documents(documents, "vehicles")
    ranked = wl.rank("vehicles", TEXTS)[:2]
    assert [(d.page_content, d.metadata["relevance_score"]) for d in kept] == ranked
    assert "relevance_score" not in documents[0].metadata
    assert (
        asyncio.run(WordLlamaCompressor(top_n=2).acompress_documents(documents, "vehicles")) == kept
    )
    assert not WordLlamaCompressor(threshold=0.99).compress_documents(documents, "vehicles")
    assert list(WordLlamaCompressor().compress_documents([], "vehicles")) == []


@pytest.mark.parametrize(
    "sentence",
    ["今天天气很好。", "आज मौसम अच्छा है। ", "الطقس جميل اليوم. ", "all in lower case. ", "x", " "],
)
def test_any_script_is_cut_to_the_size(sentence: str) -> None:
    text = sentence * (600 // len(sentence))
    pieces = WordLlamaTextSplitter(target_size=60).split_text(text)
    assert all(0 < len(piece) <= 60 for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_errors_of_the_toolkit_pass() -> None:
    with pytest.raises(TypeError, match=r"texts\[1\] must be a str"):
        WordLlamaEmbeddings().embed_documents(["a", None])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="trunc_dim"):
        WordLlamaEmbeddings(dim=3)
    documents = [Document(page_content="a")]
    with pytest.raises(ValueError, match="top_n must be at least 1, not 0"):
        WordLlamaCompressor(top_n=0).compress_documents(documents, "a")
    with pytest.raises(ValueError, match="no_such_model"):
        WordLlamaCompressor(model="no_such_model").compress_documents(documents, "a")
    with pytest.raises(ValueError, match="no_such_model"):
        WordLlamaTextSplitter(model="no_such_model").split_text("a")
