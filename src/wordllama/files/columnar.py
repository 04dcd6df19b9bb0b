"""Records in Parquet and Arrow IPC, through pyarrow: columns keep their types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wordllama.extras import require
from wordllama.files.batch import Batch
from wordllama.files.claims import claiming, claims_of
from wordllama.files.damage import DamagedError
from wordllama.files.json_lines import json_line
from wordllama.files.lines import BATCH_BYTES, Reading, choose
from wordllama.files.sources import Source, spooled
from wordllama.files.widening import changed, is_run_ends, is_view, widened


@dataclass(frozen=True)
class Table:
    """Records of an Arrow RecordBatch."""

    batch: Any

    def __len__(self) -> int:
        return int(self.batch.num_rows)

    def names(self) -> list[str]:
        """The columns."""
        return list(self.batch.schema.names)

    def take(self, indices: Sequence[int]) -> Table:
        """The records at `indices`, in that order."""
        if len(indices) == len(self) and list(indices) == list(range(len(self))):
            return self
        pyarrow = require("pyarrow", extra="files")
        places = pyarrow.array(np.asarray(indices, np.int64))
        columns = []
        for field, column in zip(self.batch.schema, self.batch.columns, strict=True):
            try:
                columns.append(column.take(places))
            except pyarrow.ArrowException as error:
                raise ValueError(
                    f"column {field.name!r}: rows of {field.type} can't be picked: {error}; "
                    "leave the column out"
                ) from error
        return Table(pyarrow.RecordBatch.from_arrays(columns, schema=self.batch.schema))

    def records(self) -> list[dict[str, Any]]:
        """The records as dictionaries; ValueError names a column that Python has no values for."""
        columns = {name: _values(self.batch.column(name), name) for name in self.names()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def json_lines(self) -> list[bytes]:
        """The records as JSON; dates and times in ISO form, bytes in base64."""
        return [json_line(row) for row in self.records()]

    def replaced(self, name: str, texts: Sequence[str]) -> Table:
        """The records with other texts in the column `name`."""
        pyarrow = require("pyarrow", extra="files")
        place = self.batch.schema.get_field_index(name)
        field = self.batch.schema.field(place)
        if pyarrow.types.is_dictionary(field.type):
            field = pyarrow.field(name, field.type.value_type)
        column = pyarrow.array(texts, field.type)
        columns = [*self.batch.columns[:place], column, *self.batch.columns[place + 1 :]]
        schema = claiming(self.batch.schema.set(place, field), {})  # they were of the texts
        return Table(pyarrow.RecordBatch.from_arrays(columns, schema=schema))

    def arrow(self) -> Any:
        """The RecordBatch itself."""
        return self.batch

    def claims(self) -> dict[str, str]:
        """What the file says of its records."""
        return claims_of(self.batch.schema)

    @staticmethod
    def concat(rows: Sequence[Any]) -> Table | None:
        """The records of many tables, or None if their columns differ."""
        pyarrow = require("pyarrow", extra="files")
        first = rows[0].batch.schema
        if any(
            not part.batch.schema.equals(first) or part.claims() != rows[0].claims()
            for part in rows
        ):
            return None
        whole = pyarrow.Table.from_batches([part.batch for part in rows])
        return Table(whole.combine_chunks().to_batches()[0] if len(whole) else rows[0].batch)


def _values(array: Any, name: str) -> list[Any]:
    """A column as Python values; times of nanoseconds only where microseconds hold them."""
    pyarrow = require("pyarrow", extra="files")
    try:
        values: list[Any] = _to_microseconds(array).to_pylist()
    except (ValueError, ArithmeticError, pyarrow.ArrowException) as error:
        raise ValueError(
            f"column {name!r} holds {array.type} that Python can't: {error}; write Parquet or Arrow"
        ) from error
    return values


def _to_microseconds(array: Any) -> Any:
    """The array with `time64[ns]` as `time64[us]`: Python's times have no more."""
    pyarrow = require("pyarrow", extra="files")
    nanoseconds = pyarrow.time64("ns")
    kind = changed(array.type, lambda t: pyarrow.time64("us") if t.equals(nanoseconds) else t)
    return widened(array, kind)


def read_columnar(source: Source, reading: Reading) -> Iterator[Batch]:
    """A record a row, in batches; rows whose text is null are damaged."""
    source = spooled(source)
    start = 1
    for piece in _checked(source, reading.size):
        if len(piece):
            yield from _batch(piece, start, reading)
        start += len(piece)


def _checked(source: Source, size: int) -> Iterator[Any]:
    """Every offset, index and text of each batch looked at: damaged ones may point anywhere."""
    require("pyarrow", extra="files")
    parquet = source.format.name == "parquet"
    pieces = _parquet(source, size) if parquet else _ipc(source, size)
    try:
        for piece in pieces:
            piece.validate(full=True)
            yield _plain(piece)
    except Exception as error:  # of damaged files pyarrow raises whatever it stumbles over
        if isinstance(error, OSError) and error.errno is not None:
            raise
        kind = "Parquet" if parquet else "Arrow IPC"
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DamagedError(f"{source.name}: not {kind}, or damaged: {reason}") from error


def _plain(batch: Any) -> Any:
    """The batch without views and runs, for which pyarrow can't do everything."""
    pyarrow = require("pyarrow", extra="files")
    fields = [field.with_type(changed(field.type, _without_views)) for field in batch.schema]
    columns = [widened(c, f.type) for c, f in zip(batch.columns, fields, strict=True)]
    schema = pyarrow.schema(fields, metadata=batch.schema.metadata)
    return pyarrow.RecordBatch.from_arrays(columns, schema=schema)


def _without_views(kind: Any) -> Any:
    pyarrow = require("pyarrow", extra="files")
    types = pyarrow.types
    if is_view(kind):
        return pyarrow.large_string() if types.is_string_view(kind) else pyarrow.large_binary()
    if is_run_ends(kind):
        return changed(kind.value_type, _without_views)
    if types.is_dictionary(kind):
        words = changed(kind.value_type, _without_views)
        return pyarrow.dictionary(kind.index_type, words, kind.ordered)
    return kind


def _parquet(source: Source, size: int) -> Iterator[Any]:
    require("pyarrow", extra="files")
    parquet = require("pyarrow.parquet", extra="files")
    with parquet.ParquetFile(source.path, page_checksum_verification=True) as file:
        groups = [file.metadata.row_group(n) for n in range(file.num_row_groups)]
        longest = max((g.total_byte_size // max(1, g.num_rows) for g in groups), default=1)
        yield from file.iter_batches(batch_size=max(1, min(size, BATCH_BYTES // max(1, longest))))


def _ipc(source: Source, size: int) -> Iterator[Any]:
    pyarrow = require("pyarrow", extra="files")
    ipc = require("pyarrow.ipc", extra="files")
    if not source.size:
        raise pyarrow.ArrowInvalid("the file is empty")
    with pyarrow.OSFile(str(source.path)) as raw:
        try:
            file = ipc.open_file(raw)
        except pyarrow.ArrowInvalid:
            raw.seek(0)
            for batch in ipc.open_stream(raw):
                yield from _pieces(batch, size)
            return
        for place in range(file.num_record_batches):
            yield from _pieces(file.get_batch(place), size)


def _pieces(batch: Any, size: int) -> Iterator[Any]:
    for start in range(0, len(batch), size):
        yield batch.slice(start, size)


def _batch(piece: Any, start: int, reading: Reading) -> Iterator[Batch]:
    names = list(piece.schema.names)
    if twice := [name for n, name in enumerate(names) if name in names[:n]]:
        raise ValueError(f"{reading.file}: two columns have the same name: {twice[0]!r}")
    pyarrow = require("pyarrow", extra="files")
    candidates = [f.name for f in piece.schema if _is_string(f.type)]
    if "text" in names and pyarrow.types.is_null(piece.schema.field("text").type):
        candidates = ["text"]
    column = choose(names, candidates, reading.column, reading.file)
    kind = piece.schema.field(column).type
    if not (_is_string(kind) or pyarrow.types.is_null(kind)):
        raise ValueError(f"{reading.file}: column {column!r} is {kind}, not strings")
    texts = strings(piece, column)
    kept = []
    for place, text in enumerate(texts):
        if text is None:
            reading.damaged(start + place, f"column {column!r} is null", "")
        elif len(text) > reading.limit:
            reading.damaged(start + place, reading.too_long(), text[:200])
        else:
            kept.append(place)
    if kept:
        yield Batch([texts[place] for place in kept], Table(piece).take(kept), column=column)


def strings(batch: Any, column: str) -> list[Any]:
    """A column of strings of a RecordBatch, None where it is null."""
    pyarrow = require("pyarrow", extra="files")
    found: list[Any] = batch.column(column).cast(pyarrow.large_string()).to_pylist()
    return found


def _is_string(kind: Any) -> bool:
    types = require("pyarrow.types", extra="files")
    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(types.is_string(kind) or types.is_large_string(kind))
