"""BERTopic: a backend that embeds documents and words.

>>> WordLlamaBackend().embed(["a red car"]).shape
(1, 256)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wordllama.integrations.libraries import library, loaded

backend = library("bertopic.backend", "bertopic", extra="bertopic")


class WordLlamaBackend(backend.BaseEmbedder):
    """Vectors of unit length, for `BERTopic(embedding_model=WordLlamaBackend())`.

    model: name, folder or "owner/name"; dim: fewer dimensions. It is pickled with a topic model as
    these two; `BERTopic.load(folder, embedding_model=WordLlamaBackend())` gives it to one that was
    saved as safetensors.
    """

    def __init__(self, model: str = "l2_supercat", dim: int | None = None) -> None:
        super().__init__(embedding_model=model)
        self.dim = dim
        loaded(model, dim)  # a wrong name is told here

    def embed(self, documents: Sequence[str], verbose: bool = False) -> NDArray[np.float32]:
        """One row a document or word; verbose: with a progress bar."""
        wl = loaded(self.embedding_model, self.dim)
        vectors: NDArray[np.float32] = wl.embed(documents, norm=True, progress=verbose)
        return vectors
