"""Pairs of similar texts, with their indices and similarity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from wordllama.extras import require
from wordllama.pairs.scored import Pairs


class Match(NamedTuple):
    """Two similar texts, their indices and their similarity."""

    left: str
    right: str
    score: float
    left_index: int
    right_index: int


@dataclass(frozen=True)
class Matches(Sequence[Match]):
    """Pairs of texts, best first: a sequence of `Match`.

    >>> import numpy as np
    >>> pairs = Pairs(np.array([0]), np.array([1]), np.float32([0.75]))
    >>> print(Matches(["a", "b"], ["a", "b"], pairs))
    0.750  a  ~  b
    """

    left_texts: Sequence[str]
    right_texts: Sequence[str]
    pairs: Pairs

    def __len__(self) -> int:
        return len(self.pairs.left)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            left, right, score = self.pairs
            return Matches(
                self.left_texts, self.right_texts, Pairs(left[place], right[place], score[place])
            )
        i, j = int(self.pairs.left[place]), int(self.pairs.right[place])
        return Match(self.left_texts[i], self.right_texts[j], float(self.pairs.score[place]), i, j)

    def __iter__(self) -> Iterator[Match]:
        return (self[place] for place in range(len(self)))

    def __str__(self) -> str:
        shown = [f"{m.score:.3f}  {m.left}  ~  {m.right}" for m in self[:20]]
        more = [f"... and {len(self) - 20:,} more"] if len(self) > 20 else []
        return "\n".join(shown + more) or "no pairs"

    def __repr__(self) -> str:
        return f"<Matches: {len(self):,} pairs>"

    def columns(self) -> dict[str, list[Any]]:
        """A list for each field of `Match`."""
        return {name: [getattr(m, name) for m in self] for name in Match._fields}

    def to_dict(self) -> list[dict[str, Any]]:
        """One dict per pair, for JSON."""
        return [match._asdict() for match in self]

    def to_arrow(self) -> Any:
        """`columns` as a pyarrow table (extra `files`)."""
        return require("pyarrow", extra="files").table(self.columns())

    def to_pandas(self) -> Any:
        """`columns` as a pandas data frame (extra `pandas`)."""
        return require("pandas", extra="pandas").DataFrame(self.columns())
