"""BM25 of texts at hand, without an index."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wordllama.encode.encoder import Encoder
from wordllama.keywords.bm25 import Bm25, Keywords
from wordllama.keywords.terms import Terms


def scores(
    queries: Sequence[str],
    documents: Sequence[str],
    encoder: Encoder,
    language: str = "english",
    bm25: Bm25 = Bm25(),  # noqa: B008  (frozen)
) -> NDArray[np.float32]:
    """BM25 of every document for every query: (queries, documents), 0 where no word is shared.

    >>> from wordllama import WordLlama
    >>> encoder = WordLlama.load("l2_words").encoder
    >>> (scores(["running"], ["he runs", "she walks"], encoder) > 0).tolist()
    [[True, False]]
    """
    terms = Terms(encoder, language)
    ids, offsets = encoder.token_ids(list(documents))
    keywords = Keywords().add(terms.of(ids, offsets), offsets)
    ids, offsets = encoder.token_ids(list(queries))
    asked = np.split(terms.of(ids, offsets), offsets[1:-1]) if len(offsets) > 1 else []
    everything = np.arange(len(documents))
    found = [keywords.topk(query, 0, bm25, at=everything)[2] for query in asked]
    return np.array(found, np.float32).reshape(len(asked), len(documents))
