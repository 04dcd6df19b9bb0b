"""Our own endpoints: the toolkit's methods that no other server has."""

from __future__ import annotations

from typing import Any

from wordllama.explain import Explanation
from wordllama.explain.word_vectors import Word
from wordllama.server import messages
from wordllama.server.limits import RefusedError
from wordllama.server.service import Service


async def dedup(service: Service, request: messages.DedupRequest) -> dict[str, Any]:
    """Places of the texts that stay, and of near-duplicates, with what each duplicates."""
    service.limits.check("texts", request.texts)
    if request.against is not None:
        service.limits.check("against", request.against)
    elif request.against_only:
        raise RefusedError(422, "against_only needs other texts: give against", "against_only")
    return await service.toolkit.run(_deduplicated, service, request)


def _deduplicated(service: Service, request: messages.DedupRequest) -> dict[str, Any]:
    found = service.model.find_duplicates(
        request.texts,
        request.threshold,
        request.against,
        against_only=request.against_only,
        keep=request.keep,
        chain=request.chain,
        fold=request.fold,
        check=request.check,
    )
    gone = found.duplicates
    return {
        "kept": found.kept_indices,
        "duplicates": [each.index for each in gone],
        "of": [
            {"index": d.of, "against": d.outside, "similarity": d.score, "exact": d.exact}
            for d in gone
        ],
        "unread": found.unread_indices,
    }


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


async def chunks(service: Service, request: messages.ChunksRequest) -> dict[str, Any]:
    """The text in chunks under a limit, each with its place."""
    service.limits.check("text", [request.text])
    most = request.limit // 2  # so all chunks together are at most twice the text
    if request.overlap > most:
        raise RefusedError(422, f"overlap is {request.overlap}; at most limit / 2 = {most}")
    named = request.model_dump(exclude={"text"})
    found = await service.toolkit.run(service.model.chunks, request.text, **named)
    return {"chunks": found.to_dict()}


async def explain(service: Service, request: messages.ExplainRequest) -> dict[str, Any]:
    """Pairs of words that make the texts alike."""
    return await service.toolkit.run(_explained, service, request)


def _explained(service: Service, request: messages.ExplainRequest) -> dict[str, Any]:
    return explained(service.model.explain(request.a, request.b), request.pairs)


def explained(explanation: Explanation, pairs: int) -> dict[str, Any]:
    """The similarity, and the pairs of words that add most to it."""
    listed = [
        {"a": _word(pair.a), "b": _word(pair.b), "share": pair.share, "cosine": pair.cosine}
        for pair in explanation.pairs(pairs)
    ]
    return {"similarity": explanation.similarity, "pairs": listed}


def _word(word: Word) -> dict[str, Any]:
    return {"text": word.text, "start": word.start, "end": word.end}
