"""The words that set each cluster apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from wordllama.vectors import cosine

WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")
VOCABULARY = 5000
"""Words looked at for the nearest to each centre, the most frequent."""


def typical_words(
    texts: Sequence[str], labels: NDArray[np.int64], n: int = 10
) -> dict[int, list[str]]:
    """For each label (but -1) its `n` words of highest class-based TF-IDF.

    A word's count in the cluster's texts, over the cluster's words, times log(1 + words of an
    average cluster / count of the word in all) (Grootendorst, BERTopic, 2022). Words are runs of
    letters, in lower case. Equal words are in alphabetic order.

    >>> typical_words(["a cat", "a cat", "a dog"], np.array([0, 0, 1]), n=1)
    {0: ['cat'], 1: ['dog']}
    """
    counts: dict[int, Counter[str]] = {
        label: Counter() for label in np.unique(labels).tolist() if label >= 0
    }
    for text, label in zip(texts, labels.tolist(), strict=True):
        if label >= 0:
            counts[label].update(WORD.findall(text.lower()))
    total = sum(counts.values(), Counter[str]())
    average = sum(total.values()) / max(1, len(counts))
    rarity = {word: float(np.log1p(average / count)) for word, count in total.items()}
    return {
        label: sorted(words, key=lambda word: (-words[word] * rarity[word], word))[:n]
        for label, words in counts.items()
    }


def nearest_words(
    texts: Sequence[str],
    centres: NDArray[np.float32],
    embed: Callable[[list[str]], NDArray[np.float32]],
    n: int = 10,
) -> list[list[str]]:
    """For each centre the `n` words of the texts whose vectors are most similar to it.

    Of the texts' most frequent words.
    """
    frequency: Counter[str] = Counter()
    for text in texts:
        frequency.update(set(WORD.findall(text.lower())))
    words = sorted(frequency, key=lambda word: (-frequency[word], word))[:VOCABULARY]
    if not words:
        return [[] for _ in centres]
    order = np.argsort(-cosine(centres, embed(words)), axis=1, kind="stable")[:, :n]
    return [[words[i] for i in row] for row in order]
