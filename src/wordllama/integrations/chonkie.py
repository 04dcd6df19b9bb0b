"""Chonkie: embeddings for its chunkers.

>>> WordLlamaEmbeddings().dimension
256
>>> from chonkie import AutoEmbeddings
>>> AutoEmbeddings.get_embeddings("wordllama://l2_supercat")
WordLlamaEmbeddings()
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.integrations.libraries import library, loaded

embeddings = library("chonkie.embeddings", "chonkie", extra="chonkie")
registry = library("chonkie.embeddings.registry", "chonkie", extra="chonkie")


class WordLlamaEmbeddings(embeddings.BaseEmbeddings):
    """Vectors of unit length. model: name, folder or "owner/name"; dim: fewer dimensions."""

    def __init__(self, model: str = "l2_supercat", dim: int | None = None) -> None:
        super().__init__()
        self._wl = loaded(model, dim)

    def embed(self, text: str) -> NDArray[np.float32]:
        """The text's vector."""
        return self.embed_batch([text])[0]

    def embed_batch(self, texts: list[str]) -> list[NDArray[np.float32]]:
        """One vector a text."""
        return list(self._wl.embed(texts, norm=True))

    @property
    def dimension(self) -> int:
        """Dimensions of a vector."""
        return self._wl.dim

    def get_tokenizer(self) -> Any:
        """The model's tokenizer."""
        return self._wl.tokenizer


registry.EmbeddingsRegistry.register_provider("wordllama", WordLlamaEmbeddings)
