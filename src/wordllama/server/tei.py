"""The endpoints of Hugging Face's text-embeddings-inference."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from wordllama import __version__, kernel
from wordllama.server import messages
from wordllama.server.service import Cut, Service


async def embed(service: Service, request: messages.EmbedRequest) -> NDArray[np.float32]:
    """Vectors, of unit length unless `normalize` is false."""
    embedded = await service.embed_inputs("inputs", request.inputs, _cut(request))
    return service.finished(embedded.vectors, request.dimensions, request.normalize)


async def similarity(service: Service, request: messages.SimilarityRequest) -> list[float]:
    """Cosine of the source sentence with each of the others."""
    source, others = request.inputs.source_sentence, request.inputs.sentences
    cut = _cut(request.parameters)
    scores, _ = await service.compare("source_sentence", source, "sentences", others, cut)
    return cast("list[float]", scores.tolist())


async def rerank(service: Service, request: messages.RerankRequest) -> list[dict[str, Any]]:
    """Texts, most similar to the query first."""
    cut = _cut(request)
    scores, _ = await service.compare("query", request.query, "texts", request.texts, cut)
    ranked: list[dict[str, Any]] = []
    for i in np.argsort(-scores, kind="stable")[: request.top_n].tolist():
        ranked.append({"index": i, "score": float(scores[i])})
        if request.return_text:
            ranked[-1]["text"] = request.texts[i]
    return ranked


def info(service: Service) -> dict[str, Any]:
    """The model and the limits."""
    return {
        "model_id": service.name,
        "model_dtype": str(service.model.encoder.rows.matrix.dtype),
        "model_type": {"embedding": {"pooling": "mean"}},
        "dimensions": service.model.dim,
        "kernel": kernel.name,
        "max_client_batch_size": service.limits.texts,
        "max_input_characters": service.limits.characters,
        "max_body_bytes": service.limits.body_bytes,
        "max_connections": service.limits.connections,
        "auto_truncate": False,
        "version": __version__,
    }


def _cut(truncation: messages.Truncation | None) -> Cut:
    if truncation is None or not truncation.truncate:
        return None
    return "Left" if truncation.truncation_direction in ("Left", "left") else "Right"
