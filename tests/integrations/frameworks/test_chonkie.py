"""Chonkie's semantic chunker over the model."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from chonkie import EmbeddingsRefinery, SemanticChunker

from wordllama import WordLlama
from wordllama.integrations.chonkie import WordLlamaEmbeddings


def test_embeddings_are_the_models_unit_vectors(wl: WordLlama) -> None:
    embeddings = WordLlamaEmbeddings()
    np.testing.assert_array_equal(embeddings.embed("a car"), wl.embed("a car", norm=True)[0])
    assert embeddings.dimension == len(embeddings.embed_batch(["a", "b"])[1]) == 256
    assert float(embeddings.similarity(embeddings.embed("a"), embeddings.embed("a"))) > 0.999


def test_a_semantic_chunker_cuts_where_the_matter_changes() -> None:
    rain, engine = "Heavy rain fell on the hills. ", "The engine of the car is loud. "
    chunker = SemanticChunker(embedding_model=WordLlamaEmbeddings(), similarity_window=1)
    chunks = chunker.chunk(rain * 20 + engine * 20)
    assert "".join(chunk.text for chunk in chunks) == rain * 20 + engine * 20
    assert len(chunks) > 1
    assert not any("rain" in chunk.text and "engine" in chunk.text for chunk in chunks)


def test_chonkie_finds_them_by_name_and_refines_chunks_with_them(wl: WordLlama) -> None:
    chunker = SemanticChunker(embedding_model="wordllama://l2_supercat")
    chunks = chunker.chunk("Heavy rain fell on the hills. The engine of the car is loud.")
    refined = EmbeddingsRefinery(WordLlamaEmbeddings()).refine(chunks)
    wanted = wl.embed([chunk.text for chunk in chunks], norm=True)
    np.testing.assert_array_equal([chunk.embedding for chunk in refined], wanted)
    assert len(asyncio.run(WordLlamaEmbeddings().aembed("a"))) == 256


def test_errors_of_the_toolkit_pass() -> None:
    with pytest.raises(TypeError, match=r"texts\[1\] must be a str"):
        WordLlamaEmbeddings().embed_batch(["a", None])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="trunc_dim"):
        WordLlamaEmbeddings(dim=3)
