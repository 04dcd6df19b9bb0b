"""pandas: the accessor `.wordllama` of a column of texts. Results keep the column's index.

>>> import pandas as pd
>>> texts = pd.Series(["a red car", "heavy rain", "a red car!"], index=["a", "b", "c"])
>>> texts.wordllama.rank("weather").index.tolist()[0]
'b'
>>> texts.wordllama.deduplicate(0.8).index.tolist()
['a', 'b']
"""

from __future__ import annotations

from typing import Any

from wordllama.integrations.libraries import library, loaded, pairwise

pandas = library("pandas", "pandas", extra="pandas")


@pandas.api.extensions.register_series_accessor("wordllama")
class WordLlamaAccessor:
    """The toolkit over a Series of `str`.

    Each method takes `model` (name, folder or "owner/name") and `dim` (fewer dimensions).
    Missing values are a TypeError that names their place: drop or fill them first.
    """

    def __init__(self, series: Any) -> None:
        self._series = series

    def embed(
        self, norm: bool = False, *, model: str = "l2_supercat", dim: int | None = None
    ) -> Any:
        """Vectors: a float32 DataFrame (n, dim)."""
        vectors = loaded(model, dim).embed(self._series, norm=norm)
        return pandas.DataFrame(vectors, index=self._series.index, copy=False)

    def similarity(
        self, query: str | Any, *, model: str = "l2_supercat", dim: int | None = None
    ) -> Any:
        """Each text's similarity to the query, or to the text beside it in another Series."""
        wl = loaded(model, dim)
        if isinstance(query, pandas.Series):
            if not query.index.equals(self._series.index):
                raise ValueError("query must have the index of the column it is compared with")
            scores: Any = pairwise(wl, self._series, query)
        else:
            scores = [score for _, score in wl.rank(query, self._series, sort=False)]
        return pandas.Series(scores, index=self._series.index, dtype="float32", name="similarity")

    def rank(
        self,
        query: str,
        k: int | None = None,
        *,
        model: str = "l2_supercat",
        dim: int | None = None,
    ) -> Any:
        """Similarities to the query, best first: all, or the best `k`."""
        if k is not None and k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        scores = self.similarity(query, model=model, dim=dim)
        return scores.sort_values(ascending=False, kind="stable")[:k]

    def filter(
        self,
        query: str,
        threshold: float = 0.3,
        *,
        model: str = "l2_supercat",
        dim: int | None = None,
    ) -> Any:
        """The texts that are more similar to the query than `threshold`."""
        return self._series[self.similarity(query, model=model, dim=dim) > threshold]

    def deduplicate(
        self, threshold: float = 0.9, *, model: str = "l2_supercat", dim: int | None = None
    ) -> Any:
        """The texts without near-duplicates of earlier ones."""
        gone = loaded(model, dim).deduplicate(self._series, threshold, return_indices=True)
        keep = pandas.Series(True, index=range(len(self._series)))
        keep.iloc[list(map(int, gone))] = False
        return self._series[keep.to_numpy()]

    def cluster(
        self,
        k: int,
        random_state: int | None = None,
        *,
        model: str = "l2_supercat",
        dim: int | None = None,
    ) -> Any:
        """Each text's cluster, of `k`."""
        labels, _ = loaded(model, dim).cluster(self._series, k, random_state=random_state)
        return pandas.Series(labels, index=self._series.index, dtype="int64", name="cluster")
