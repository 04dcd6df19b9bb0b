"""A model as what searches with it: an index in memory, by vectors, by words or by both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wordllama.search import WEIGHT, Mode, check_mode, check_weight


@dataclass(frozen=True)
class Searched:
    """A model whose retrieval sets `run` scores by a search in an index; no other sets.

    mode: what the search goes by. weight: the share of the vectors in a hybrid score. An index
    rounds vectors to int8, so "vector" gives what an index finds, not the last digit of the model.

    >>> from wordllama import WordLlama
    >>> searched = Searched(WordLlama.load("l2_words"), "keyword")
    >>> searched.first(["running"], ["she walks", "he runs"], 1)
    [[1]]
    """

    model: Any
    """A `WordLlama`."""
    mode: Mode = "hybrid"
    weight: float = WEIGHT

    def __post_init__(self) -> None:
        """Raises TypeError for a model of another kind, ValueError for mode or weight."""
        check_mode(self.mode)
        check_weight(self.weight)
        if not callable(getattr(self.model, "index", None)):
            kind = type(self.model).__name__
            raise TypeError(f"model must be a WordLlama, which searches by words, too, not {kind}")

    @property
    def dim(self) -> int:
        """Dimensions of the model."""
        return int(self.model.dim)

    def first(self, queries: Sequence[str], documents: Sequence[str], k: int) -> list[list[int]]:
        """Of each query the places of the `k` documents that are found first."""
        with self.model.index() as index:
            index.add(documents, check=False)
            found = index.search(list(queries), k, self.mode, weight=self.weight, operators=False)
        return [[int(id) for id in hits.ids] for hits in found]
