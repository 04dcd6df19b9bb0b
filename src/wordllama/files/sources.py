"""Where records come from: files, globs, folders, standard input, and bytes out of each."""

from __future__ import annotations

import glob
import gzip
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from wordllama.atomic import named_if_full
from wordllama.extras import require
from wordllama.files.formats import (
    COMPRESSIONS,
    SUFFIXES,
    Format,
    format_of,
    format_of_bytes,
)

STANDARD_INPUT = "standard input"
DESCRIPTOR = re.compile(r"/dev/(stdin|fd/\d+)")
"""Names of what a shell has opened; what is read of it can be gone for good."""


@dataclass(frozen=True)
class Source:
    """A file to read: its path, the name that messages give it, and its format.

    Standard input, a pipe or a device has an open `stream` instead, which is read once.
    """

    path: Path
    name: str
    format: Format
    stream: BinaryIO | None = None

    @property
    def size(self) -> int:
        """Bytes of the file; 0 for a stream."""
        return 0 if self.stream is not None else self.path.stat().st_size


def find(
    inputs: Sequence[str | Path], format: str | None = None, *, otherwise: str | None = None
) -> list[Source]:
    """The files that paths, globs, folders and `-` (standard input) name, in their order.

    A folder stands for the files in it, at any depth and in order of name, whose names tell a
    format (`format` given: all files). `otherwise` is the format of files and streams whose names
    tell none. Raises FileNotFoundError where nothing is found.
    """
    found: list[Source] = []
    for item in inputs:
        if str(item) == "-":
            found.append(_stdin(format or otherwise))
            continue
        found.extend(_source(path, format, otherwise) for path in paths(Path(item), format))
    return found


def stream_of(item: str | Path) -> object | None:
    """What tells a stream from others before it is opened; None for files that can be read again.

    >>> stream_of("-") is None, stream_of(os.devnull) is None
    (False, True)
    """
    try:
        status = os.fstat(sys.stdin.fileno()) if str(item) == "-" else os.stat(item)
    except (OSError, ValueError, AttributeError):  # closed, or none of the system's
        return "-" if str(item) == "-" else None
    if os.path.samestat(status, os.stat(os.devnull)):
        return "-" if str(item) == "-" else None
    if str(item) == "-" or _is_stream(Path(item)):
        return status.st_dev, status.st_ino
    return None


def _is_stream(path: Path) -> bool:
    if DESCRIPTOR.fullmatch(str(path)):
        return True
    return not path.is_file() and not path.is_dir()


def paths(path: Path, format: str | None = None) -> list[Path]:
    """The files that a path, a glob or a folder stands for; see `find`."""
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p, path))
        files = [p for p in files if format is not None or _known(p)]
        if not files:
            others = sorted({p.suffix or p.name for p in path.rglob("*") if p.is_file()})
            known = ", ".join(suffix for suffix in SUFFIXES if suffix != ".npy")
            raise FileNotFoundError(
                f"{path}: no file in this folder has the extension of a known format ({known}), "
                f"only {', '.join(others[:9]) or 'nothing'}; --from names the format of all: "
                "--from document reads each as one text, markup and all"
            )
        return files
    if path.exists():
        return [path]
    if glob.has_magic(str(path)):
        files = sorted(Path(p) for p in glob.glob(str(path), recursive=True))
        files = [p for p in files if p.is_file()]
        if files:
            return files
        raise FileNotFoundError(f"{path}: no file matches")
    raise FileNotFoundError(f"{path}: no such file")


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _known(path: Path) -> bool:
    suffixes = [s.lower() for s in path.suffixes[-2:]]
    if suffixes and suffixes[-1] in COMPRESSIONS:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in SUFFIXES and suffixes[-1] != ".npy"


def _source(path: Path, format: str | None, otherwise: str | None) -> Source:
    if _is_stream(path):
        return _stream(path, format, otherwise)
    try:
        kind = format_of(path, format)
    except ValueError:
        with path.open("rb") as file:
            kind = format_of_bytes(file.read(4096), format or otherwise)
        if not kind.name:
            raise
    _check_readable(path, kind)
    return Source(path, str(path), kind)


def _check_readable(path: Path, kind: Format) -> None:
    if kind.name == "npy":
        raise ValueError(f"{path}: npy holds vectors, not records; it can only be written")


def _stream(path: Path, format: str | None, otherwise: str | None) -> Source:
    stream = path.open("rb")
    if format is None and _known(path):
        kind = format_of(path)
    else:
        kind = _told(stream, str(path), format or otherwise)
    _check_readable(path, kind)
    return Source(path, str(path), kind, stream)


def _stdin(format: str | None) -> Source:
    if sys.stdin is None:
        raise ValueError(f"{STANDARD_INPUT} is closed")
    stream = sys.stdin.buffer
    return Source(Path("-"), STANDARD_INPUT, _told(stream, STANDARD_INPUT, format), stream)


def _told(stream: BinaryIO, name: str, format: str | None) -> Format:
    """The format that a stream's first bytes tell, which stay to be read."""
    kind = format_of_bytes(cast(io.BufferedReader, stream).peek(4096), format)
    if kind.compression and not kind.name:
        raise ValueError(f"{name} is compressed; --from says what is in it: --from jsonl")
    return kind


def spooled(source: Source) -> Source:
    """The source itself, or a stream's bytes in a temporary file that can be read again."""
    if source.stream is None:
        return source
    file = tempfile.NamedTemporaryFile(prefix="wordllama-stdin-")  # noqa: SIM115
    _SPOOLED.append(file)
    with named_if_full(f"{tempfile.gettempdir()} (TMPDIR names another folder)"):
        shutil.copyfileobj(source.stream, file)
        file.flush()
    close(source.stream)
    return replace(source, path=Path(file.name), stream=None)


_SPOOLED: list[object] = []
"""Temporary files that live until the process ends."""


def close(stream: BinaryIO) -> None:
    """Close what was opened here; standard input is not."""
    if sys.stdin is None or stream is not sys.stdin.buffer:
        stream.close()


def open_bytes(source: Source) -> tuple[BinaryIO, BinaryIO]:
    """The file's decompressed bytes, and the file beneath them (its position tells progress)."""
    raw = source.path.open("rb") if source.stream is None else source.stream
    if source.format.compression == "gzip":
        unzipped = cast(io.RawIOBase, gzip.GzipFile(fileobj=raw))
        return cast(BinaryIO, io.BufferedReader(unzipped, 1 << 20)), raw
    if source.format.compression == "zstd":
        pyarrow = require("pyarrow", extra="files")
        stream = pyarrow.CompressedInputStream(pyarrow.PythonFile(raw, mode="r"), "zstd")
        return cast(BinaryIO, io.BufferedReader(stream, 1 << 20)), raw
    return raw, raw
