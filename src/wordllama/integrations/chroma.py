"""Chroma: an embedding function, which a collection that is opened again finds by itself.

A collection keeps the function's name and arguments. A process that opens the collection imports
this module first.

>>> len(WordLlamaEmbeddingFunction("l2_words")(["a red car"])[0])
256
"""

from __future__ import annotations

from typing import Any

from wordllama.integrations.libraries import DEFAULT, library, loaded

types = library("chromadb.api.types", "chromadb", extra="chroma")
functions = library("chromadb.utils.embedding_functions", "chromadb", extra="chroma")


@functions.register_embedding_function
class WordLlamaEmbeddingFunction(types.EmbeddingFunction):
    """Vectors of unit length. model_name: name, folder or "owner/name"; dim: fewer dimensions."""

    def __init__(self, model_name: str = DEFAULT, dim: int | None = None) -> None:
        self.model_name = model_name
        self.dim = dim
        loaded(model_name, dim)  # a wrong name is told here

    def __call__(self, input: list[str]) -> list[Any]:
        """One vector a text."""
        return list(loaded(self.model_name, self.dim).embed(list(input), norm=True))

    @staticmethod
    def name() -> str:
        """The name under which Chroma keeps it."""
        return "wordllama"

    def default_space(self) -> str:
        """How vectors are compared where a collection does not say."""
        return "cosine"

    def supported_spaces(self) -> list[str]:
        """How they may be compared: of unit vectors all give the same order."""
        return ["cosine", "l2", "ip"]

    def get_config(self) -> dict[str, Any]:
        """What `build_from_config` makes it of again."""
        return {"model_name": self.model_name, "dim": self.dim}

    @staticmethod
    def build_from_config(config: dict[str, Any]) -> WordLlamaEmbeddingFunction:
        """The function that `get_config` was called on."""
        return WordLlamaEmbeddingFunction(**config)

    def validate_config_update(
        self, old_config: dict[str, Any], new_config: dict[str, Any]
    ) -> None:
        """ValueError for another model: its vectors can't be compared with those of the first."""
        if old_config != new_config:
            raise ValueError(
                f"the collection's vectors are of {old_config}, not of {new_config}: make a new one"
            )
