"""Haystack: embedders for texts and documents, and a ranker.

>>> len(WordLlamaTextEmbedder().run("a red car")["embedding"])
256
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wordllama.arguments import at_least
from wordllama.integrations.libraries import best, library, loaded

haystack = library("haystack", "haystack-ai", extra="haystack")
component = haystack.component

if TYPE_CHECKING:
    Document = Any
else:
    Document = haystack.Document  # Haystack reads the signatures as they run


class Kept:
    """A component whose public attributes are what it was made with."""

    model: str
    dim: int | None = None

    def warm_up(self) -> None:
        """Load the model."""
        loaded(self.model, self.dim)

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` makes the component of again."""
        given = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        kept: dict[str, Any] = haystack.default_to_dict(self, **given)
        return kept

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Any:
        """The component that `to_dict` was called on."""
        return haystack.default_from_dict(cls, data)


@component
class WordLlamaTextEmbedder(Kept):
    """A text's vector, of unit length.

    model: name, folder or "owner/name"; dim: fewer dimensions.
    """

    def __init__(self, model: str = "l2_supercat", dim: int | None = None) -> None:
        self.model = model
        self.dim = dim

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, Any]:
        """`embedding`: the vector."""
        return {"embedding": loaded(self.model, self.dim).embed([text], norm=True)[0].tolist()}


@component
class WordLlamaDocumentEmbedder(Kept):
    """Documents with their vectors, of unit length.

    The values of `meta_fields_to_embed` stand before the content, `embedding_separator` between
    them. A document with neither gets zeros.
    """

    def __init__(
        self,
        model: str = "l2_supercat",
        dim: int | None = None,
        meta_fields_to_embed: list[str] | None = None,
        embedding_separator: str = "\n",
    ) -> None:
        self.model = model
        self.dim = dim
        self.meta_fields_to_embed = meta_fields_to_embed or []
        self.embedding_separator = embedding_separator

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, Any]:
        """`documents`: copies that have an embedding."""
        texts = _texts(documents, self.meta_fields_to_embed, self.embedding_separator)
        vectors = loaded(self.model, self.dim).embed(texts, norm=True).tolist()
        pairs = zip(documents, vectors, strict=True)
        return {"documents": [replace(document, embedding=vector) for document, vector in pairs]}


@component
class WordLlamaRanker(Kept):
    """The `top_k` documents most similar to the query, best first, with that as their score.

    The values of `meta_fields_to_embed` stand before the content, a line each.
    """

    def __init__(
        self,
        model: str = "l2_supercat",
        top_k: int = 10,
        meta_fields_to_embed: list[str] | None = None,
    ) -> None:
        at_least(1, top_k=top_k)
        self.model = model
        self.top_k = top_k
        self.meta_fields_to_embed = meta_fields_to_embed or []

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, documents: list[Document], top_k: int | None = None
    ) -> dict[str, Any]:
        """`documents`: copies with new scores; `top_k` here goes before the component's."""
        k = self.top_k if top_k is None else top_k
        at_least(1, top_k=k)
        found = best(self.model, query, _texts(documents, self.meta_fields_to_embed, "\n"), k)
        return {"documents": [replace(documents[i], score=score) for i, score in found]}


def _texts(documents: Sequence[Any], fields: list[str], separator: str) -> list[str]:
    for i, document in enumerate(documents):
        if not isinstance(document, haystack.Document):
            kind = type(document).__name__
            raise TypeError(f"documents[{i}] must be a haystack.Document, not {kind}")
    values = [[document.meta.get(name) for name in fields] for document in documents]
    return [
        separator.join(str(part) for part in [*before, document.content] if part is not None)
        for before, document in zip(values, documents, strict=True)
    ]
