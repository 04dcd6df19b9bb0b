"""LangChain: an index as a vector store, which finds by meaning, by words, or by both.

>>> store = WordLlamaVectorStore(model="l2_words")
>>> _ = store.add_texts(["a red car", "heavy rain"], [{"year": 2020}, {"year": 2024}])
>>> [document.metadata for document in store.similarity_search("weather", k=1)]
[{'year': 2024}]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from wordllama.index import Hits, Index, Mode
from wordllama.integrations.conditions import METADATA, Conditions
from wordllama.integrations.documents import (
    Place,
    checked_metadata,
    directions,
    known_ids,
    metadata_of,
    opened,
    own_ids,
    query_vector,
    records_of,
)
from wordllama.integrations.langchain import WordLlamaEmbeddings
from wordllama.integrations.libraries import library
from wordllama.search import check_mode

NAMES = {"distribution": "langchain-core", "extra": "langchain"}
documents = library("langchain_core.documents", **NAMES)
runnables = library("langchain_core.runnables", **NAMES)
vectorstores = library("langchain_core.vectorstores", **NAMES)
arithmetic = library("langchain_core.vectorstores.utils", **NAMES)
Filter = Mapping[Any, Any] | None
"""{key of the metadata: value, list of values, or {operator: value}}; see docs/integrations.md."""


class WordLlamaVectorStore(vectorstores.VectorStore):
    """Documents in an index, whose model embeds them and the queries.

    index: an `Index`; the path of one, which is made if there is none; or None for memory.
    model, dim: for an index that is made (default `l2_supercat`); one that is there names its own.
    mode: how queries without a mode are answered: "hybrid", "vector" or "keyword".
    """

    def __init__(
        self,
        index: Place = None,
        *,
        model: str | None = None,
        dim: int | None = None,
        mode: Mode = "hybrid",
    ) -> None:
        check_mode(mode)
        self.mode = mode
        self.index: Index = opened(index, model, dim)

    @classmethod
    def from_texts(
        cls,
        texts: Iterable[str],
        embedding: Any = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        index: Place = None,
        mode: Mode = "hybrid",
        **kwargs: Any,
    ) -> WordLlamaVectorStore:
        """A store with these texts. `embedding` names the model: `WordLlamaEmbeddings`, or None."""
        if isinstance(embedding, WordLlamaEmbeddings):
            kwargs = {"model": embedding.model, "dim": embedding.dim} | kwargs
        elif embedding is not None:
            raise TypeError(
                "the store embeds with its own model: embedding must be a WordLlamaEmbeddings or "
                f"None, not {type(embedding).__name__}"
            )
        store = cls(index, mode=mode, **kwargs)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    # -- writing ---------------------------------------------------------------------------------

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: Iterable[dict[str, Any]] | None = None,
        *,
        ids: Iterable[str | None] | None = None,
    ) -> list[str]:
        """Add texts in one transaction; one with the id of another takes its place.

        Returns the ids: those given, and new ones for texts without.
        """
        listed = [texts] if isinstance(texts, str) else list(texts)
        known = list(repeat(None, len(listed)) if ids is None else ids)
        given = list(repeat({}, len(listed)) if metadatas is None else metadatas)
        for name, values in (("ids", known), ("metadatas", given)):
            if len(values) != len(listed):
                raise ValueError(
                    f"{name} must be as many as texts, {len(listed)}, not {len(values)}"
                )
        named = [str(uuid4() if id is None else id) for id in known]
        own = own_ids(self.index, named)
        records = (
            {"id": id, "text": text, METADATA: checked_metadata(metadata or {}, place)}
            for place, (id, text, metadata) in enumerate(zip(own, listed, given, strict=True))
        )
        self.index.add(records, text="text")
        return named

    def delete(self, ids: list[str] | None = None, *, filter: Filter = None) -> bool:
        """Delete the documents with these ids, or that meet a filter; without either, all."""
        if ids is not None and filter is not None:
            raise ValueError("delete takes ids or filter, not both")
        if ids is not None:
            self.index.delete(known_ids(self.index, ids))
        else:
            self.index.delete(**self._where(filter or {}))
        return True

    # -- reading ---------------------------------------------------------------------------------

    def get_by_ids(self, ids: Sequence[str], /) -> list[Any]:
        """The documents of those ids that there are, in their order."""
        return [_document(record) for record in records_of(self.index, ids)]

    def similarity_search(self, query: str, k: int = 4, **options: Any) -> list[Any]:
        """The `k` best documents. options: as those of `similarity_search_with_score`."""
        return [_document(hit) for hit in self._hits(query, k, **options)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, **options: Any
    ) -> list[tuple[Any, float]]:
        """The `k` best documents with their scores (the higher the better), best first.

        options: filter, a mapping of the metadata; mode, instead of the store's; weight, exact and
            operators of `Index.search`, though quotes and minus signs are words like others here
            unless `operators=True`.
        """
        return [(_document(hit), hit.score) for hit in self._hits(query, k, **options)]

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, **options: Any
    ) -> list[Any]:
        """The `k` documents nearest to a vector of the index's model."""
        vector = query_vector(self.index, embedding)
        return [_document(hit) for hit in self._hits(vector, k, **({"mode": "vector"} | options))]

    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **options: Any,
    ) -> list[Any]:
        """Of the `fetch_k` best documents `k` that are unlike each other.

        lambda_mult: from 0, as different as possible, to 1, as similar to the query as possible.
        """
        hits = self._hits(query, fetch_k, **options)
        return self._diverse(directions(self.index, [query])[0], hits, k, lambda_mult)

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **options: Any,
    ) -> list[Any]:
        """The same around a vector of the index's model."""
        vector = query_vector(self.index, embedding)
        hits = self._hits(vector, fetch_k, **({"mode": "vector"} | options))
        return self._diverse(np.asarray(embedding, np.float32), hits, k, lambda_mult)

    def _similarity_search_with_relevance_scores(
        self, query: str, k: int = 4, **options: Any
    ) -> list[tuple[Any, float]]:
        """Cosines, those below 0 as 0: scores of the other modes say little from query to query."""
        options = {"mode": "vector"} | options
        if options["mode"] == "keyword":
            raise ValueError("mode is 'keyword', whose scores do not end at 1; use 'vector'")
        scored = self.similarity_search_with_score(query, k, **options)
        return [(document, min(max(score, 0.0), 1.0)) for document, score in scored]

    async def _asimilarity_search_with_relevance_scores(
        self, query: str, k: int = 4, **options: Any
    ) -> list[tuple[Any, float]]:
        search = self._similarity_search_with_relevance_scores
        found: list[tuple[Any, float]] = await runnables.run_in_executor(
            None, search, query, k, **options
        )
        return found

    # -- inside ----------------------------------------------------------------------------------

    def _where(self, filter: Filter) -> dict[str, Any]:
        if filter is None:
            return {}
        if not isinstance(filter, Mapping):
            raise TypeError(f"filter must be a mapping, not {type(filter).__name__}")
        condition = Conditions(self.index.columns).mapping(filter)
        return {"where": condition.text, "where_args": condition.values}

    def _hits(
        self,
        query: str | NDArray[Any],
        k: int,
        *,
        filter: Filter = None,
        mode: Mode | None = None,
        operators: bool = False,
        **options: Any,
    ) -> Hits:
        where = self._where(filter)
        found: Hits = self.index.search(
            query, k, mode or self.mode, operators=operators, **where, **options
        )
        return found

    def _diverse(
        self, query: NDArray[np.float32], hits: Hits, k: int, lambda_mult: float
    ) -> list[Any]:
        vectors = list(directions(self.index, hits.texts)) if hits else []
        chosen = arithmetic.maximal_marginal_relevance(query, vectors, lambda_mult, k)
        return [_document(hits[i]) for i in chosen]


def _document(record: Any) -> Any:
    return documents.Document(
        id=str(record.id), page_content=record.text, metadata=metadata_of(record.fields)
    )
