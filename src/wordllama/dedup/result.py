"""What was found to be a duplicate, of what, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from wordllama.extras import require
from wordllama.files.inferring import array_of
from wordllama.pairs.components import connect
from wordllama.pairs.scored import Pairs

Item = TypeVar("Item")


@dataclass(frozen=True)
class Duplicate(Generic[Item]):
    """One item that repeats another."""

    index: int
    item: Item
    of: int
    """Index of the most similar item that is preferred to it."""
    of_item: Item
    score: float
    exact: bool

    def __str__(self) -> str:
        relation = "the same as" if self.exact else f"{self.score:.3f} similar to"
        return f"{self.index} {_short(self.item)} is {relation} {self.of} {_short(self.of_item)}"


@dataclass(frozen=True)
class Duplicates(Generic[Item]):
    """The items of one set, and which of them repeat others.

    Without `against` an item is a duplicate if an item preferred to it (an earlier one, or as
    `keep` says) is the same or more similar than `threshold`; whether that one is kept does not
    matter. With `against`, if one of that set is; then `of` counts in that set.
    """

    items: Sequence[Item]
    threshold: float
    match: NDArray[np.int64]
    """(n,) index of each item's best match over the threshold, -1 where there is none."""
    score: NDArray[np.float32]
    """(n,) similarity of that match, 0 where there is none."""
    exact: NDArray[np.bool_]
    """(n,) whether the match is the very same."""
    forest: Pairs
    """Pairs that connect each group, enough for any higher threshold."""
    against: Sequence[Item] | None = None
    unread: NDArray[np.bool_] | None = None
    """(n,) whether the model reads too little of an item to tell what it is like; None if that was
    not looked at. Of such items only exact copies go."""

    @property
    def kept_indices(self) -> list[int]:
        """Indices of the items that stay, in input order."""
        return np.flatnonzero(self.match < 0).tolist()

    @property
    def kept(self) -> list[Item]:
        """The items that stay, in input order."""
        return [self.items[i] for i in self.kept_indices]

    @property
    def unread_indices(self) -> list[int]:
        """Indices of the items that stay because the model does not read them."""
        unread = np.zeros(len(self.match), bool) if self.unread is None else self.unread
        return np.flatnonzero(unread & (self.match < 0)).tolist()

    @property
    def duplicates(self) -> list[Duplicate[Item]]:
        """Every item that goes, in input order."""
        return list(self._described(np.flatnonzero(self.match >= 0)))

    @property
    def exact_duplicates(self) -> list[Duplicate[Item]]:
        """The duplicates that are the very same as what they duplicate."""
        return list(self._described(np.flatnonzero((self.match >= 0) & self.exact)))

    @property
    def near_duplicates(self) -> list[Duplicate[Item]]:
        """The duplicates that are only similar."""
        return list(self._described(np.flatnonzero((self.match >= 0) & ~self.exact)))

    @property
    def removed(self) -> float:
        """Share of the items that are duplicates, from 0 to 1."""
        return float((self.match >= 0).mean()) if len(self.match) else 0.0

    @cached_property
    def _component(self) -> NDArray[np.int64]:
        return connect(np.arange(len(self.items)), self.forest.left, self.forest.right)

    @property
    def groups(self) -> list[list[int]]:
        """Indices of items connected by pairs over the threshold, two or more in each group."""
        order = np.argsort(self._component, kind="stable")
        starts = np.flatnonzero(np.diff(self._component[order]) != 0) + 1
        return [part.tolist() for part in np.split(order, starts) if len(part) > 1]

    def rethreshold(self, threshold: float) -> Duplicates[Item]:
        """The result for a higher threshold, without comparing anything again."""
        if threshold < self.threshold:
            raise ValueError(f"threshold must be at least {self.threshold}, not {threshold}")
        stays = self.exact | (self.score > threshold)
        left, right, strength = self.forest
        strong = strength > threshold
        return replace(
            self,
            threshold=threshold,
            match=np.where(stays, self.match, -1),
            score=np.where(stays, self.score, np.float32(0)),
            forest=Pairs(left[strong], right[strong], strength[strong]),
        )

    def least_similar_kept(self, n: int = 1) -> list[Duplicate[Item]]:
        """The `n` duplicates least similar to what was kept for them: look here to see whether the
        threshold is too low.
        """
        gone = np.flatnonzero(self.match >= 0)
        weakest = np.argsort(self.score[gone], kind="stable")[: max(0, n)]
        return list(self._described(gone[weakest]))

    def explain(self, index: int) -> str:
        """Why the item stays or goes, in a sentence."""
        if not len(self.items):
            raise ValueError("there are no items to explain")
        if not 0 <= index < len(self.items):
            raise ValueError(f"index must be from 0 to {len(self.items) - 1}, not {index}")
        if self.match[index] >= 0:
            return f"{next(self._described([index]))}"
        group = np.flatnonzero(self._component == self._component[index])
        others = ", ".join(str(i) for i in group.tolist() if i != index)
        kept = f"{index} {_short(self.items[index])} is kept"
        if others:
            return f"{kept}: it is preferred to all of its group that are like it ({others})"
        if self.unread is not None and self.unread[index]:
            return f"{kept}: the model does not read it, so only an exact copy would go"
        where = "the other set" if self.against is not None else "the others"
        return f"{kept}: nothing in {where} is more similar than {self.threshold}"

    def __str__(self) -> str:
        gone = int((self.match >= 0).sum())
        exact = int(self.exact.sum())
        text = (
            f"{gone:,} of {len(self.items):,} items are duplicates ({self.removed:.1%}): "
            f"{exact:,} exact, {gone - exact:,} over {self.threshold}"
        )
        unread = len(self.unread_indices)
        left = f"; {unread:,} left: the model does not read them" if unread else ""
        if self.against is not None:
            return f"{text}, of {len(self.against):,} others{left}"
        sizes = [len(group) for group in self.groups]
        groups = "1 group" if len(sizes) == 1 else f"{len(sizes):,} groups"
        return f"{text}; {groups}, the largest of {max(sizes, default=0):,}{left}"

    def __repr__(self) -> str:
        return f"<Duplicates: {self}>"

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers, for JSON."""
        return {
            "threshold": self.threshold,
            "kept": self.kept_indices,
            "duplicates": [
                {"index": d.index, "of": d.of, "score": d.score, "exact": d.exact}
                for d in self.duplicates
            ],
            "groups": self.groups,
            "unread": self.unread_indices,
        }

    def columns(self) -> dict[str, Any]:
        """One row for each item: its index and text (or named columns), and what was found."""
        texts = self._columns_of_items()
        duplicated = self.match >= 0
        columns = {
            "index": np.arange(len(self.items)),
            **texts,
            "kept": ~duplicated,
            "duplicate_of": [int(i) if i >= 0 else None for i in self.match],
            "score": [float(s) if f else None for s, f in zip(self.score, duplicated, strict=True)],
            "exact": self.exact,
            "group": self._component,
        }
        if len(columns) < 6 + len(texts):
            taken = [name for name in texts if columns[name] is not texts[name]]
            name = taken[0] if taken else "index"
            raise ValueError(f"the records have a column {name!r}, as the result has; rename it")
        return columns

    def _columns_of_items(self) -> dict[str, list[Any]]:
        records = [item for item in self.items if isinstance(item, Mapping)]
        if not records:
            return {"text": list(self.items)}
        names = dict.fromkeys(name for record in records for name in record)
        return {name: [record.get(name) for record in records] for name in names}

    def to_arrow(self) -> Any:
        """`columns` as a pyarrow table (extra `files`); ValueError names a column of two types."""
        pyarrow = require("pyarrow", extra="files")
        columns = self.columns().items()
        arrays = {k: v if isinstance(v, np.ndarray) else array_of(v, str(k)) for k, v in columns}
        return pyarrow.table(arrays)

    def to_pandas(self) -> Any:
        """`columns` as a pandas data frame (extra `pandas`)."""
        return require("pandas", extra="pandas").DataFrame(self.columns())

    def _described(self, indices: Any) -> Iterator[Duplicate[Item]]:
        others = self.items if self.against is None else self.against
        for i in map(int, indices):
            of = int(self.match[i])
            yield Duplicate(
                i, self.items[i], of, others[of], float(self.score[i]), bool(self.exact[i])
            )


def _short(item: object, limit: int = 40) -> str:
    text = repr(item)
    return text if len(text) <= limit else f"{text[: limit - 2]}…{text[-1]}"
