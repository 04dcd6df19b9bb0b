"""Haystack: embedders for texts and documents, and a ranker.

>>> len(WordLlamaTextEmbedder().run("a red car")["embedding"])
256
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wordllama.integrations.libraries import library, loaded

haystack = library("haystack", "haystack-ai", extra="haystack")
component = haystack.component

if TYPE_CHECKING:
    Document = Any
else:
    Document = haystack.Document  # Haystack reads the signatures as they run


@component
class WordLlamaTextEmbedder:
    """A text's vector, of unit length."""

    def __init__(self, model: str = "l2_supercat", dim: int | None = None) -> None:
        self.model = model
        self.dim = dim

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, Any]:
        """`embedding`: the vector."""
        return {"embedding": loaded(self.model, self.dim).embed([text], norm=True)[0].tolist()}


@component
class WordLlamaDocumentEmbedder:
    """Documents with their vectors, of unit length; a document without content gets zeros."""

    def __init__(self, model: str = "l2_supercat", dim: int | None = None) -> None:
        self.model = model
        self.dim = dim

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, Any]:
        """`documents`: copies that have an embedding."""
        texts = [document.content or "" for document in documents]
        vectors = loaded(self.model, self.dim).embed(texts, norm=True).tolist()
        pairs = zip(documents, vectors, strict=True)
        return {"documents": [replace(document, embedding=vector) for document, vector in pairs]}


@component
class WordLlamaRanker:
    """The `top_k` documents most similar to the query, best first, with that as their score."""

    def __init__(self, model: str = "l2_supercat", top_k: int = 10) -> None:
        if top_k < 1:
            raise ValueError(f"top_k must be at least 1, not {top_k}")
        self.model = model
        self.top_k = top_k

    @component.output_types(documents=list[Document])
    def run(self, query: str, documents: list[Document]) -> dict[str, Any]:
        """`documents`: copies with new scores."""
        texts = [document.content or "" for document in documents]
        scored = loaded(self.model).rank(query, texts, sort=False)
        order = sorted(range(len(texts)), key=lambda i: -scored[i][1])[: self.top_k]
        return {"documents": [replace(documents[i], score=scored[i][1]) for i in order]}
