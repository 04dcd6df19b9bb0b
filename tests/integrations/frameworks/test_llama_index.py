"""LlamaIndex, with an index and a retriever of its own."""

from __future__ import annotations

import asyncio

import pytest
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.schema import NodeWithScore, TextNode

from wordllama import WordLlama
from wordllama.integrations.llama_index import (
    WordLlamaEmbedding,
    WordLlamaNodeParser,
    WordLlamaRerank,
)

TEXTS = ["Rain and wind all day.", "A red car on the road.", "Soup with bread.", "A truck."]
MATTERS = "Rain fell all day.\n" * 40 + "The engine of the car is loud.\n" * 40


def test_embeddings_are_the_models_unit_vectors(wl: WordLlama) -> None:
    embedding = WordLlamaEmbedding()
    assert embedding.get_text_embedding_batch(TEXTS) == wl.embed(TEXTS, norm=True).tolist()
    query = wl.embed("a", norm=True)[0].tolist()
    assert embedding.get_query_embedding("a") == query
    assert asyncio.run(embedding.aget_query_embedding("a")) == query
    many = asyncio.run(embedding.aget_text_embedding_batch(TEXTS))
    assert many == embedding.get_text_embedding_batch(TEXTS)
    assert WordLlamaEmbedding.from_dict(embedding.to_dict()).model_name == "l2_supercat"


def test_an_index_finds_by_them_and_reranks(wl: WordLlama) -> None:
    documents = [Document(text=text) for text in TEXTS]
    index = VectorStoreIndex.from_documents(
        documents, embed_model=WordLlamaEmbedding(), transformations=[WordLlamaNodeParser()]
    )
    found = index.as_retriever(similarity_top_k=3).retrieve("vehicles")
    reranked = WordLlamaRerank(top_n=2).postprocess_nodes(found, query_str="vehicles")
    assert [(node.text, node.score) for node in reranked] == wl.rank("vehicles", TEXTS)[:2]
    again = asyncio.run(index.as_retriever(similarity_top_k=3).aretrieve("vehicles"))
    answered = asyncio.run(WordLlamaRerank(top_n=2).apostprocess_nodes(again, query_str="vehicles"))
    assert [node.text for node in answered] == [node.text for node in reranked]


def test_the_parser_keeps_text_and_metadata(wl: WordLlama) -> None:
    document = Document(text=MATTERS, metadata={"source": "a.txt"})
    nodes = WordLlamaNodeParser(target_size=400).get_nodes_from_documents([document])
    assert [node.text for node in nodes] == [
        chunk.text.rstrip() for chunk in wl.chunks(MATTERS, 400, topics=True)
    ]
    assert {node.metadata["source"] for node in nodes} == {"a.txt"}


def test_a_reranker_without_a_query_says_so() -> None:
    nodes = [NodeWithScore(node=TextNode(text="a"), score=1.0)]
    with pytest.raises(ValueError, match="query_bundle is None"):
        WordLlamaRerank().postprocess_nodes(nodes)


@pytest.mark.parametrize(
    "sentence",
    ["今天天气很好。", "आज मौसम अच्छा है। ", "الطقس جميل اليوم. ", "all in lower case. ", "x", " "],
)
def test_any_script_is_cut_to_the_size(sentence: str) -> None:
    text = sentence * (600 // len(sentence))
    pieces = WordLlamaNodeParser(target_size=60).split_text(text)
    assert all(0 < len(piece) <= 60 for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_errors_of_the_toolkit_pass() -> None:
    nodes = [NodeWithScore(node=TextNode(text="a"), score=1.0)]
    with pytest.raises(ValueError, match="top_n must be at least 1, not 0"):
        WordLlamaRerank(top_n=0).postprocess_nodes(nodes, query_str="a")
    with pytest.raises(ValueError, match="trunc_dim is 3, expected"):
        WordLlamaEmbedding(dim=3)
    with pytest.raises(ValueError, match="no_such_model"):
        WordLlamaNodeParser(model_name="no_such_model").split_text("a")
    with pytest.raises(TypeError, match=r"texts\[0\] must be a str"):
        WordLlamaEmbedding().get_text_embedding(None)  # type: ignore[arg-type]
