"""The words that set each cluster apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from wordllama.texts.graphemes import MARKS, graphemes
from wordllama.texts.scripts import UNSPACED
from wordllama.vectors import cosine

_WORD = re.compile(rf"[^\W\d_]\w*(?:(?:[{MARKS}]+|['’-](?=\w))\w*)*")
_UNSPACED = re.compile(f"([{UNSPACED}]+)")
VOCABULARY = 5000
"""Words looked at for the nearest to each centre, the most frequent."""


def typical_words(
    texts: Sequence[str], labels: NDArray[np.int64], n: int = 10
) -> dict[int, list[str]]:
    """For each label (except -1), the `n` words that set its cluster apart.

    By class-based TF-IDF (Grootendorst, BERTopic, 2022): a word's count in the cluster's texts
    times log(1 + words of an average cluster / count of the word in all). That alone puts "the" and
    "of" first, so it is multiplied by the logarithm of the word's frequency in the cluster relative
    to all texts. Words with equal scores are in alphabetical order.

    >>> typical_words(["a cat", "a cat", "a dog"], np.array([0, 0, 1]), n=1)
    {0: ['cat'], 1: ['dog']}
    """
    counts: dict[int, Counter[str]] = {
        label: Counter() for label in np.unique(labels).tolist() if label >= 0
    }
    for text, label in zip(texts, labels.tolist(), strict=True):
        if label >= 0:
            counts[label].update(words(text))
    total = sum(counts.values(), Counter[str]())
    all_words = sum(total.values())
    average = all_words / max(1, len(counts))

    def weight(word: str, count: int, size: int) -> float:
        apart = log(count / size * all_words / total[word]) if len(counts) > 1 else 1
        return count * log(1 + average / total[word]) * apart

    typical = {}
    for label, of_label in counts.items():
        size = sum(of_label.values())
        weights = {word: weight(word, count, size) for word, count in of_label.items()}
        typical[label] = sorted(of_label, key=lambda word: (-weights[word], word))[:n]
    return typical


def words(text: str) -> list[str]:
    """Runs of letters in lower case; of scripts without spaces, pairs of neighbouring characters.

    >>> words("A half-way house, it's 3rd: 天気予報")
    ['a', 'half-way', 'house', "it's", 'rd', '天気', '気予', '予報']
    """
    words: list[str] = []
    for word in _WORD.findall(text.lower()):
        for place, run in enumerate(_UNSPACED.split(word)):
            if place % 2:
                characters = graphemes(run)
                words += map("".join, pairwise(characters)) if len(characters) > 1 else [run]
            elif run:
                words.append(run)
    return words


def nearest_words(
    texts: Sequence[str],
    centres: NDArray[np.float32],
    embed: Callable[[list[str]], NDArray[np.float32]],
    n: int = 10,
) -> list[list[str]]:
    """For each centre, the `n` words whose vectors are most similar to it.

    Only the most frequent words of the texts are considered.
    """
    frequency: Counter[str] = Counter()
    for text in texts:
        frequency.update(set(words(text)))
    known = sorted(frequency, key=lambda word: (-frequency[word], word))[:VOCABULARY]
    if not known:
        return [[] for _ in centres]
    order = np.argsort(-cosine(centres, embed(known)), axis=1, kind="stable")[:, :n]
    return [[known[i] for i in row] for row in order]
