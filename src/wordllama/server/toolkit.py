"""Our own endpoints: the toolkit's methods that no other server has."""

from __future__ import annotations

from typing import Any

import numpy as np

from wordllama.explain.word_vectors import Word
from wordllama.server import messages
from wordllama.server.limits import RefusedError
from wordllama.server.service import Service


async def dedup(service: Service, request: messages.DedupRequest) -> dict[str, Any]:
    """Places of the texts that stay, and of near-duplicates of an earlier text."""
    service.limits.check("texts", request.texts)
    gone = await service.toolkit.run(
        service.model.deduplicate, request.texts, request.threshold, return_indices=True
    )
    kept = np.setdiff1d(np.arange(len(request.texts)), np.array(gone, dtype=np.int64))
    return {"kept": kept.tolist(), "duplicates": gone}


async def cluster(service: Service, request: messages.ClusterRequest) -> dict[str, Any]:
    """Labels of k-means."""
    service.limits.check("texts", request.texts)
    k, texts, most = request.k, len(request.texts), service.limits.distances
    if k * texts > most and k < len(set(request.texts)):  # a text each costs nothing
        message = f"k is {k}; for {texts} texts it may be at most {most // texts}"
        raise RefusedError(413, message, "k")
    labels, inertia = await service.toolkit.run(
        service.model.cluster, request.texts, k, random_state=request.random_state
    )
    return {"labels": labels, "inertia": inertia}


async def split(service: Service, request: messages.SplitRequest) -> dict[str, Any]:
    """The text in pieces, each on one topic."""
    service.limits.check("text", [request.text])
    pieces = await service.toolkit.run(
        service.model.split, request.text, target_size=request.target_size
    )
    return {"pieces": pieces}


async def explain(service: Service, request: messages.ExplainRequest) -> dict[str, Any]:
    """Pairs of words that make the texts alike."""
    return await service.toolkit.run(_explained, service, request)


def _explained(service: Service, request: messages.ExplainRequest) -> dict[str, Any]:
    explanation = service.model.explain(request.a, request.b)
    pairs = [
        {"a": _word(pair.a), "b": _word(pair.b), "share": pair.share, "cosine": pair.cosine}
        for pair in explanation.pairs(request.pairs)
    ]
    return {"similarity": explanation.similarity, "pairs": pairs}


def _word(word: Word) -> dict[str, Any]:
    return {"text": word.text, "start": word.start, "end": word.end}
