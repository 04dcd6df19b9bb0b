"""Records in Parquet and Arrow IPC, through pyarrow: columns keep their types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wordllama.extras import require
from wordllama.files.batch import Batch, json_line
from wordllama.files.damage import DamagedError
from wordllama.files.lines import Reading, choose
from wordllama.files.sources import Source, spooled


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
        return Table(self.batch.take(np.asarray(indices, np.int64)))

    def records(self) -> list[dict[str, Any]]:
        """The records as dictionaries."""
        rows: list[dict[str, Any]] = self.batch.to_pylist()
        return rows

    def json_lines(self) -> list[bytes]:
        """The records as JSON; dates and times in ISO form, bytes in base64."""
        return [json_line(row) for row in self.records()]

    def arrow(self, schema: Any = None) -> Any:
        """The RecordBatch itself, cast where a schema asks for other types."""
        if schema is None or schema.equals(self.batch.schema):
            return self.batch
        return self.batch.select(schema.names).cast(schema)

    @staticmethod
    def concat(rows: Sequence[Any]) -> Table | None:
        """The records of many tables, or None if their columns differ."""
        pyarrow = require("pyarrow", extra="files")
        if any(not part.batch.schema.equals(rows[0].batch.schema) for part in rows):
            return None
        whole = pyarrow.Table.from_batches([part.batch for part in rows])
        return Table(whole.combine_chunks().to_batches()[0] if len(whole) else rows[0].batch)


def read_columnar(source: Source, reading: Reading) -> Iterator[Batch]:
    """A record a row, in batches; rows whose text is null are damaged."""
    pyarrow = require("pyarrow", extra="files")
    source = spooled(source)
    parquet = source.format.name == "parquet"
    try:
        pieces = _parquet(source, reading.size) if parquet else _ipc(source, reading.size)
        start = 1
        for piece in pieces:
            if len(piece):
                yield from _batch(piece, start, reading)
            start += len(piece)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError, EOFError) as error:
        kind = "Parquet" if parquet else "Arrow IPC"
        raise DamagedError(f"{source.name}: not {kind}, or damaged: {error}") from error


def _parquet(source: Source, size: int) -> Iterator[Any]:
    require("pyarrow", extra="files")
    parquet = require("pyarrow.parquet", extra="files")
    with parquet.ParquetFile(source.path) as file:
        yield from file.iter_batches(batch_size=size)


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
    candidates = {f.name: "" for f in piece.schema if _is_string(f.type)}
    column = choose(names, candidates, reading.column, reading.file)
    if column not in candidates:
        kind = piece.schema.field(column).type
        raise ValueError(f"{reading.file}: column {column!r} is {kind}, not strings")
    texts = strings(piece, column)
    for place, text in enumerate(texts):
        if text is None:
            reading.damaged(start + place, f"column {column!r} is null", "")
    kept = [place for place, text in enumerate(texts) if text is not None]
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
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))
