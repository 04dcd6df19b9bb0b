"""Why a record is a hit."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordllama.index.memory import Memory
from wordllama.index.opened import Opened
from wordllama.index.results import Hit, HitExplanation, Match
from wordllama.keywords import Bm25

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Explainer:
    """Explains the hits of one query, by the index as it was searched."""

    opened: Opened
    memory: Memory
    text: str | None
    terms: NDArray[np.int32] | None
    bm25: Bm25

    def explain(self, hit: Hit) -> HitExplanation:
        """Why it is a hit."""
        from wordllama.explain import explain

        words: dict[str, float] = {}
        if hit.keyword_score is not None:
            for term, share in sorted(self._parts(hit).items(), key=lambda part: -part[1]):
                name = self.opened.terms.name(term)
                words[name] = words.get(name, 0.0) + share
        meaning = None
        if hit.vector_score is not None and self.text is not None:
            binary = self.opened.layout.binary
            meaning = explain(self.text, hit.text, self.opened.encoder, binary)
        return HitExplanation(words, meaning)

    def matches(self, hit: Hit) -> list[Match]:
        """Where its text has words of which all terms are the query's."""
        parts = self._parts(hit)
        words = list(_WORD.finditer(hit.text))
        if not parts or not words:
            return []
        ids, offsets = self.opened.encoder.token_ids([word[0] for word in words])
        found = []
        terms_of_words = np.split(self.opened.terms.of(ids, offsets), offsets[1:-1])
        for word, terms in zip(words, terms_of_words, strict=True):
            shares = [parts.get(term, -1.0) for term in terms[terms >= 0].tolist()]
            if shares and min(shares) >= 0:
                found.append(Match(*word.span(), sum(shares)))
        return found

    def _parts(self, hit: Hit) -> dict[int, float]:
        if self.terms is None:
            return {}
        document = self.opened.terms.of(self.opened.encoder.token_ids([hit.text])[0])
        return self.memory.keywords.parts(self.terms, document, self.bm25)
