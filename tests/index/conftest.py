"""The shipped model of whole words, and records to keep."""

from __future__ import annotations

from typing import Any

import pytest

from wordllama import WordLlama
from wordllama.index import Index


@pytest.fixture(scope="session")
def words() -> WordLlama:
    return WordLlama.load("l2_words")


@pytest.fixture
def animals(words: WordLlama) -> Index:
    index = words.index()
    index.add(RECORDS, text="story")
    return index


RECORDS: list[dict[str, Any]] = [
    {"id": "cat", "story": "The cat sleeps on the warm mat.", "legs": 4, "kind": "mammal"},
    {"id": "dog", "story": "A dog runs after the cats.", "legs": 4, "kind": "mammal"},
    {"id": "owl", "story": "The owl flies through the night.", "legs": 2, "kind": "bird"},
    {"id": "bee", "story": "Bees carry pollen from flower to flower.", "legs": 6, "kind": "insect"},
    {"id": "cod", "story": "The cod swims in cold water.", "legs": 0, "kind": "fish"},
]
