"""Every endpoint that takes a body: its path, what it takes and gives, and the function behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from wordllama.server import messages, openai, tei, toolkit
from wordllama.server.service import Service


@dataclass(frozen=True)
class Endpoint:
    """POST `path`: a `request` in, something of the type `response` out."""

    path: str
    summary: str
    request: type[BaseModel]
    response: Any
    answer: Callable[[Service, Any], Awaitable[Any]]
    example: dict[str, Any]


TEXTS = ["a red car", "the weather", "a red car!"]

ENDPOINTS = (
    Endpoint(
        "/v1/embeddings",
        "Vectors, as OpenAI's clients ask for them",
        messages.EmbeddingsRequest,
        messages.EmbeddingsResponse,
        openai.embeddings,
        {"input": TEXTS, "model": "any", "dimensions": 64},
    ),
    Endpoint(
        "/v1/rerank",
        "Documents ranked by similarity to a query, as Cohere's and Jina's clients ask for it",
        messages.CohereRerankRequest,
        messages.CohereRerankResponse,
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
    ),
    Endpoint(
        "/embed",
        "Vectors, as text-embeddings-inference gives them",
        messages.EmbedRequest,
        list[list[float]],
        tei.embed,
        {"inputs": TEXTS},
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
        list[messages.Ranked],
        tei.rerank,
        {"query": "vehicle", "texts": TEXTS},
    ),
    Endpoint(
        "/dedup",
        "Which texts are near-duplicates of an earlier one",
        messages.DedupRequest,
        messages.DedupResponse,
        toolkit.dedup,
        {"texts": TEXTS, "threshold": 0.8},
    ),
    Endpoint(
        "/cluster",
        "Texts in k clusters",
        messages.ClusterRequest,
        messages.ClusterResponse,
        toolkit.cluster,
        {"texts": TEXTS, "k": 2, "random_state": 0},
    ),
    Endpoint(
        "/split",
        "A text in pieces, each on one topic",
        messages.SplitRequest,
        messages.SplitResponse,
        toolkit.split,
        {"text": "First topic.\nSecond topic.", "target_size": 97},
    ),
    Endpoint(
        "/explain",
        "Which pairs of words make two texts alike",
        messages.ExplainRequest,
        messages.ExplainResponse,
        toolkit.explain,
        {"a": "a fast car", "b": "a quick vehicle", "pairs": 2},
    ),
)
