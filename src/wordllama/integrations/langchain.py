"""LangChain: embeddings, a splitter by topic, and a document compressor (reranker).

>>> len(WordLlamaEmbeddings().embed_query("a red car"))
256
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wordllama.arguments import at_least
from wordllama.integrations.libraries import best, library, loaded, pieces
from wordllama.split import LIMIT

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
    """Documents in chunks of at most `target_size` characters, each on one topic.

    They are those of `WordLlama.chunks`, so any script is cut; a document's chunks have its
    metadata.
    """

    def __init__(self, target_size: int = LIMIT, model: str = "l2_supercat") -> None:
        self.target_size = target_size
        self.model = model

    def split_text(self, text: str) -> list[str]:
        """The text's chunks, without white space at their ends."""
        return pieces(self.model, text, self.target_size)

    def create_documents(
        self, texts: Sequence[str], metadatas: Sequence[dict[str, Any]] | None = None
    ) -> list[Any]:
        """The texts' pieces as documents, each with its text's metadata."""
        given = [{} for _ in texts] if metadatas is None else metadatas
        return [
            documents.Document(page_content=piece, metadata=dict(metadata))
            for text, metadata in zip(texts, given, strict=True)
            for piece in self.split_text(text)
        ]

    def split_documents(self, whole: Sequence[Any]) -> list[Any]:
        """The documents' pieces, each with its document's metadata."""
        texts = [document.page_content for document in whole]
        return self.create_documents(texts, [document.metadata for document in whole])

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
        if self.top_n is not None:
            at_least(1, top_n=self.top_n)
        texts = [document.page_content for document in documents]
        return [
            documents[i].model_copy(
                update={"metadata": {**documents[i].metadata, "relevance_score": score}}
            )
            for i, score in best(self.model, query, texts, self.top_n)
            if score > self.threshold
        ]
