"""Which words of a text speak for a label: exact, for the scores are sums over words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordllama.classify.features import Vocabulary
from wordllama.encode.encoder import Encoder
from wordllama.explain.word_vectors import Word, word_vectors


class Reason(NamedTuple):
    """A word of a text, and what it adds to the score of a label beside the mean of all labels."""

    word: Word
    share: float

    def __str__(self) -> str:
        return f"{self.share:+.3f}  {self.word}"


def reasons(
    text: str,
    encoder: Encoder,
    coef: NDArray[np.float32],
    vocabulary: Vocabulary | None,
    word_coef: NDArray[np.float32] | None,
) -> list[Reason]:
    """A reason for each word, in the text's order; half of what a pair adds goes to either token.

    coef: (dim,) of the label, and word_coef: (words,).
    """
    held = word_vectors(text, encoder)
    length = float(np.linalg.norm(held.vectors.sum(axis=0)))
    shares = held.vectors @ coef.astype(np.float64) / (length or 1.0)
    if vocabulary is not None and word_coef is not None and len(shares):
        word_of = np.repeat(np.arange(len(shares)), [len(word.tokens) for word in held.words])
        for token, adds in vocabulary.shares(*encoder.token_ids([held.text]), word_coef):
            np.add.at(shares, word_of[token], adds)
    return [Reason(word, float(share)) for word, share in zip(held.words, shares, strict=True)]
