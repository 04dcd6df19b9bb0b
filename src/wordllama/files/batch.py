"""A batch of records: the texts to work on, the records as they were read, and new columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from wordllama.extras import require
from wordllama.files.claims import common
from wordllama.files.inferring import array_of
from wordllama.files.json_lines import check_line, json_line
from wordllama.files.widening import joined

Column = NDArray[Any] | list[Any]
"""A new column: numbers (n,), vectors (n, dim) or any JSON values, one a record."""


class Rows(Protocol):
    """Records as a reader gave them."""

    def __len__(self) -> int: ...

    def names(self) -> list[str]:
        """The columns."""

    def take(self, indices: Sequence[int]) -> Rows:
        """The records at `indices`, in that order."""

    @staticmethod
    def concat(rows: Sequence[Any]) -> Rows | None:
        """The records of many of this kind, or None if they do not go together."""

    def records(self) -> list[dict[str, Any]]:
        """The records as dictionaries."""

    def json_lines(self) -> list[bytes]:
        """The records as JSON objects."""

    def replaced(self, name: str, texts: Sequence[str]) -> Rows:
        """The records with other texts in the column `name`."""

    def arrow(self) -> Any:
        """The records as a pyarrow RecordBatch; ValueError names a column of several types."""


@dataclass(frozen=True)
class Dicts:
    """Records from lines: dictionaries, and the JSON they came from if they came from JSON."""

    items: list[dict[str, Any]]
    lines: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self.items)

    def names(self) -> list[str]:
        """Every key, in order of first appearance."""
        return list(dict.fromkeys(name for item in self.items for name in item))

    def take(self, indices: Sequence[int]) -> Dicts:
        """The records at `indices`, in that order."""
        lines = None if self.lines is None else [self.lines[i] for i in indices]
        return Dicts([self.items[i] for i in indices], lines)

    @staticmethod
    def concat(rows: Sequence[Any]) -> Dicts:
        """The records of many; lines are kept if all have them."""
        lines = None
        if rows and all(part.lines is not None for part in rows):
            lines = [line for part in rows for line in part.lines or ()]
        return Dicts([item for part in rows for item in part.items], lines)

    def records(self) -> list[dict[str, Any]]:
        """The records as dictionaries; ValueError where these don't hold what the lines do."""
        self._check_lines()
        return self.items

    def _check_lines(self) -> None:
        """A dictionary has the last of two values of one name, and infinity for 1e400."""
        for line in self.lines or ():
            check_line(line)

    def json_lines(self) -> list[bytes]:
        """The lines as they were read, or made from the dictionaries."""
        if self.lines is not None:
            return self.lines
        return [json_line(item) for item in self.items]

    def replaced(self, name: str, texts: Sequence[str]) -> Dicts:
        """The records with other texts in the column `name`."""
        pairs = zip(self.records(), texts, strict=True)
        return Dicts([{**item, name: text} for item, text in pairs])

    def arrow(self) -> Any:
        """A RecordBatch, its types inferred from all of these records."""
        pyarrow = require("pyarrow", extra="files")
        items = self.records()
        columns = {name: [item.get(name) for item in items] for name in self.names()}
        arrays = [array_of(cells, name) for name, cells in columns.items()]
        return pyarrow.RecordBatch.from_arrays(arrays, names=list(columns))


@dataclass(frozen=True)
class Mixed:
    """Records of several kinds or schemas, each as it was read: `parts` in a row, then `order`."""

    parts: tuple[Rows, ...]
    order: Sequence[int]

    def __len__(self) -> int:
        return len(self.order)

    def names(self) -> list[str]:
        """Every column, in order of first appearance."""
        return list(dict.fromkeys(name for part in self.parts for name in part.names()))

    def take(self, indices: Sequence[int]) -> Mixed:
        """The records at `indices`, in that order."""
        return Mixed(self.parts, [self.order[i] for i in indices])

    @staticmethod
    def concat(rows: Sequence[Any]) -> Mixed:
        """The records of many, of any kinds."""
        return Mixed(tuple(rows), range(sum(map(len, rows))))

    def records(self) -> list[dict[str, Any]]:
        """The records as dictionaries, each with the columns that it has."""
        items = [item for part in self.parts for item in part.records()]
        return [items[i] for i in self.order]

    def json_lines(self) -> list[bytes]:
        """The records as JSON objects, each with the columns that it has."""
        lines = [line for part in self.parts for line in part.json_lines()]
        return [lines[i] for i in self.order]

    def replaced(self, name: str, texts: Sequence[str]) -> Dicts:
        """The records with other texts in the column `name`."""
        return Dicts(self.records()).replaced(name, texts)

    def arrow(self) -> Any:
        """A RecordBatch of types wide enough for all parts."""
        whole = joined([part.arrow() for part in self.parts])
        return whole.take(np.asarray(self.order, np.int64))


@dataclass(frozen=True)
class Batch:
    """Records in a row.

    `texts` are what a command works on; `rows` pass through unchanged; `added` are new columns.

    >>> batch = of_texts(["a car", "a park"]).add("score", np.array([0.5, 0.25]))
    >>> batch.take([1]).records()
    [{'text': 'a park', 'score': 0.25}]
    """

    texts: list[str]
    rows: Rows
    added: Mapping[str, Column] = field(default_factory=dict)
    column: str = "text"
    """The name of the column that holds the texts."""
    claims: Mapping[str, str] = field(default_factory=dict)
    """What Parquet and Arrow files say of added columns (see `claims`)."""

    def __len__(self) -> int:
        return len(self.texts)

    def names(self) -> list[str]:
        """The columns, those read before those added."""
        return [*self.rows.names(), *self.added]

    def take(self, indices: Sequence[int] | NDArray[np.integer[Any]]) -> Batch:
        """The records at `indices`, in that order."""
        places = [int(i) for i in indices]
        added = {name: _take(column, places) for name, column in self.added.items()}
        texts, rows = [self.texts[i] for i in places], self.rows.take(places)
        return Batch(texts, rows, added, self.column, self.claims)

    def add(self, name: str, column: Column, claims: Mapping[str, str] | None = None) -> Batch:
        """The same records with one more column; ValueError if they have one of that name.

        `claims`: what a Parquet or Arrow file is to say of it.
        """
        if name in self.added or name in self.rows.names():
            raise ValueError(
                f"the records already have a column {name!r}; rename it or choose another name"
            )
        added, claimed = {**self.added, name: column}, {**self.claims, **(claims or {})}
        return replace(self, added=added, claims=claimed)

    def cut(self, pieces: Sequence[Sequence[str]]) -> Batch:
        """Each record once for each of its pieces, which take the place of its text.

        >>> of_texts(["ab", "c"]).cut([["a", "b"], []]).texts
        ['a', 'b']
        """
        texts = [text for part in pieces for text in part]
        of = [n for n, part in enumerate(pieces) for _ in part]
        rows = self.rows.replaced(self.column, [""] * len(self))  # else long texts are repeated
        repeated = replace(self, rows=rows).take(of)
        rows = repeated.rows.replaced(self.column, texts)
        return replace(repeated, texts=texts, rows=rows, claims={})

    def records(self) -> list[dict[str, Any]]:
        """The records as dictionaries, added columns included."""
        added = {name: values(column) for name, column in self.added.items()}
        return [
            {**item, **{name: column[i] for name, column in added.items()}}
            for i, item in enumerate(self.rows.records())
        ]


def of_texts(texts: Sequence[str], name: str = "text") -> Batch:
    """A batch whose records are texts and nothing else."""
    return Batch(list(texts), Dicts([{name: text} for text in texts]), column=name)


def concat(batches: Sequence[Batch]) -> Batch:
    """One batch of the records of many, in their order; all have the same added columns."""
    if len(batches) < 2:
        return batches[0] if batches else of_texts([])
    texts = [text for batch in batches for text in batch.texts]
    added = {name: _joined([batch.added[name] for batch in batches]) for name in batches[0].added}
    rows = _concat_rows([batch.rows for batch in batches])
    claims = reduce(common, (batch.claims for batch in batches))
    return Batch(texts, rows, added, batches[0].column, claims)


def _concat_rows(rows: Sequence[Rows]) -> Rows:
    kind = type(rows[0])
    whole = kind.concat(rows) if all(type(part) is kind for part in rows) else None
    return Mixed.concat(rows) if whole is None else whole


def _take(column: Column, indices: list[int]) -> Column:
    return column[indices] if isinstance(column, np.ndarray) else [column[i] for i in indices]


def _joined(columns: Sequence[Column]) -> Column:
    if all(isinstance(column, np.ndarray) for column in columns):
        return np.concatenate([np.asarray(column) for column in columns])
    return [value for column in columns for value in column]


def values(column: Column) -> list[Any]:
    """Python values of a column: scores (float32) to 6 digits, vectors so that none is lost.

    >>> values(np.array([1 / 3, 2.5], np.float32))
    [0.333333, 2.5]
    """
    if not isinstance(column, np.ndarray):
        return column
    if column.dtype == np.float32 and column.ndim == 1:
        return list(map(float, map("%.6g".__mod__, column.tolist())))
    if column.dtype == np.float32:
        return [list(map(float, map("%.9g".__mod__, row))) for row in column.tolist()]
    return cast("list[Any]", column.tolist())
