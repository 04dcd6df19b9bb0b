"""What was found to be a duplicate, of what, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from wordllama.dedup.keys import AS_THEY_ARE, Texts, key_digests
from wordllama.dedup.matches import Decision, Matches, decided
from wordllama.dedup.records import listed
from wordllama.dedup.saved import read_matches, save_matches
from wordllama.extras import require
from wordllama.files.inferring import array_of
from wordllama.texts.differing import differing, shortened

Item = TypeVar("Item")


@dataclass(frozen=True)
class Duplicate(Generic[Item]):
    """One item that repeats another."""

    index: int
    item: Item
    of: int
    """Index of the item that is kept for it (with `chain`: of the most similar preferred one)."""
    of_item: Item
    score: float
    exact: bool
    """Whether it is an exact copy: of `of`, or of an item that goes for `of` itself."""
    copy_of: int | None = None
    """Index of the first item that is the same; None if there is none before it."""
    outside: bool = False
    """Whether `of` counts in the other set (`against`)."""

    def __str__(self) -> str:
        item, other = differing(self.item, self.of_item)
        of = f"{self.of} {other}" + (" of the other set" if self.outside else "")
        copy = self.copy_of if self.exact and not self.outside else None
        if self.exact and copy in (None, self.of):
            return f"{self.index} {item} is the same as {of}"
        also = "" if copy is None else f"the same as {copy}, and "
        return f"{self.index} {item} is {also}{self.score:.3f} similar to {of}"


@dataclass(frozen=True)
class Duplicates(Generic[Item]):
    """The items of one set, and which of them repeat others.

    Items are taken in the order of preference: an item is a duplicate if one that stays (of its own
    set, or of another, `against`) is the same or more similar than `threshold`. With `chain` it
    does not matter whether that one stays.
    """

    items: Sequence[Item]
    threshold: float
    decision: Decision
    """What happens to each item, as arrays."""
    matches: Matches
    """What decides at any higher threshold."""
    against: Sequence[Item] | None = None
    compared: Texts = AS_THEY_ARE

    @classmethod
    def at(
        cls,
        threshold: float,
        items: Sequence[Item],
        matches: Matches,
        against: Sequence[Item] | None = None,
        compared: Texts = AS_THEY_ARE,
    ) -> Duplicates[Item]:
        """The result of matches at a threshold."""
        return cls(items, threshold, decided(matches, threshold), matches, against, compared)

    @property
    def match(self) -> NDArray[np.int64]:
        """(n,) index of what each item duplicates, -1 for those that stay."""
        return self.decision.match

    @property
    def score(self) -> NDArray[np.float32]:
        """(n,) similarity to that, 0 for those that stay."""
        return self.decision.score

    @property
    def exact(self) -> NDArray[np.bool_]:
        """(n,) whether each goes as an exact copy."""
        return self.decision.exact

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
        """Indices of the items that stay because the model does not read them: of such items only
        exact copies go.
        """
        return np.flatnonzero(self._unread & (self.match < 0)).tolist()

    @property
    def _unread(self) -> NDArray[np.bool_]:
        unread = np.zeros(len(self.items), bool)
        if self.matches.unread is not None:
            unread[self.matches.order] = self.matches.unread
        return unread

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

    @property
    def groups(self) -> list[list[int]]:
        """Indices of each kept item and its duplicates, lowest first, where there are two or more;
        with `chain` those of all items that pairs over the threshold connect.
        """
        label = self.decision.group
        order = np.argsort(label, kind="stable")
        starts = np.flatnonzero(np.diff(label[order]) != 0) + 1
        groups = [part.tolist() for part in np.split(order, starts) if len(part) > 1]
        return sorted(groups)

    def rethreshold(self, threshold: float) -> Duplicates[Item]:
        """The result for a higher threshold, without comparing anything again."""
        least = self.matches.threshold
        if threshold < least:
            raise ValueError(f"threshold must be at least {least}, not {threshold}")
        return Duplicates.at(threshold, self.items, self.matches, self.against, self.compared)

    def save_matches(self, path: str | Path) -> None:
        """Write what `rethreshold` needs to a file, which `load` or `wordllama dedup --matches`
        reads again. The texts are not in it. ValueError for vectors without texts.
        """
        others = None if self.against is None else key_digests(self.against, self.compared)
        settings = self.compared._asdict()
        save_matches(path, self.matches, key_digests(self.items, self.compared), others, settings)

    @staticmethod
    def load(path: str | Path, items: Any, against: Any = None) -> Duplicates[Any]:
        """The result of the same items (and other set) for which matches were saved.

        ValueError if the items or their order are others. For another threshold: `rethreshold`.

        >>> from tempfile import TemporaryDirectory
        >>> from wordllama import WordLlama
        >>> texts = ["a red car", "a red car!", "rain"]
        >>> with TemporaryDirectory() as folder:
        ...     WordLlama.load().find_duplicates(texts, 0.5).save_matches(f"{folder}/matches.npz")
        ...     found = Duplicates.load(f"{folder}/matches.npz", texts)
        >>> found.kept, found.rethreshold(0.99).kept
        (['a red car', 'rain'], ['a red car', 'a red car!', 'rain'])
        """
        saved = read_matches(path)
        compared = Texts(saved.settings.get("columns"), saved.settings.get("fold") is True)
        items = listed(items)
        others = None if against is None else listed(against)
        other_digests = None if others is None else key_digests(others, compared)
        saved.check_texts(key_digests(items, compared), other_digests)
        return Duplicates.at(saved.matches.threshold, items, saved.matches, others, compared)

    def least_similar_kept(self, n: int = 1) -> list[Duplicate[Item]]:
        """The `n` near-duplicates least similar to what is kept for them: look here to see whether
        the threshold is too low.
        """
        gone = np.flatnonzero((self.match >= 0) & ~self.exact)
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
        group = np.flatnonzero(self.decision.group == self.decision.group[index])
        others = ", ".join(str(i) for i in group.tolist() if i != index)
        kept = f"{index} {shortened(self.items[index])} is kept"
        if others and self.matches.chain:
            return f"{kept}: it is preferred to all of its group that are like it ({others})"
        if others:
            return f"{kept}, and its duplicates go ({others})"
        if self._unread[index]:
            return f"{kept}: the model does not read it, so only an exact copy would go"
        return f"{kept}: nothing else that is kept is more similar than {self.threshold}"

    def __str__(self) -> str:
        gone = int((self.match >= 0).sum())
        exact = int(self.exact.sum())
        text = (
            f"{gone:,} of {len(self.items):,} items are duplicates ({self.removed:.1%}): "
            f"{exact:,} exact, {gone - exact:,} over {self.threshold}"
        )
        if self.against is not None:
            outside = int(self.decision.outside.sum())
            text += f", {outside:,} of them of {len(self.against):,} others"
        unread = len(self.unread_indices)
        left = f"; {unread:,} left: the model does not read them" if unread else ""
        sizes = [len(group) for group in self.groups]
        if self.against is not None and not sizes:
            return f"{text}{left}"
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
                {
                    "index": d.index,
                    "of": d.of,
                    "score": d.score,
                    "exact": d.exact,
                    **({} if self.against is None else {"outside": d.outside}),
                }
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
            "group": self.decision.group,
            **({} if self.against is None else {"outside": self.decision.outside}),
        }
        if len(columns) < 6 + (self.against is not None) + len(texts):
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
        match, score, exact, outside, copy, _ = self.decision
        for i in map(int, indices):
            of, copied = int(match[i]), int(copy[i])
            others = self.against if outside[i] and self.against is not None else self.items
            yield Duplicate(
                i,
                self.items[i],
                of,
                others[of],
                float(score[i]),
                bool(exact[i]),
                copied if copied >= 0 else None,
                bool(outside[i]),
            )
