"""What a search over texts or vectors finds: a plain list that also knows scores and places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from wordllama.extras import require

T = TypeVar("T")


class Found(list[T]):
    """A list of what `rank`, `topk` or `filter` gives, with the score and place of each item.

    It is, prints and compares as the list alone. `scores`, `indices` and the tables made of them
    say what was found, also if the list is changed afterwards; a slice or a copy is a plain list.

    >>> found = Found(["b"], ["b"], [1], [0.75])
    >>> found == ["b"], found.indices.tolist(), found.scores.tolist()
    (True, [1], [0.75])
    >>> print(found.table())
    0.7500  1  b
    """

    __slots__ = ("_documents", "indices", "scores")

    indices: NDArray[np.int64]
    """(n,) place of each among what was searched."""
    scores: NDArray[np.float32]
    """(n,) its score."""

    def __init__(
        self,
        items: Iterable[T],
        documents: Iterable[Any],
        indices: Sequence[int] | NDArray[np.int64],
        scores: Sequence[float] | NDArray[np.float32],
    ) -> None:
        super().__init__(items)
        self._documents = tuple(documents)
        self.indices = np.asarray(indices, np.int64)
        self.scores = np.asarray(scores, np.float32)

    def __reduce__(self) -> tuple[Any, ...]:
        return Found, (list(self), self._documents, self.indices, self.scores)

    def columns(self) -> dict[str, list[Any]]:
        """`index`, `score` and `text` (not of vectors), a list each."""
        columns: dict[str, list[Any]] = {
            "index": self.indices.tolist(),
            "score": self.scores.tolist(),
        }
        if not self._documents or isinstance(self._documents[0], str):
            columns["text"] = list(self._documents)
        return columns

    def to_dict(self) -> list[dict[str, Any]]:
        """One dict for each that was found, for JSON."""
        columns = self.columns()
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def to_arrow(self) -> Any:
        """`columns` as a pyarrow table (extra `files`)."""
        return require("pyarrow", extra="files").table(self.columns())

    def to_pandas(self) -> Any:
        """`columns` as a pandas data frame (extra `pandas`)."""
        return require("pandas", extra="pandas").DataFrame(self.columns())

    def to_polars(self) -> Any:
        """`columns` as a Polars data frame (extra `polars`)."""
        return require("polars", extra="polars").DataFrame(self.columns())

    def table(self) -> str:
        """Score, place and text of each, a line each, to print."""
        width = len(str(self.indices.max(initial=0)))
        return "\n".join(
            f"{row['score']:.4f}  {row['index']:>{width}}  {row.get('text', '')}".rstrip()
            for row in self.to_dict()
        )
