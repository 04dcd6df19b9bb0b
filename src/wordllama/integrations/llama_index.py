"""LlamaIndex: embeddings, a node parser by topic, and a reranker.

>>> len(WordLlamaEmbedding().get_text_embedding("a red car"))
256
"""

from __future__ import annotations

from typing import Any

from wordllama.arguments import at_least
from wordllama.integrations.libraries import best, library, loaded, pieces
from wordllama.split import LIMIT

NAMES = {"distribution": "llama-index-core", "extra": "llama-index"}
embeddings = library("llama_index.core.base.embeddings.base", **NAMES)
parsers = library("llama_index.core.node_parser.interface", **NAMES)
postprocessors = library("llama_index.core.postprocessor.types", **NAMES)
schema = library("llama_index.core.schema", **NAMES)


class WordLlamaEmbedding(embeddings.BaseEmbedding):
    """Vectors of unit length. model_name: name, folder or "owner/name"; dim: fewer dimensions."""

    model_name: str = "l2_supercat"
    dim: int | None = None

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        loaded(self.model_name, self.dim)  # a wrong name is told here

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex stores it."""
        return "WordLlamaEmbedding"

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        wl = loaded(self.model_name, self.dim)
        vectors: list[list[float]] = wl.embed(texts, norm=True).tolist()
        return vectors

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


class WordLlamaNodeParser(parsers.TextSplitter):
    """Nodes of at most `target_size` characters, each on one topic.

    They are the chunks of `WordLlama.chunks`, so any script is cut.
    """

    model_name: str = "l2_supercat"
    target_size: int = LIMIT

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex stores it."""
        return "WordLlamaNodeParser"

    def split_text(self, text: str) -> list[str]:
        """The text's chunks, without white space at their ends."""
        return pieces(self.model_name, text, self.target_size)


class WordLlamaRerank(postprocessors.BaseNodePostprocessor):
    """The `top_n` nodes most similar to the query, best first, with that as their score."""

    model_name: str = "l2_supercat"
    top_n: int = 3

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex stores it."""
        return "WordLlamaRerank"

    def _postprocess_nodes(self, nodes: list[Any], query_bundle: Any = None) -> list[Any]:
        if query_bundle is None:
            raise ValueError("query_bundle is None: a reranker needs the query")
        at_least(1, top_n=self.top_n)
        texts = [node.node.get_content() for node in nodes]
        found = best(self.model_name, query_bundle.query_str, texts, self.top_n)
        return [schema.NodeWithScore(node=nodes[i].node, score=score) for i, score in found]
