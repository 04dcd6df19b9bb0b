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

import numpy as np
from numpy.typing import NDArray

from wordllama.integrations.libraries import library, loaded, pairwise
from wordllama.texts import as_list

pandas = library("pandas", "pandas", extra="pandas")


@pandas.api.extensions.register_series_accessor("wordllama")
class WordLlamaAccessor:
    """The toolkit over a Series of `str`.

    Each method takes `model` (name, folder or "owner/name") and `dim` (fewer dimensions). What is
    missing (None, NaN, NA) gives what is missing; anything else but a `str` is a TypeError.
    """

    def __init__(self, series: Any) -> None:
        self._series = series

    def embed(
        self, norm: bool = False, *, model: str = "l2_supercat", dim: int | None = None
    ) -> Any:
        """Vectors: a float32 DataFrame (n, dim)."""
        wl = loaded(model, dim)
        there = _present(self._series)
        vectors = wl.embed(_texts(self._series, there), norm=norm)
        return pandas.DataFrame(_spread(vectors, there), index=self._series.index, copy=False)

    def similarity(
        self, query: str | Any, *, model: str = "l2_supercat", dim: int | None = None
    ) -> Any:
        """Each text's similarity to the query, or to the text beside it in another Series."""
        wl = loaded(model, dim)
        there = _present(self._series)
        if isinstance(query, pandas.Series):
            if not query.index.equals(self._series.index):
                raise ValueError("query must have the index of the column it is compared with")
            there &= _present(query)
            found = pairwise(wl, _texts(self._series, there), _texts(query, there, "query"))
        else:
            ranked = wl.rank(query, _texts(self._series, there), sort=False)
            found = np.array([score for _, score in ranked], np.float32)
        index = self._series.index
        return pandas.Series(_spread(found, there), index=index, dtype="float32", name="similarity")

    def rank(
        self,
        query: str,
        k: int | None = None,
        *,
        model: str = "l2_supercat",
        dim: int | None = None,
    ) -> Any:
        """Similarities to the query, best first: all (what is missing last), or the best `k`."""
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
        """The texts without near-duplicates of earlier ones; what is missing stays."""
        there = _present(self._series)
        texts = _texts(self._series, there)
        gone = loaded(model, dim).deduplicate(texts, threshold, return_indices=True)
        keep = np.ones(len(there), bool)
        keep[np.flatnonzero(there)[np.array(gone, np.int64)]] = False
        return self._series[keep]

    def cluster(
        self,
        k: int,
        random_state: int | None = None,
        *,
        model: str = "l2_supercat",
        dim: int | None = None,
    ) -> Any:
        """Each text's cluster, of `k`: int64, or Int64 where a text is missing."""
        there = _present(self._series)
        texts = _texts(self._series, there)
        labels = loaded(model, dim).cluster(texts, k, random_state=random_state)[0]
        found = pandas.Series(labels, index=np.flatnonzero(there), dtype="int64", name="cluster")
        if not there.all():
            found = found.astype("Int64").reindex(np.arange(len(there)))
        return found.set_axis(self._series.index)


def _present(series: Any) -> NDArray[np.bool_]:
    """(n,) whether each value is not None, NaN or NA."""
    return np.array(series.notna(), bool)


def _texts(series: Any, there: NDArray[np.bool_], name: str = "texts") -> list[str]:
    """The values that are there; TypeError names the place in the column of what is no `str`."""
    filled = series.astype(object).where(there, "")
    return [text for text, kept in zip(as_list(filled, name), there, strict=True) if kept]


def _spread(values: NDArray[np.float32], there: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The values in the rows where there is something, NaN in the others."""
    if there.all():
        return values
    rows = np.full((len(there), *values.shape[1:]), np.nan, np.float32)
    rows[there] = values
    return rows
