"""Where records come from: files, globs, folders, standard input, and bytes out of each."""

from __future__ import annotations

import glob
import gzip
import io
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


@dataclass(frozen=True)
class Source:
    """A file to read: its path, the name that messages give it, and its format."""

    path: Path
    name: str
    format: Format

    @property
    def size(self) -> int:
        """Bytes of the file; 0 for standard input."""
        return 0 if self.path == STDIN else self.path.stat().st_size


def find(inputs: Sequence[str | Path], format: str | None = None) -> list[Source]:
    """The files that paths, globs, folders and `-` (standard input) name, in their order.

    A folder stands for the files in it, at any depth and in order of name, whose names tell a
    format (`format` given: all files). Raises FileNotFoundError where nothing is found.
    """
    found: list[Source] = []
    for item in inputs:
        if str(item) == "-":
            found.append(_stdin(format))
            continue
        found.extend(_source(path, format) for path in paths(Path(item), format))
    return found


def paths(path: Path, format: str | None = None) -> list[Path]:
    """The files that a path, a glob or a folder stands for; see `find`."""
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p, path))
        files = [p for p in files if format is not None or _known(p)]
        if not files:
            raise FileNotFoundError(
                f"{path}: no file in this folder has the extension of a known format; "
                "--from names the format of all, as in --from text"
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


def _source(path: Path, format: str | None) -> Source:
    try:
        kind = format_of(path, format)
    except ValueError:
        with path.open("rb") as file:
            kind = format_of_bytes(file.read(4096), format)
        if not kind.name:
            raise
    if kind.name == "npy":
        raise ValueError(f"{path}: npy holds vectors, not records; it can only be written")
    return Source(path, str(path), kind)


def _stdin(format: str | None) -> Source:
    if sys.stdin is None:
        raise ValueError("standard input is closed")
    stream = cast(io.BufferedReader, sys.stdin.buffer)
    kind = format_of_bytes(stream.peek(4096), format)
    if kind.compression and not kind.name:
        raise ValueError("standard input is compressed; --from says what is in it: --from jsonl")
    return Source(STDIN, "standard input", kind)


def spooled(source: Source) -> Source:
    """The source itself, or standard input kept in a temporary file that can be read again."""
    if source.path != STDIN:
        return source
    file = tempfile.NamedTemporaryFile(prefix="wordllama-stdin-")  # noqa: SIM115
    _SPOOLED.append(file)
    with named_if_full(f"{tempfile.gettempdir()} (TMPDIR names another folder)"):
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
    return replace(source, path=Path(file.name))


STDIN = Path("-")
_SPOOLED: list[object] = []
"""Temporary files that live until the process ends."""


def open_bytes(source: Source) -> tuple[BinaryIO, BinaryIO]:
    """The file's decompressed bytes, and the file beneath them (its position tells progress)."""
    raw = cast(BinaryIO, sys.stdin.buffer) if source.path == STDIN else source.path.open("rb")
    if source.format.compression == "gzip":
        unzipped = cast(io.RawIOBase, gzip.GzipFile(fileobj=raw))
        return cast(BinaryIO, io.BufferedReader(unzipped, 1 << 20)), raw
    if source.format.compression == "zstd":
        pyarrow = require("pyarrow", extra="files")
        stream = pyarrow.CompressedInputStream(pyarrow.PythonFile(raw, mode="r"), "zstd")
        return cast(BinaryIO, io.BufferedReader(stream, 1 << 20)), raw
    return raw, raw
