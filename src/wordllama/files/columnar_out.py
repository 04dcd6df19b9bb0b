"""Batches into Parquet and Arrow IPC, through pyarrow, in types wide enough for all records."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import numpy as np

from wordllama.atomic import named_if_full
from wordllama.extras import require
from wordllama.files.batch import Batch, Column
from wordllama.files.claims import claiming, claims_of
from wordllama.files.inferring import array_of
from wordllama.files.whole_numbers import Place, becomes_float, large
from wordllama.files.widening import brought, changed, united

GROUP_ROWS = 1 << 16
GROUP_BYTES = 64 << 20
"""A group of rows is written once it has this many rows or bytes."""


class ColumnarWriter:
    """Groups of rows; their types are widened until they hold every record's values.

    A file's types stand at its beginning. The first group gives them; if a later one needs wider
    types, it and all after it wait in a temporary file, and at the end everything is written anew.
    """

    def __init__(self, stream: BinaryIO, format: str) -> None:
        self._pyarrow = require("pyarrow", extra="files")
        self._stream = stream
        self._format = format
        self._held: list[Any] = []
        self._rows = self._bytes = 0
        self._types: Any = None
        self._large: set[Place] = set()
        self._writer: Any = None
        self._written: Any = None
        self._waiting: Waiting | None = None

    def write(self, batch: Batch) -> None:
        """Write one batch, or hold it until a group is full; ValueError if no types hold both."""
        rows = batch.rows.arrow()
        for name, column in batch.added.items():
            rows = rows.append_column(name, self._array(column, name))
        if batch.claims:
            claims = {**claims_of(rows.schema), **batch.claims}
            rows = rows.replace_schema_metadata(claiming(rows.schema, claims).metadata)
        self._types = rows.schema if self._types is None else united(self._types, rows.schema)
        self._large.update(large(rows))
        if lost := [place for place in self._large if becomes_float(self._types, place)]:
            raise ValueError(
                f"column {'.'.join(lost[0])!r} has values of several types: fractions and whole "
                "numbers beyond 2^53; write JSONL"
            )
        self._held.append(rows)
        self._rows += len(rows)
        self._bytes += rows.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Write what is held back, and the file's end."""
        if self._types is None:
            self._types = self._pyarrow.schema([("text", self._pyarrow.string())])
        if self._waiting is None and self._writer is None:
            self._open()
        self._flush()
        if self._waiting is not None:
            self._write_anew(self._waiting)
        self._writer.close()

    def give_up(self) -> None:
        """Leave the file without its end, which pyarrow would write when it is closed already."""
        if self._writer is not None and self._format == "parquet":
            self._writer.is_open = False

    def _flush(self) -> None:
        if not self._held:
            return
        group = [brought(rows, self._types) for rows in self._held]
        self._held, self._rows, self._bytes = [], 0, 0
        if self._waiting is None and self._fits():
            self._put(group)
            return
        if self._waiting is None:
            self._waiting = Waiting()
        self._waiting.add(group)

    def _fits(self) -> bool:
        """Whether the types are those that the file begins with, or may begin with."""
        if self._writer is not None:
            now = _writable(self._types, self._format)
            return bool(self._written.equals(now)) and claims_of(self._written) == claims_of(now)
        if not (self._stream.seekable() and self._stream.readable()):
            return False  # nothing can be written anew here
        try:
            self._open()
        except ValueError:  # Parquet can't hold an object without names; a later one may have some
            return False
        return True

    def _open(self) -> None:
        self._written = _writable(self._types, self._format)
        try:
            self._writer = _writer(self._stream, self._format, self._written)
        except (self._pyarrow.ArrowException, OSError) as error:
            raise _refused(self._written, self._format, error) from error

    def _put(self, group: Iterable[Any]) -> None:
        batches = [brought(rows, self._written) for rows in group]
        try:
            self._writer.write(self._pyarrow.Table.from_batches(batches, self._written))
        except (self._pyarrow.ArrowException, OSError) as error:
            raise _refused(self._written, self._format, error) from error

    def _write_anew(self, waiting: Waiting) -> None:
        before = None if self._writer is None else self._taken_back()
        self._open()
        for rows in _batches(before, self._format) if before else ():
            self._put([rows])
        for rows in waiting.batches():
            self._put([rows])

    def _taken_back(self) -> BinaryIO:
        """What has been written, in a temporary file; the stream is empty again."""
        self._writer.close()
        copy = _temporary()
        self._stream.seek(0)
        with named_if_full(_folder()):
            shutil.copyfileobj(self._stream, copy)
            copy.flush()
        self._stream.seek(0)
        self._stream.truncate()
        copy.seek(0)
        return copy

    def _array(self, column: Column, name: str) -> Any:
        if not isinstance(column, np.ndarray):
            return array_of(column, name)
        if column.ndim == 1:
            return self._pyarrow.array(column)
        flat = self._pyarrow.array(np.ascontiguousarray(column).reshape(-1))
        return self._pyarrow.FixedSizeListArray.from_arrays(flat, column.shape[1])


def _folder() -> str:
    """Asked for where it is needed: with a full disk there is none, which other commands bear."""
    return f"{tempfile.gettempdir()} (TMPDIR names another folder)"


def _temporary() -> BinaryIO:
    return tempfile.TemporaryFile(prefix="wordllama-columns-")


class Waiting:
    """Record batches of any schemas in a temporary file: an Arrow stream for each group."""

    def __init__(self) -> None:
        self._file = _temporary()

    def add(self, group: list[Any]) -> None:
        """Keep batches of one schema."""
        ipc = require("pyarrow.ipc", extra="files")
        with (
            named_if_full(_folder()),
            ipc.new_stream(self._file, group[0].schema) as stream,
        ):
            for rows in group:
                stream.write_batch(rows)

    def batches(self) -> Iterator[Any]:
        """All that were added, in order."""
        ipc = require("pyarrow.ipc", extra="files")
        end = self._file.tell()
        self._file.seek(0)
        while self._file.tell() < end:
            yield from ipc.open_stream(self._file)


def _batches(file: BinaryIO, format: str) -> Iterator[Any]:
    """The record batches of a whole file."""
    ipc = require("pyarrow.ipc", extra="files")
    if format == "parquet":
        parquet = require("pyarrow.parquet", extra="files")
        yield from parquet.ParquetFile(file).iter_batches()
        return
    reader = ipc.open_file(file)
    for place in range(reader.num_record_batches):
        yield reader.get_batch(place)


def _writer(stream: Any, format: str, schema: Any) -> Any:
    pyarrow = require("pyarrow", extra="files")
    if format == "arrow":
        ipc = require("pyarrow.ipc", extra="files")
        return ipc.new_file(stream, schema)
    parquet = require("pyarrow.parquet", extra="files")
    vectors = {f.name for f in schema if pyarrow.types.is_fixed_size_list(f.type)}
    words = [name for name in schema.names if name not in vectors]
    return parquet.ParquetWriter(stream, schema, compression="zstd", use_dictionary=words or False)


def _writable(schema: Any, format: str) -> Any:
    """The schema as a file has it.

    An Arrow file has one dictionary for all groups, so there dictionaries become their values.
    """
    pyarrow = require("pyarrow", extra="files")

    def written(kind: Any) -> Any:
        if format == "arrow" and pyarrow.types.is_dictionary(kind):
            return changed(kind.value_type, written)
        return kind

    fields = []
    for field in schema:
        kind = changed(field.type, written)
        same = kind.equals(field.type)
        fields.append(field if same else field.with_type(kind).remove_metadata())
    return pyarrow.schema(fields, metadata=schema.metadata)


def _refused(schema: Any, format: str, why: Exception) -> Exception:
    """An error that says which column a format can't hold; the system's own errors as they are."""
    if isinstance(why, OSError) and why.errno is not None:
        return why
    pyarrow = require("pyarrow", extra="files")
    other = "Arrow or JSONL" if format == "parquet" else "JSONL"
    for field in schema:
        try:
            _writer(io.BytesIO(), format, pyarrow.schema([field])).close()
        except (pyarrow.ArrowException, OSError) as error:
            what = f"column {field.name!r} does not go into {format}"
            empty = "no child field" in str(error)
            reason = "it has empty objects, {}" if empty else str(error)
            return ValueError(f"{what}: {reason}; write {other}")
    return ValueError(f"a column does not go into {format}: {why}; write {other}")
