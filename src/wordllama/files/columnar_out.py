"""Batches into Parquet and Arrow IPC, through pyarrow."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from wordllama.extras import require
from wordllama.files.batch import Batch, Column, concat

GROUP_ROWS = 1 << 16
GROUP_BYTES = 64 << 20
"""A group of rows is written once it has this many rows or bytes."""


class ColumnarWriter:
    """The first group of rows gives the columns and their types; later ones must agree."""

    def __init__(self, stream: BinaryIO, format: str) -> None:
        self._pyarrow = require("pyarrow", extra="files")
        self._stream = stream
        self._format = format
        self._held: list[Batch] = []
        self._rows = self._bytes = 0
        self._writer: Any = None
        self._schema: Any = None

    def write(self, batch: Batch) -> None:
        """Write one batch, or hold it until a group is full."""
        self._held.append(batch)
        self._rows += len(batch)
        self._bytes += _size(batch)
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Write the last group and the file's end."""
        if self._schema is None and not self._held:
            self._schema = self._pyarrow.schema([("text", self._pyarrow.string())])
        self._flush()
        self._writer.close()

    def give_up(self) -> None:
        """Leave the file without its end, which pyarrow would write when it is closed already."""
        if self._writer is not None and self._format == "parquet":
            self._writer.is_open = False

    def _flush(self) -> None:
        rows = self._as_arrow(concat(self._held)) if self._held else None
        if self._writer is None:
            self._writer = self._open()
        if rows is not None:
            self._writer.write(self._pyarrow.Table.from_batches([rows]))
        self._held, self._rows, self._bytes = [], 0, 0

    def _as_arrow(self, batch: Batch) -> Any:
        known = self._schema
        if known is None:
            rows = self._with_added(batch.rows.arrow(), batch)
            self._schema = known = _without_nulls(self._pyarrow, rows.schema)
        else:
            if missing := [name for name in batch.names() if name not in known.names]:
                raise ValueError(f"column {missing[0]!r} is not in the first records; write JSONL")
            read = [known.field(name) for name in known.names if name not in batch.added]
            rows = self._with_added(batch.rows.arrow(self._pyarrow.schema(read)), batch)
        return rows if rows.schema.equals(known) else rows.select(known.names).cast(known)

    def _with_added(self, rows: Any, batch: Batch) -> Any:
        for name, column in batch.added.items():
            rows = rows.append_column(name, self._array(column))
        return rows

    def _array(self, column: Column) -> Any:
        if isinstance(column, np.ndarray) and column.ndim == 2:
            flat = self._pyarrow.array(np.ascontiguousarray(column).reshape(-1))
            return self._pyarrow.FixedSizeListArray.from_arrays(flat, column.shape[1])
        return self._pyarrow.array(column)

    def _open(self) -> Any:
        if self._format == "arrow":
            ipc = require("pyarrow.ipc", extra="files")
            return ipc.new_file(self._stream, self._schema)
        parquet = require("pyarrow.parquet", extra="files")
        vectors = {f.name for f in self._schema if _is_vector(self._pyarrow, f.type)}
        words = [name for name in self._schema.names if name not in vectors]
        return parquet.ParquetWriter(
            self._stream, self._schema, compression="zstd", use_dictionary=words or False
        )


def _without_nulls(pyarrow: Any, schema: Any) -> Any:
    """Columns that are null in all of the first records are taken for strings."""
    fields = [
        field.with_type(pyarrow.string()) if field.type == pyarrow.null() else field
        for field in schema
    ]
    return pyarrow.schema(fields, metadata=schema.metadata)


def _is_vector(pyarrow: Any, kind: Any) -> bool:
    return bool(pyarrow.types.is_fixed_size_list(kind))


def _size(batch: Batch) -> int:
    vectors = sum(c.nbytes for c in batch.added.values() if isinstance(c, np.ndarray))
    return vectors + 2 * sum(map(len, batch.texts))
