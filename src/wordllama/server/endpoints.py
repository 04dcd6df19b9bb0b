"""Every endpoint: its path, what it takes and gives, and the function behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from wordllama.server import answers, messages, openai, page, tei, toolkit
from wordllama.server.metrics import CONTENT_TYPE
from wordllama.server.service import Service

JSON = "application/json"


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


@dataclass(frozen=True)
class Readable:
    """GET `path`: something of the type `response`; an `open` one needs no key.

    `{id}` in the path is any text, and the answer's second argument.
    """

    path: str
    summary: str
    response: Any
    answer: Callable[..., Any]
    media: str = JSON
    open: bool = False


READABLE = (
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
        "text/html; charset=utf-8",
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
        "Which texts are near-duplicates of an earlier one",
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
        "/explain",
        "Which pairs of words make two texts alike",
        messages.ExplainRequest,
        answers.ExplainResponse,
        toolkit.explain,
        {"a": "a fast car", "b": "a quick vehicle", "pairs": 2},
    ),
)
