"""Haystack: an index as a document store, and retrievers by meaning, by words, or by both.

>>> store = WordLlamaDocumentStore(model="l2_words")
>>> store.write_documents([Document(content="a red car"), Document(content="heavy rain")])
2
>>> WordLlamaRetriever(store, top_k=1).run("weather")["documents"][0].content
'heavy rain'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from os import fspath
from typing import TYPE_CHECKING, Any

import numpy as np

from wordllama.arguments import at_least
from wordllama.index import Hits, Index, Mode
from wordllama.integrations.conditions import METADATA
from wordllama.integrations.documents import (
    Place,
    checked_metadata,
    known_ids,
    metadata_of,
    opened,
    own_ids,
    query_vector,
)
from wordllama.integrations.haystack_filters import condition_of
from wordllama.integrations.libraries import library
from wordllama.search import check_mode

NAMES = {"distribution": "haystack-ai", "extra": "haystack"}
haystack = library("haystack", **NAMES)
types = library("haystack.document_stores.types", **NAMES)
errors = library("haystack.document_stores.errors", **NAMES)
component = haystack.component
Policy = types.DuplicatePolicy
REST, EMBEDDING = "haystack", "haystack_embedding"
Filters = dict[str, Any] | None

if TYPE_CHECKING:
    Document = Any
else:
    Document = haystack.Document  # Haystack reads the signatures as they run


class WordLlamaDocumentStore:
    """Documents in an index, whose model embeds them and the queries: no embedder is needed.

    index: the path of an index, which is made if there is none; an `Index`; or None for memory.
    model, dim: for an index that is made (default `l2_supercat`); one that is there names its own.

    An embedding that a document brings is kept and given back, but not searched by.
    """

    def __init__(
        self, index: Place = None, model: str | None = None, dim: int | None = None
    ) -> None:
        self._place, self._model, self._dim = index, model, dim

    @cached_property
    def index(self) -> Index:
        """The index, opened when it is first needed."""
        return opened(self._place, self._model, self._dim)

    def to_dict(self) -> dict[str, Any]:
        """Where the documents are; those of an index in memory are not kept."""
        place, model, dim = self._place, self._model, self._dim
        if isinstance(place, Index):
            info = place.info()
            place, model, dim = info["path"], None, None
            if place is None:
                model, dim = info["model"], info["dim"]
        path = None if place is None else fspath(place)
        kept: dict[str, Any] = haystack.default_to_dict(self, index=path, model=model, dim=dim)
        return kept

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> WordLlamaDocumentStore:
        """The store that `to_dict` was called on."""
        made: WordLlamaDocumentStore = haystack.default_from_dict(cls, data)
        return made

    # -- writing ---------------------------------------------------------------------------------

    def write_documents(self, documents: list[Any], policy: Any = Policy.NONE) -> int:
        """Write documents in one transaction; how many were written.

        policy: what becomes of a document whose id is there, or came before: OVERWRITE it, SKIP
            the new one, or FAIL (also NONE) with DuplicateDocumentError, and nothing is written.
        """
        if not isinstance(documents, list):
            raise ValueError(f"documents must be a list, not {type(documents).__name__}")
        for place, document in enumerate(documents):
            if not isinstance(document, haystack.Document):
                kind = type(document).__name__
                raise ValueError(f"documents[{place}] must be a haystack.Document, not {kind}")
        written = {document.id: document for document in documents}
        if policy != Policy.OVERWRITE:
            there = set(map(str, known_ids(self.index, written)))
            if policy == Policy.SKIP:
                first = {document.id: document for document in reversed(documents)}
                written = {id: first[id] for id in written if id not in there}
            elif there or len(written) < len(documents):
                times = Counter(document.id for document in documents)
                (twice, *_) = there or [id for id, n in times.items() if n > 1]
                raise errors.DuplicateDocumentError(f"there is a document with the id {twice!r}")
        self._add(list(written.values()))
        return len(written)

    def delete_documents(self, document_ids: list[str]) -> None:
        """Delete the documents with these ids, of those that there are."""
        self.index.delete(known_ids(self.index, document_ids))

    def delete_all_documents(self) -> None:
        """Delete all documents."""
        self.index.delete(where="1")

    def delete_by_filter(self, filters: dict[str, Any]) -> int:
        """Delete the documents that meet a filter; how many there were."""
        return self.index.delete(**self._where(filters))

    def update_by_filter(self, filters: dict[str, Any], meta: dict[str, Any]) -> int:
        """Set these values in the metadata of the documents that meet a filter; how many."""
        found = self.filter_documents(filters)
        self._add([replace(document, meta={**document.meta, **meta}) for document in found])
        return len(found)

    # -- reading ---------------------------------------------------------------------------------

    def count_documents(self) -> int:
        """How many documents there are."""
        return len(self.index)

    def filter_documents(self, filters: Filters = None) -> list[Any]:
        """The documents that meet a filter, or all, in the order in which they were written."""
        return [_document(record) for record in self.index.records(**self._where(filters))]

    def search(
        self, query: str | Sequence[float], top_k: int, mode: Mode, filters: Filters = None
    ) -> list[Any]:
        """The best documents for a text or a vector, with their scores: what retrievers call."""
        given = query if isinstance(query, str) else query_vector(self.index, query)
        where = self._where(filters)
        hits: Hits = self.index.search(given, top_k, mode, operators=False, **where)
        return [replace(_document(hit), score=hit.score) for hit in hits]

    # -- inside ----------------------------------------------------------------------------------

    def _add(self, documents: Sequence[Any]) -> None:
        ids = own_ids(self.index, [document.id for document in documents])
        records = (_record(document, place) for place, document in enumerate(documents))
        self.index.add(records, ids, text="text")

    def _where(self, filters: Filters) -> dict[str, Any]:
        if not filters:
            return {"where": "1"}
        condition = condition_of(filters, self.index.columns)
        return {"where": condition.text, "where_args": condition.values}


class Retriever:
    """What retrievers share: a store, how many documents they give, and of which."""

    document_store: WordLlamaDocumentStore
    top_k: int
    filters: Filters
    filter_policy: Any

    def _set(
        self, document_store: WordLlamaDocumentStore, top_k: int, filters: Filters, policy: Any
    ) -> None:
        if not isinstance(document_store, WordLlamaDocumentStore):
            kind = type(document_store).__name__
            raise TypeError(f"document_store must be a WordLlamaDocumentStore, not {kind}")
        at_least(1, top_k=top_k)
        self.document_store = document_store
        self.top_k = top_k
        self.filters = filters
        self.filter_policy = types.FilterPolicy(policy)

    def warm_up(self) -> None:
        """Open the index."""
        _ = self.document_store.index

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` makes the component of again."""
        given = vars(self) | {
            "document_store": self.document_store.to_dict(),
            "filter_policy": self.filter_policy.value,
        }
        given = {name: value for name, value in given.items() if not name.startswith("_")}
        kept: dict[str, Any] = haystack.default_to_dict(self, **given)
        return kept

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Any:
        """The component that `to_dict` was called on."""
        given = dict(data["init_parameters"])
        given["document_store"] = WordLlamaDocumentStore.from_dict(given["document_store"])
        return haystack.default_from_dict(cls, data | {"init_parameters": given})

    def _found(
        self,
        query: str | Sequence[float],
        mode: Mode,
        filters: Filters,
        top_k: int | None,
    ) -> dict[str, Any]:
        k = self.top_k if top_k is None else top_k
        at_least(1, top_k=k)
        chosen = types.filter_policy.apply_filter_policy(self.filter_policy, self.filters, filters)
        return {"documents": self.document_store.search(query, k, mode, chosen)}


@component
class WordLlamaRetriever(Retriever):
    """The `top_k` documents that answer a text best, with their scores.

    mode: "hybrid", "vector" or "keyword"; filters: for all queries, which those of a query replace
    or, with the filter_policy "merge", join.
    """

    def __init__(
        self,
        document_store: WordLlamaDocumentStore,
        mode: Mode = "hybrid",
        top_k: int = 10,
        filters: dict[str, Any] | None = None,
        filter_policy: str = "replace",
    ) -> None:
        check_mode(mode)
        self.mode = mode
        self._set(document_store, top_k, filters, filter_policy)

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, Any]:
        """`documents`: the best, best first."""
        return self._found(query, self.mode, filters, top_k)


@component
class WordLlamaEmbeddingRetriever(Retriever):
    """The `top_k` documents nearest to a vector of the store's model: `WordLlamaTextEmbedder`'s."""

    def __init__(
        self,
        document_store: WordLlamaDocumentStore,
        top_k: int = 10,
        filters: dict[str, Any] | None = None,
        filter_policy: str = "replace",
    ) -> None:
        self._set(document_store, top_k, filters, filter_policy)

    @component.output_types(documents=list[Document])
    def run(
        self,
        query_embedding: list[float],
        filters: dict[str, Any] | None = None,
        top_k: int | None = None,
    ) -> dict[str, Any]:
        """`documents`: the nearest, nearest first."""
        return self._found(query_embedding, "vector", filters, top_k)


def _record(document: Any, place: int) -> dict[str, Any]:
    """A document as a record; what is neither text nor metadata is in fields of Haystack's own."""
    kept = document.to_dict(flatten=False)
    rest = {
        name: value
        for name, value in kept.items()
        if value is not None and name not in ("id", "content", "meta", "embedding")
    }
    if document.content is None:
        rest["content"] = None
    record: dict[str, Any] = {"text": document.content or ""}
    record[METADATA] = checked_metadata(document.meta, place)
    if rest:
        record[REST] = rest
    if document.embedding is not None:
        record[EMBEDDING] = np.asarray(document.embedding, "<f8").tobytes()
    return record


def _document(record: Any) -> Any:
    fields = record.fields
    kept = {"id": str(record.id), "content": record.text, "meta": metadata_of(fields)}
    kept |= fields.get(REST) or {}
    if fields.get(EMBEDDING) is not None:
        kept["embedding"] = np.frombuffer(fields[EMBEDDING], "<f8").tolist()
    return haystack.Document.from_dict(kept)
