"""OpenAI's endpoints, and the rerank endpoint that Cohere and Jina share."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import uuid4

import numpy as np

from wordllama.server import messages
from wordllama.server.limits import RefusedError
from wordllama.server.service import Service


async def embeddings(service: Service, request: messages.EmbeddingsRequest) -> dict[str, Any]:
    """Vectors of unit length, as numbers or base64."""
    embedded = await service.embed_inputs("input", request.input)
    units = service.finished(embedded.vectors, request.dimensions, normalize=True)
    rows: list[Any] = list(units)
    if request.encoding_format == "base64":
        rows = [b64encode(row.astype("<f4").tobytes()).decode() for row in units]
    tokens = int(embedded.tokens.sum())
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)
        ],
        "model": service.name,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def models(service: Service) -> dict[str, Any]:
    """The one model."""
    return {"object": "list", "data": [model(service, service.name)]}


def model(service: Service, name: str) -> dict[str, Any]:
    """The model of this name; RefusedError (404) if another is served."""
    if name != service.name:
        message = f"the model {name[:80]!r} is not served here; {service.name!r} is"
        raise RefusedError(404, message, "model", "model_not_found")
    return {
        "id": service.name,
        "object": "model",
        "created": service.started,
        "owned_by": "wordllama",
    }


async def rerank(service: Service, request: messages.CohereRerankRequest) -> dict[str, Any]:
    """Documents, most similar to the query first."""
    documents = [each if isinstance(each, str) else each.text for each in request.documents]
    scores, tokens = await service.compare("query", request.query, "documents", documents)
    results: list[dict[str, Any]] = []
    for i in np.argsort(-scores, kind="stable")[: request.top_n].tolist():
        results.append({"index": i, "relevance_score": float(scores[i])})
        if request.return_documents:
            results[-1]["document"] = {"text": documents[i]}
    return {
        "id": str(uuid4()),
        "model": service.name,
        "results": results,
        "usage": {"total_tokens": tokens},
        "meta": {"billed_units": {"search_units": 1}, "tokens": {"input_tokens": tokens}},
    }
