"""Every endpoint: its path, what it takes and gives, and the function behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wordllama.server import answers, front, messages, openai, page, records, tei, toolkit
from wordllama.server.metrics import CONTENT_TYPE
from wordllama.server.service import Service

JSON = "application/json"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Endpoint:
    """POST `path`: a `request` in, something of the type `response` out."""

    path: str
    summary: str
    request: type[messages.Message]
    response: Any
    answer: Callable[[Service, Any], Awaitable[Any]]
    example: dict[str, Any]
    embedded: str = ""
    """The field of which each item is answered with a vector."""
    writes: bool = False
    """Whether it changes the index, which a page of another site must not."""
    refusals: Mapping[int, str] = field(default_factory=dict)
    """What it may answer beside what every endpoint may."""


@dataclass(frozen=True)
class Readable:
    """GET `path`: something of the type `response`; an `open` one needs no key.

    `{id}` in the path is any text, and the answer's second argument; so is what the optional
    parameter `query` says ("" without it).
    """

    path: str
    summary: str
    response: Any
    answer: Callable[..., Any]
    media: str = JSON
    open: bool = False
    query: str = ""


READABLE = (
    Readable("/", "A page that leads to all of this", str, front.answer, HTML, True, "q"),
    Readable("/health", "200 while the server answers", None, lambda _: b"", "", open=True),
    Readable("/info", "The model and the limits", dict[str, Any], tei.info),
    Readable("/v1/models", "The one model, as OpenAI lists models", answers.Models, openai.models),
    Readable("/v1/models/{id}", "The model, if it has this name", answers.Model, openai.model),
    Readable(
        "/metrics",
        "Counters, as Prometheus reads them",
        str,
        lambda service: service.metrics.text(),
        CONTENT_TYPE,
        open=True,
    ),
    Readable(
        "/openapi.json",
        "This description",
        dict[str, Any],
        lambda service: service.document,
        open=True,
    ),
    Readable(
        "/docs",
        "This description as a page",
        str,
        lambda service: page.html(service.document).encode(),
        HTML,
        open=True,
    ),
)


TEXTS = ["a red car", "the weather", "a red car!"]

ENDPOINTS = (
    Endpoint(
        "/v1/embeddings",
        "Vectors, as OpenAI's clients ask for them",
        messages.EmbeddingsRequest,
        answers.EmbeddingsResponse,
        openai.embeddings,
        {"input": TEXTS, "model": "any", "dimensions": 64},
        embedded="input",
    ),
    Endpoint(
        "/v1/rerank",
        "Documents ranked by similarity to a query, as Cohere's and Jina's clients ask for it",
        messages.CohereRerankRequest,
        answers.CohereRerankResponse,
        openai.rerank,
        {"query": "vehicle", "documents": TEXTS, "top_n": 2},
    ),
    Endpoint(
        "/v2/rerank",
        "The same as /v1/rerank, for Cohere's newer client",
        messages.CohereRerankRequest,
        answers.CohereRerankResponse,
        openai.rerank,
        {"query": "vehicle", "documents": TEXTS, "top_n": 2},
    ),
    Endpoint(
        "/",
        "The same as /embed",
        messages.EmbedRequest,
        list[list[float]],
        tei.embed,
        {"inputs": TEXTS},
        embedded="inputs",
    ),
    Endpoint(
        "/embed",
        "Vectors, as text-embeddings-inference gives them",
        messages.EmbedRequest,
        list[list[float]],
        tei.embed,
        {"inputs": TEXTS},
        embedded="inputs",
    ),
    Endpoint(
        "/similarity",
        "Similarity of a sentence to others",
        messages.SimilarityRequest,
        list[float],
        tei.similarity,
        {"inputs": {"source_sentence": "vehicle", "sentences": TEXTS}},
    ),
    Endpoint(
        "/rerank",
        "Texts ranked by similarity to a query",
        messages.RerankRequest,
        list[answers.Ranked],
        tei.rerank,
        {"query": "vehicle", "texts": TEXTS},
    ),
    Endpoint(
        "/dedup",
        "Which texts are near-duplicates of one that is kept",
        messages.DedupRequest,
        answers.DedupResponse,
        toolkit.dedup,
        {"texts": TEXTS, "threshold": 0.8},
    ),
    Endpoint(
        "/cluster",
        "Texts in k clusters",
        messages.ClusterRequest,
        answers.ClusterResponse,
        toolkit.cluster,
        {"texts": TEXTS, "k": 2, "random_state": 0},
    ),
    Endpoint(
        "/split",
        "A text in pieces, each on one topic",
        messages.SplitRequest,
        answers.SplitResponse,
        toolkit.split,
        {"text": "First topic.\nSecond topic.", "target_size": 97},
    ),
    Endpoint(
        "/chunks",
        "A text in chunks under a limit, with their places",
        messages.ChunksRequest,
        answers.ChunksResponse,
        toolkit.chunks,
        {"text": "# Cars\n\nThey need fuel.\n", "limit": 16},
    ),
    Endpoint(
        "/explain",
        "Which pairs of words make two texts alike",
        messages.ExplainRequest,
        answers.ExplainResponse,
        toolkit.explain,
        {"a": "a fast car", "b": "a quick vehicle", "pairs": 2},
    ),
)

INDEX = Readable("/index", "What is in the index", answers.IndexInfo, records.info)
RECORDS = [{"id": "n1", "text": "The car needs new brakes.", "fields": {"year": 2024}}]
UNWRITABLE = {
    403: "The index is only read, or a page of another site asks",
    507: "The disk is full; nothing was changed",
}

INDEX_ENDPOINTS = (
    Endpoint(
        "/search",
        "Records of the index that answer a query",
        messages.SearchRequest,
        answers.SearchResponse,
        records.search,
        {"query": "brakes", "k": 3, "where": {"year": {">=": 2024}}},
    ),
    Endpoint(
        "/similar",
        "Records like one of the index",
        messages.SimilarRequest,
        answers.SimilarResponse,
        records.similar,
        {"id": "n1", "k": 3},
        refusals={404: "No record has this id"},
    ),
    Endpoint(
        "/get",
        "Records by their ids",
        messages.GetRequest,
        answers.GetResponse,
        records.get,
        {"ids": ["n1"]},
    ),
    Endpoint(
        "/add",
        "Add records to the index, or replace those with the same ids",
        messages.AddRequest,
        answers.AddResponse,
        records.add,
        {"records": RECORDS},
        writes=True,
        refusals=UNWRITABLE,
    ),
    Endpoint(
        "/delete",
        "Delete records of the index by ids or a condition",
        messages.DeleteRequest,
        answers.DeleteResponse,
        records.delete,
        {"where": {"year": {"<": 2000}}},
        writes=True,
        refusals=UNWRITABLE,
    ),
)


def all_endpoints(service: Service) -> tuple[Endpoint, ...]:
    """Those that the service has."""
    return ENDPOINTS if service.index is None else (*ENDPOINTS, *INDEX_ENDPOINTS)


def all_readable(service: Service) -> tuple[Readable, ...]:
    """Those that the service has."""
    return READABLE if service.index is None else (*READABLE, INDEX)
