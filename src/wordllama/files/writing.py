"""Batches into a file or standard output, in any format; a file appears whole or not at all."""

from __future__ import annotations

import csv
import gzip
import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import numpy as np

from wordllama.atomic import named_if_full, written_whole
from wordllama.extras import require
from wordllama.files.batch import Batch, Column, values
from wordllama.files.columnar_out import ColumnarWriter
from wordllama.files.formats import COLUMNAR, Format, check_name, format_of
from wordllama.files.json_lines import json_line, shown, utf8


class Writer(Protocol):
    """Takes batches; what `write` gives."""

    def write(self, batch: Batch) -> None:
        """Write one batch after those before."""

    def close(self) -> None:
        """Write what is still held back."""


@contextmanager
def write(
    target: str | Path, format: str | None = None, *, ready: Callable[[Path], None] | None = None
) -> Iterator[Writer]:
    """A writer to a file, or to standard output for `-`.

    The file has a temporary name until the block ends without an error; what was there before
    stays until then. `format` overrides what the name tells; standard output is JSONL without it.
    `ready` is called with the whole file before it gets its name.

    >>> from wordllama.files import of_texts
    >>> path = getfixture("tmp_path") / "out.jsonl"
    >>> with write(path) as out:
    ...     out.write(of_texts(["a car"]))
    >>> path.read_text()
    '{"text": "a car"}\\n'
    """
    kind = Format(format or "jsonl") if str(target) == "-" else format_of(target, format)
    with ExitStack() as stack:
        raw = stack.enter_context(_opened(target, ready))
        raw = stack.enter_context(_held_back(raw, kind.name))
        stream = stack.enter_context(_compressed(raw, kind.compression))
        writer = writer_to(stream, kind.name)
        try:
            yield writer
            writer.close()
        except BaseException:
            if isinstance(writer, ColumnarWriter):
                writer.give_up()
            raise
        stream.flush()


@contextmanager
def _opened(target: str | Path, ready: Callable[[Path], None] | None = None) -> Iterator[BinaryIO]:
    if str(target) == "-":
        yield cast(BinaryIO, sys.stdout.buffer)
        return
    with written_whole(target, ready) as file:
        yield file


@contextmanager
def _held_back(stream: BinaryIO, format: str) -> Iterator[BinaryIO]:
    """Where a part of the format is a valid file, a pipe gets the whole or nothing of it.

    pyarrow ends a Parquet file even when it gives it up.
    """
    if format not in (*COLUMNAR, "npy") or stream.readable():
        yield stream
        return
    with tempfile.TemporaryFile(prefix="wordllama-output-") as whole:
        with named_if_full(f"{tempfile.gettempdir()} (TMPDIR names another folder)"):
            yield whole
            whole.flush()
        whole.seek(0)
        shutil.copyfileobj(whole, stream)


@contextmanager
def _compressed(raw: BinaryIO, compression: str | None) -> Iterator[BinaryIO]:
    if compression == "gzip":
        with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6, mtime=0, filename="") as file:
            yield cast(BinaryIO, file)
    elif compression == "zstd":
        pyarrow = require("pyarrow", extra="files")
        sink = pyarrow.PythonFile(_StaysOpen(raw), mode="w")
        with pyarrow.CompressedOutputStream(sink, "zstd") as file:
            yield file
    else:
        yield raw


class _StaysOpen(io.RawIOBase):
    """A stream that pyarrow may close without closing the one beneath."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._stream.write(data)


def writer_to(stream: BinaryIO, format: str) -> Writer:
    """A writer of `format` on an open binary stream, which stays open; ValueError if unknown."""
    if check_name(format) == "document":
        raise ValueError("document can only be read; write text or paragraphs")
    if format in COLUMNAR:
        return ColumnarWriter(stream, format)
    if format in ("csv", "tsv"):
        return DelimitedWriter(stream, "," if format == "csv" else "\t")
    if format == "npy":
        return VectorWriter(stream)
    if format == "jsonl":
        return JsonWriter(stream)
    return TextWriter(stream, b"\n" if format == "text" else b"\n\n")


class JsonWriter:
    """JSONL; a record that was read from JSONL keeps its line, new columns are put at its end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, batch: Batch) -> None:
        """Write one line a record."""
        lines = batch.rows.json_lines()
        for name, column in batch.added.items():
            key = json_line(name)
            cells = _json_cells(column, name)
            lines = [_spliced(*part, key) for part in zip(lines, cells, strict=True)]
        if lines:
            self._stream.write(b"\n".join(lines) + b"\n")

    def close(self) -> None:
        """Nothing is held back."""


def _spliced(line: bytes, cell: bytes, key: bytes) -> bytes:
    start = line[:-1].rstrip()
    comma = b"" if start == b"{" else b", "
    return b"".join((start, comma, key, b": ", cell, b"}"))


def _json_cells(column: Column, name: str) -> list[bytes]:
    if (
        isinstance(column, np.ndarray)
        and column.ndim == 2
        and column.dtype == np.float32
        and np.isfinite(column).all()
    ):
        return [f"[{', '.join(map('%.9g'.__mod__, row))}]".encode() for row in column.tolist()]
    return [json_line(value, name) for value in values(column)]


class DelimitedWriter:
    """CSV or TSV; a list or object in a cell is JSON. The first batch gives the columns."""

    def __init__(self, stream: BinaryIO, delimiter: str) -> None:
        self._stream = stream
        self._delimiter = delimiter
        self._names: list[str] = []

    def write(self, batch: Batch) -> None:
        """Write one row a record."""
        names = batch.names()
        rows = _Rows()
        out = csv.writer(rows, delimiter=self._delimiter, lineterminator="\r\n")
        if not self._names:
            self._names = names
            out.writerow(names)
        elif missing := [name for name in names if name not in self._names]:
            raise ValueError(f"column {missing[0]!r} was not in the first records; write JSONL")
        names = self._names
        cells = [[_cell(item.get(name), name) for name in names] for item in batch.records()]
        out.writerows(cells)
        try:
            self._stream.write("".join(rows.ended).encode())
        except UnicodeEncodeError:
            for row in [names, *cells]:
                for name, cell in zip(names, row, strict=True):
                    utf8(str(cell), f"column {name!r}")
            raise

    def close(self) -> None:
        """Nothing is held back."""


class _Rows:
    """Takes rows that end in CR LF, for fields with either to be quoted; ends them in LF."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def write(self, row: str) -> None:
        """Take one row."""
        self.ended.append(row.removesuffix("\r\n") + "\n")


def _cell(value: Any, name: str) -> Any:
    """A field: lists and objects as JSON, bytes in base64, anything else as it shows itself."""
    if isinstance(value, (list, dict, tuple)):
        return json_line(value, name).decode()
    return shown(value)


LINE_END = re.compile(r"\r\n|\r|\n")


class TextWriter:
    """New columns, then the text, with tabs between; line ends within a text become spaces."""

    def __init__(self, stream: BinaryIO, end: bytes) -> None:
        self._stream = stream
        self._end = end

    def write(self, batch: Batch) -> None:
        """Write one line a record."""
        texts = batch.texts
        if self._end == b"\n":
            texts = [LINE_END.sub(" ", text) for text in texts]
        columns = [[_shown(v, k) for v in values(column)] for k, column in batch.added.items()]
        lines = zip(*columns, texts, strict=True) if columns else ((text,) for text in texts)
        for line in lines:
            self._stream.write(utf8("\t".join(line), "a text") + self._end)

    def close(self) -> None:
        """Nothing is held back."""


def _shown(value: Any, name: str) -> str:
    if isinstance(value, (list, dict)):
        return json_line(value, name).decode()
    return f"{value:.4f}" if isinstance(value, float) else str(value)


class VectorWriter:
    """The vectors alone, as NumPy's npy: float32 (n, dim) or uint64 (n, words)."""

    def __init__(self, stream: BinaryIO) -> None:
        if not stream.seekable():
            raise ValueError("npy is written to a file, not to a pipe")
        self._stream = stream
        self._rows = 0
        self._like: tuple[Any, tuple[int, ...]] = (np.dtype(np.float32), (0,))

    def write(self, batch: Batch) -> None:
        """Write the vectors of one batch."""
        vectors = [c for c in batch.added.values() if isinstance(c, np.ndarray) and c.ndim == 2]
        if len(vectors) != 1:
            raise ValueError("npy holds vectors; these records have none")
        if not self._rows:
            self._like = (vectors[0].dtype, vectors[0].shape[1:])
            self._header()
        self._rows += len(vectors[0])
        self._stream.write(np.ascontiguousarray(vectors[0]).tobytes())

    def close(self) -> None:
        """Put the number of rows into the header."""
        end = self._stream.tell() if self._rows else None
        self._stream.seek(0)
        self._header()
        self._stream.seek(end or self._stream.tell())

    def _header(self) -> None:
        dtype, shape = self._like
        described = {"descr": dtype.str, "fortran_order": False, "shape": (self._rows, *shape)}
        self._stream.write(_npy_header(described))


def _npy_header(described: dict[str, Any]) -> bytes:
    """Version 1.0, always 128 bytes, so that the number of rows can be set at the end."""
    text = repr(described).encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
