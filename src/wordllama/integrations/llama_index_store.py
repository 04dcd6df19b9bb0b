"""LlamaIndex: an index as a vector store, which finds by meaning, by words, or by both.

>>> store = WordLlamaVectorStore(model_name="l2_words")
>>> _ = store.add([schema.TextNode(text="a red car"), schema.TextNode(text="heavy rain")])
>>> store.query(types.VectorStoreQuery(query_str="weather")).nodes[0].text
'heavy rain'
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from wordllama.arguments import at_least
from wordllama.index import Hits, Index, Mode
from wordllama.integrations.conditions import (
    METADATA,
    Conditions,
    Sql,
    all_of,
    any_of,
    compare,
    contains,
    is_empty,
    negated,
    says,
)
from wordllama.integrations.documents import (
    Place,
    checked_metadata,
    known_ids,
    metadata_of,
    opened,
    own_ids,
    query_vector,
    records_of,
)
from wordllama.integrations.libraries import library
from wordllama.search import WEIGHT

NAMES = {"distribution": "llama-index-core", "extra": "llama-index"}
pydantic = library("llama_index.core.bridge.pydantic", **NAMES)
schema = library("llama_index.core.schema", **NAMES)
types = library("llama_index.core.vector_stores.types", **NAMES)
nodes_of = library("llama_index.core.vector_stores.utils", **NAMES)
Modes, Join, Is = types.VectorStoreQueryMode, types.FilterCondition, types.FilterOperator
MODES: dict[Any, Mode] = {
    Modes.DEFAULT: "vector",
    Modes.HYBRID: "hybrid",
    Modes.SEMANTIC_HYBRID: "hybrid",
    Modes.TEXT_SEARCH: "keyword",
    Modes.SPARSE: "keyword",
}
REST = "llama_index"
LISTED = {"ImageNode", "IndexNode"}


class WordLlamaVectorStore(types.BasePydanticVectorStore):
    """Nodes in an index, whose model embeds their texts and the queries.

    index: the path of an index, which is made if there is none; an `Index`; or None for memory.
    model_name, dim: for an index that is made (default `l2_supercat`); one that is there names its
        own.

    A node is found by its text; its metadata is for filters. Embeddings of another model, which
    nodes bring, are not used.
    """

    stores_text: bool = True
    is_embedding_query: bool = False
    path: str | None = None
    model_name: str | None = None
    dim: int | None = None
    _index: Any = pydantic.PrivateAttr()

    def __init__(self, index: Place = None, **given: Any) -> None:
        path = given.pop("path", None)
        place = path if index is None else index
        super().__init__(**given)
        self._index = opened(place, self.model_name, self.dim)
        self.path = self._index.info()["path"]

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex stores it."""
        return "WordLlamaVectorStore"

    @property
    def client(self) -> Index:
        """The index."""
        index: Index = self._index
        return index

    # -- writing ---------------------------------------------------------------------------------

    def add(self, nodes: Sequence[Any], **kwargs: Any) -> list[str]:
        """Add nodes in one transaction; one with the id of another takes its place."""
        ids = [node.node_id for node in nodes]
        records = (_record(node, place) for place, node in enumerate(nodes))
        self.client.add(records, own_ids(self.client, ids), text="text")
        return ids

    def delete(self, ref_doc_id: str, **kwargs: Any) -> None:
        """Delete the nodes of a document."""
        source = self._conditions.field(REST, "ref_doc_id")
        self.client.delete(**_where(compare(source, "=", ref_doc_id)))

    def delete_nodes(
        self, node_ids: list[str] | None = None, filters: Any = None, **kwargs: Any
    ) -> None:
        """Delete the nodes that have one of these ids and meet the filters."""
        if node_ids is None and filters is None:
            raise ValueError("delete_nodes needs node_ids or filters; clear() deletes all")
        self.client.delete(**_where(self._condition(node_ids, None, filters)))

    def clear(self) -> None:
        """Delete all nodes."""
        self.client.delete(where="1")

    # -- reading ---------------------------------------------------------------------------------

    def get_nodes(self, node_ids: list[str] | None = None, filters: Any = None) -> list[Any]:
        """The nodes that have one of these ids and meet the filters, in the order of adding."""
        condition = self._condition(node_ids, None, filters)
        return [_node(record) for record in self.client.records(**_where(condition))]

    def query(self, query: Any, **kwargs: Any) -> Any:
        """The nodes that answer a query best.

        Modes: DEFAULT by meaning, TEXT_SEARCH (SPARSE) by words, HYBRID (SEMANTIC_HYBRID) by both,
        where `alpha` is the share of meaning. The model of the index embeds `query_str`; a
        `query_embedding`, which is for DEFAULT, must be of that model.
        """
        if query.mode not in MODES:
            known = ", ".join(mode.value for mode in MODES)
            raise ValueError(f"mode is {query.mode!r}, expected one of {known}")
        mode = MODES[query.mode]
        given = query.query_str
        if mode == "vector" and query.query_embedding is not None:
            given = query_vector(self.client, query.query_embedding)
        if given is None:
            raise ValueError(f"mode {query.mode.value!r} needs query_str")
        k = (
            query.hybrid_top_k
            if mode == "hybrid" and query.hybrid_top_k
            else query.similarity_top_k
        )
        at_least(1, similarity_top_k=k)
        node_ids = self._restriction(query.node_ids)
        condition = self._condition(node_ids, query.doc_ids or None, query.filters)
        weight = WEIGHT if query.alpha is None else query.alpha
        hits: Hits = self.client.search(
            given, k, mode, weight=weight, operators=False, **_where(condition)
        )
        return types.VectorStoreQueryResult(
            nodes=[_node(hit) for hit in hits],
            similarities=[hit.score for hit in hits],
            ids=[str(hit.id) for hit in hits],
        )

    # -- inside ----------------------------------------------------------------------------------

    @property
    def _conditions(self) -> Conditions:
        return Conditions(self.client.columns)

    def _restriction(self, node_ids: list[str] | None) -> list[str] | None:
        """The ids, or None where LlamaIndex's own retriever means all nodes.

        Of a store that keeps text it lists only image and index nodes, and gives this list along.
        """
        found = records_of(self.client, node_ids or [])
        kinds = {(record.fields.get(REST) or {}).get("type") for record in found}
        return None if not node_ids or (kinds and kinds <= LISTED) else node_ids

    def _condition(self, node_ids: Any, doc_ids: Any, filters: Any) -> Sql:
        conditions = self._conditions
        parts = []
        if node_ids is not None:
            ids = known_ids(self.client, node_ids)
            parts.append(Sql(f"id IN ({', '.join('?' * len(ids))})", tuple(ids)))
        if doc_ids is not None:
            parts.append(compare(conditions.field(REST, "ref_doc_id"), "in", list(doc_ids)))
        if filters is not None:
            parts.append(_filtered(filters, conditions))
        return all_of(parts)


def _filtered(filters: Any, conditions: Conditions) -> Sql:
    if not isinstance(filters, types.MetadataFilters):
        return _one_filter(filters, conditions)
    parts = [_filtered(each, conditions) for each in filters.filters]
    if filters.condition == Join.OR:
        return any_of(parts)
    return negated(any_of(parts)) if filters.condition == Join.NOT else all_of(parts)


def _one_filter(filter: Any, conditions: Conditions) -> Sql:
    operand, value = conditions.metadata(filter.key), filter.value
    if filter.operator == Is.IS_EMPTY:
        return is_empty(operand)
    if filter.operator == Is.CONTAINS:
        return contains(operand, value)
    if filter.operator in (Is.ANY, Is.ALL):
        join = any_of if filter.operator == Is.ANY else all_of
        return join([contains(operand, each) for each in value])
    if filter.operator in (Is.TEXT_MATCH, Is.TEXT_MATCH_INSENSITIVE):
        return says(operand, value, any_case=filter.operator == Is.TEXT_MATCH_INSENSITIVE)
    return compare(operand, filter.operator.value, value)


def _where(condition: Sql) -> dict[str, Any]:
    return {"where": condition.text, "where_args": condition.values}


def _record(node: Any, place: int) -> dict[str, Any]:
    """A node as a record: its text, its metadata, and all else in a field of LlamaIndex's own."""
    kept = nodes_of.node_to_metadata_dict(node, remove_text=True)
    content = json.loads(kept["_node_content"])
    metadata = checked_metadata(node.metadata, place)
    rest = {name: value for name, value in content.items() if name not in ("metadata", "embedding")}
    own = {"type": kept["_node_type"], "ref_doc_id": node.ref_doc_id, "node": rest}
    return {"text": node.get_content(), METADATA: metadata, REST: own}


def _node(record: Any) -> Any:
    own, metadata = record.fields.get(REST), metadata_of(record.fields)
    if own is None:
        return schema.TextNode(id_=str(record.id), text=record.text, metadata=metadata)
    content = json.dumps({**own["node"], METADATA: metadata})
    kept = {"_node_content": content, "_node_type": own["type"]}
    return nodes_of.metadata_dict_to_node(kept, text=record.text)
