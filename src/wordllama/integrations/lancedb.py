"""LanceDB: the embedding function `wordllama` in its registry, for tables that embed by themselves.

A table keeps the function's name and arguments. A process that opens the table imports this module
first.

>>> from lancedb.embeddings import get_registry
>>> get_registry().get("wordllama").create(name="l2_words").ndims()
256
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wordllama.integrations.libraries import DEFAULT, library, loaded

embeddings = library("lancedb.embeddings", "lancedb", extra="lancedb")


@embeddings.register("wordllama")
class WordLlamaEmbeddings(embeddings.TextEmbeddingFunction):
    """Vectors of unit length. name: name, folder or "owner/name"; dim: fewer dimensions."""

    name: str = DEFAULT
    dim: int | None = None
    max_retries: int = 0  # nothing here fails once and succeeds later

    def ndims(self) -> int:
        """Dimensions of the model's vectors."""
        return loaded(self.name, self.dim).dim

    def generate_embeddings(self, texts: Iterable[str | None], *_: Any, **__: Any) -> list[Any]:
        """One vector a text, None for null."""
        listed = list(texts)
        present = [text for text in listed if text is not None]
        vectors = iter(loaded(self.name, self.dim).embed(present, norm=True))
        return [None if text is None else next(vectors) for text in listed]
