"""LangChain: embeddings, a splitter by matter, and a document compressor (reranker).

>>> len(WordLlamaEmbeddings().embed_query("a red car"))
256
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wordllama.integrations.libraries import library, loaded

embeddings = library("langchain_core.embeddings", "langchain-core", extra="langchain")
documents = library("langchain_core.documents", "langchain-core", extra="langchain")


class WordLlamaEmbeddings(embeddings.Embeddings):
    """Vectors of unit length. model: name, folder or "owner/name"; dim: fewer dimensions."""

    def __init__(self, model: str = "l2_supercat", dim: int | None = None) -> None:
        self.model = model
        self.dim = dim
        loaded(model, dim)  # a wrong name is told here

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        vectors: list[list[float]] = loaded(self.model, self.dim).embed(texts, norm=True).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The text's vector."""
        return self.embed_documents([text])[0]


class WordLlamaTextSplitter(documents.BaseDocumentTransformer):
    """Documents in pieces of about `target_size` characters that each stay with one matter."""

    def __init__(self, target_size: int = 1536, model: str = "l2_supercat") -> None:
        self.target_size = target_size
        self.model = model

    def split_text(self, text: str) -> list[str]:
        """The text's pieces."""
        pieces: list[str] = loaded(self.model).split(text, target_size=self.target_size)
        return pieces

    def split_documents(self, whole: Sequence[Any]) -> list[Any]:
        """The documents' pieces, each with its document's metadata."""
        return [
            documents.Document(page_content=piece, metadata=dict(document.metadata))
            for document in whole
            for piece in self.split_text(document.page_content)
        ]

    def transform_documents(self, documents: Sequence[Any], **kwargs: Any) -> Sequence[Any]:
        """As `split_documents`."""
        return self.split_documents(documents)


class WordLlamaCompressor(documents.BaseDocumentCompressor):
    """The `top_n` documents most similar to the query, those not above `threshold` left out.

    Each gets its similarity as the metadata `relevance_score`.
    """

    model: str = "l2_supercat"
    top_n: int | None = 3
    threshold: float = -1.0

    def compress_documents(
        self, documents: Sequence[Any], query: str, callbacks: Any = None
    ) -> Sequence[Any]:
        """Best first."""
        texts = [document.page_content for document in documents]
        scored = loaded(self.model).rank(query, texts, sort=False)
        order = sorted(range(len(texts)), key=lambda i: -scored[i][1])[: self.top_n]
        return [
            documents[i].model_copy(
                update={"metadata": {**documents[i].metadata, "relevance_score": scored[i][1]}}
            )
            for i in order
            if scored[i][1] > self.threshold
        ]
