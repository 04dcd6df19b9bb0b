"""A batch of records: the texts to work on, the records as they were read, and new columns."""

from __future__ import annotations

import base64
import codecs
import datetime
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from wordllama.extras import require

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

    def arrow(self, schema: Any = None) -> Any:
        """The records as a pyarrow RecordBatch."""


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
        """The records as dictionaries."""
        return self.items

    def json_lines(self) -> list[bytes]:
        """The lines as they were read, or made from the dictionaries."""
        if self.lines is not None:
            return self.lines
        return [json_line(item) for item in self.items]

    def arrow(self, schema: Any = None) -> Any:
        """A RecordBatch; without a schema, pyarrow infers one from these records."""
        pyarrow = require("pyarrow", extra="files")
        names = self.names() if schema is None else schema.names
        kinds = (
            dict.fromkeys(names) if schema is None else dict(zip(names, schema.types, strict=True))
        )
        columns = []
        for name, kind in kinds.items():
            cells = [item.get(name) for item in self.items]
            try:
                columns.append(_array(cells, kind))
            except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError) as error:
                raise ValueError(f"column {name!r} has values of several types: {error}") from error
        return pyarrow.RecordBatch.from_arrays(columns, names=names)


def _array(cells: list[Any], kind: Any) -> Any:
    pyarrow = require("pyarrow", extra="files")
    try:
        return pyarrow.array(cells, type=kind)
    except UnicodeEncodeError:
        whole = [c.encode(**UTF8).decode() if isinstance(c, str) else c for c in cells]
        return pyarrow.array(whole, type=kind)


def _replaced(error: Any) -> tuple[bytes, int]:
    return b"\xef\xbf\xbd" * (error.end - error.start), error.end


codecs.register_error("wordllama.replaced", _replaced)
UTF8: Any = {"encoding": "utf-8", "errors": "wordllama.replaced"}
"""How text becomes bytes: what UTF-8 cannot hold (a lone surrogate) becomes U+FFFD."""


def json_line(item: Mapping[str, Any]) -> bytes:
    """A record as a JSON object: times in ISO form, bytes in base64, NaN and infinity null.

    >>> json_line({"text": "é", "when": datetime.date(2026, 1, 2), "score": float("nan")}).decode()
    '{"text": "é", "when": "2026-01-02", "score": null}'
    """
    try:
        text = json.dumps(item, ensure_ascii=False, allow_nan=False, default=_plain)
    except ValueError:
        text = json.dumps(_finite(item), ensure_ascii=False, allow_nan=False, default=_plain)
    return text.encode(**UTF8)


def _plain(value: object) -> object:
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value if not isinstance(value, float) or math.isfinite(value) else None


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

    def __len__(self) -> int:
        return len(self.texts)

    def names(self) -> list[str]:
        """The columns, those read before those added."""
        return [*self.rows.names(), *self.added]

    def take(self, indices: Sequence[int] | NDArray[np.integer[Any]]) -> Batch:
        """The records at `indices`, in that order."""
        places = [int(i) for i in indices]
        added = {name: _take(column, places) for name, column in self.added.items()}
        return Batch([self.texts[i] for i in places], self.rows.take(places), added, self.column)

    def add(self, name: str, column: Column) -> Batch:
        """The same records with one more column; ValueError if they have one of that name."""
        if name in self.added or name in self.rows.names():
            raise ValueError(f"the records already have a column {name!r}; choose another name")
        return replace(self, added={**self.added, name: column})

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


def of_rows(rows: list[dict[str, Any]], column: str) -> Batch:
    """A batch of records as dictionaries, with their texts in `column`."""
    return Batch([row[column] for row in rows], Dicts(rows), column=column)


def concat(batches: Sequence[Batch]) -> Batch:
    """One batch of the records of many, in their order; all have the same added columns."""
    if len(batches) < 2:
        return batches[0] if batches else of_texts([])
    texts = [text for batch in batches for text in batch.texts]
    added = {name: _joined([batch.added[name] for batch in batches]) for name in batches[0].added}
    rows = _concat_rows([batch.rows for batch in batches])
    return Batch(texts, rows, added, batches[0].column)


def _concat_rows(rows: Sequence[Rows]) -> Rows:
    kind = type(rows[0]) if rows else Dicts
    if all(type(part) is kind for part in rows) and (joined := kind.concat(rows)) is not None:
        return joined
    return Dicts([item for part in rows for item in part.records()])


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
