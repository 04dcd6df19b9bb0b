"""Polars: the namespace `.wordllama` of expressions and Series of texts.

>>> import polars as pl
>>> frame = pl.DataFrame({"text": ["a red car", "heavy rain", "a red car!", None]})
>>> frame.filter(~pl.col("text").wordllama.is_duplicate(0.8))["text"].to_list()
['a red car', 'heavy rain', None]
>>> frame["text"].wordllama.similarity("weather").arg_max()
1
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wordllama.integrations.libraries import library, loaded, pairwise

polars = library("polars", "polars", extra="polars")


@polars.api.register_series_namespace("wordllama")
class WordLlamaSeries:
    """The toolkit on a Series of String: `frame["text"].wordllama`.

    Each method takes `model` (name, folder or "owner/name") and `dim` (fewer dimensions). Null
    gives null; a column of anything but strings is a TypeError.
    """

    def __init__(self, texts: Any) -> None:
        self._texts = texts

    def embed(
        self, norm: bool = False, *, model: str = "l2_supercat", dim: int | None = None
    ) -> Any:
        """Vectors, as Array(Float32, dim)."""
        wl = loaded(model, dim)
        kind = polars.Array(polars.Float32, wl.dim)
        return self._map(lambda texts: wl.embed(texts, norm=norm), kind)

    def similarity(
        self, query: str | Any, *, model: str = "l2_supercat", dim: int | None = None
    ) -> Any:
        """Each text's similarity to the query, or to the text beside it in another column.

        As Float32.
        """
        wl = loaded(model, dim)
        if not isinstance(query, str):
            return self._map(lambda a, b: pairwise(wl, a, b), polars.Float32, query)

        def scores(texts: Any) -> list[float]:
            return [score for _, score in wl.rank(query, texts, sort=False)]

        return self._map(scores, polars.Float32)

    def is_duplicate(
        self, threshold: float = 0.9, *, model: str = "l2_supercat", dim: int | None = None
    ) -> Any:
        """Whether each text is a near-duplicate of an earlier one; null is none."""
        wl = loaded(model, dim)

        def flags(texts: Any) -> Any:
            gone = np.zeros(len(texts), bool)
            gone[wl.deduplicate(texts, threshold, return_indices=True)] = True
            return gone

        return self._map(flags, polars.Boolean).fill_null(False)

    def cluster(
        self,
        k: int,
        random_state: int | None = None,
        *,
        model: str = "l2_supercat",
        dim: int | None = None,
    ) -> Any:
        """Each text's cluster, of `k`, as Int64."""
        wl = loaded(model, dim)
        return self._map(
            lambda texts: wl.cluster(texts, k, random_state=random_state)[0], polars.Int64
        )

    def _map(self, function: Callable[..., Any], kind: Any, *others: Any) -> Any:
        return _mapped([self._texts, *others], function, kind)


@polars.api.register_expr_namespace("wordllama")
class WordLlamaExpressions(WordLlamaSeries):
    """The same as expressions, also in groups and lazy frames: `pl.col("text").wordllama`."""

    def _map(self, function: Callable[..., Any], kind: Any, *others: Any) -> Any:
        columns = [self._texts, *others]
        return polars.map_batches(columns, lambda texts: _mapped(texts, function, kind), kind)


def _mapped(columns: Sequence[Any], function: Callable[..., Any], kind: Any) -> Any:
    """What the function makes of the rows without null, in their places; null elsewhere."""
    first, *others = columns
    there = first.is_not_null()
    for other in others:
        if len(other) != len(first):
            raise ValueError(f"query must have {len(first)} texts, not {len(other)}")
        there &= other.is_not_null()
    if there.all():
        return polars.Series(first.name, function(*columns), dtype=kind)
    whole = [column.filter(there) for column in columns]
    found = polars.Series(first.name, function(*whole), dtype=kind)
    places = there.cast(polars.UInt32).cum_sum() - 1
    return found.gather(polars.select(polars.when(there).then(places)).to_series())
