"""Why a record is a hit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wordllama.index.memory import Memory
from wordllama.index.opened import Opened
from wordllama.index.results import Hit, HitExplanation
from wordllama.keywords import Bm25


def explainer(
    opened: Opened,
    memory: Memory,
    text: str | None,
    terms: NDArray[np.int32] | None,
    bm25: Bm25,
) -> Callable[[Hit], HitExplanation]:
    """A function that explains the hits of one query, by the index as it was searched."""

    def explain(hit: Hit) -> HitExplanation:
        from wordllama.explain import explain as explain_similarity

        words: dict[str, float] = {}
        if hit.keyword_score is not None and terms is not None:
            document = opened.terms.of(opened.encoder.token_ids([hit.text])[0])
            parts = memory.keywords.parts(terms, document, bm25)
            for term, share in sorted(parts.items(), key=lambda part: -part[1]):
                name = opened.terms.name(term)
                words[name] = words.get(name, 0.0) + share
        meaning = None
        if hit.vector_score is not None and text is not None:
            binary = opened.layout.binary
            meaning = explain_similarity(text, hit.text, opened.encoder, binary)
        return HitExplanation(words, meaning)

    return explain
