"""Polars: the namespace `.wordllama` of expressions over a column of texts.

>>> import polars as pl
>>> frame = pl.DataFrame({"text": ["a red car", "heavy rain", "a red car!"]})
>>> frame.filter(~pl.col("text").wordllama.is_duplicate(0.8))["text"].to_list()
['a red car', 'heavy rain']
>>> frame.sort(pl.col("text").wordllama.similarity("weather"))["text"].to_list()[-1]
'heavy rain'
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wordllama.integrations.libraries import library, loaded
from wordllama.model import WordLlama

polars = library("polars", "polars", extra="polars")


@polars.api.register_expr_namespace("wordllama")
class WordLlamaNamespace:
    """The toolkit as expressions over a String column, run on the whole column at once.

    Each method takes `model` (name, folder or "owner/name") and `dim` (fewer dimensions).
    Nulls are a TypeError that names their place: drop or fill them first.
    """

    def __init__(self, expression: Any) -> None:
        self._expression = expression

    def embed(
        self, norm: bool = False, *, model: str = "l2_supercat", dim: int | None = None
    ) -> Any:
        """Vectors, as Array(Float32, dim)."""
        wl = loaded(model, dim)
        kind = polars.Array(polars.Float32, wl.dim)

        def vectors(texts: Any) -> Any:
            return polars.Series(texts.name, wl.embed(texts, norm=norm), dtype=kind)

        return self._expression.map_batches(vectors, return_dtype=kind)

    def similarity(self, query: str, *, model: str = "l2_supercat", dim: int | None = None) -> Any:
        """Each text's similarity to the query, as Float32."""
        wl = loaded(model, dim)

        def scores(texts: Any) -> Any:
            values = [score for _, score in wl.rank(query, texts, sort=False)]
            return polars.Series(texts.name, values, dtype=polars.Float32)

        return self._expression.map_batches(scores, return_dtype=polars.Float32)

    def is_duplicate(
        self, threshold: float = 0.9, *, model: str = "l2_supercat", dim: int | None = None
    ) -> Any:
        """Whether each text is a near-duplicate of an earlier one."""
        wl = loaded(model, dim)

        def flags(texts: Any) -> Any:
            gone = np.zeros(len(texts), bool)
            gone[wl.deduplicate(texts, threshold, return_indices=True)] = True
            return polars.Series(texts.name, gone)

        return self._expression.map_batches(flags, return_dtype=polars.Boolean)

    def cluster(
        self,
        k: int,
        random_state: int | None = None,
        *,
        model: str = "l2_supercat",
        dim: int | None = None,
    ) -> Any:
        """Each text's cluster, of `k`, as Int64."""
        wl: WordLlama = loaded(model, dim)

        def labels(texts: Any) -> Any:
            found, _ = wl.cluster(texts, k, random_state=random_state)
            return polars.Series(texts.name, found, dtype=polars.Int64)

        return self._expression.map_batches(labels, return_dtype=polars.Int64)
