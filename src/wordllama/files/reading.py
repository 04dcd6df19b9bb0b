"""Records in batches out of any number of files."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from wordllama.files.batch import Batch
from wordllama.files.columnar import read_columnar
from wordllama.files.damage import DamagedError, OnDamage, refuse
from wordllama.files.delimited import read_delimited
from wordllama.files.formats import COLUMNAR
from wordllama.files.json_reading import read_jsonl
from wordllama.files.line_reading import RECORD_BYTES
from wordllama.files.lines import Reading, read_document, read_text
from wordllama.files.sources import Source, close, find, open_bytes

BATCH = 4096
"""Records in a batch, unless they are long."""

OnBytes = Callable[[int], object]
"""Told, after each batch, how many more bytes of the files have been read."""


def read(
    inputs: str | Path | Sequence[str | Path],
    *,
    column: str | None = None,
    format: str | None = None,
    size: int = BATCH,
    limit: int = RECORD_BYTES,
    quotes: bool | None = None,
    on_damage: OnDamage = refuse,
) -> Iterator[Batch]:
    """Batches of the records of files, globs, folders or `-`, in bounded memory.

    `column` names the text; without it, `text` or the only column of strings. `on_damage` is told
    of each record that cannot be read, or is longer than `limit` bytes, and decides: the default
    raises `DamagedError`. `quotes`: whether quote marks in TSV are as CSV's, else told by the first
    lines.

    >>> path = getfixture("tmp_path") / "in.jsonl"
    >>> _ = path.write_text('{"text": "a car", "id": 7}')
    >>> [batch.texts for batch in read(path)]
    [['a car']]
    """
    paths = [inputs] if isinstance(inputs, (str, Path)) else inputs
    return read_sources(
        find(paths, format),
        column=column,
        size=size,
        limit=limit,
        quotes=quotes,
        on_damage=on_damage,
    )


def read_sources(
    sources: Iterable[Source],
    *,
    column: str | None = None,
    size: int = BATCH,
    limit: int = RECORD_BYTES,
    quotes: bool | None = None,
    on_damage: OnDamage = refuse,
    on_bytes: OnBytes | None = None,
) -> Iterator[Batch]:
    """As `read`, from sources that were found before."""
    for source in sources:
        reading = Reading(source.name, column, size, on_damage, limit, quotes)
        if source.format.name in COLUMNAR:
            yield from _told(read_columnar(source, reading), source, on_bytes)
        else:
            yield from _lines(source, reading, on_bytes)


def _told(batches: Iterator[Batch], source: Source, on_bytes: OnBytes | None) -> Iterator[Batch]:
    yield from batches
    if on_bytes is not None:
        on_bytes(source.size)


def _lines(source: Source, reading: Reading, on_bytes: OnBytes | None) -> Iterator[Batch]:
    stream, raw = open_bytes(source)
    told = 0
    try:
        for batch in _batches(stream, source.format.name, reading):
            yield batch
            if on_bytes is not None and source.size:
                on_bytes(raw.tell() - told)
                told = raw.tell()
    except (EOFError, zlib.error) as error:
        raise DamagedError(f"{source.name}: the file is cut short or damaged: {error}") from error
    except OSError as error:
        if error.errno is not None or source.format.compression is None:
            raise
        raise DamagedError(f"{source.name}: the file is cut short or damaged: {error}") from error
    finally:
        close(raw)


def _batches(stream: BinaryIO, format: str, reading: Reading) -> Iterator[Batch]:
    if format == "jsonl":
        return read_jsonl(stream, reading)
    if format in ("csv", "tsv"):
        return read_delimited(stream, reading, "," if format == "csv" else "\t")
    if format == "document":
        return read_document(stream, reading)
    return read_text(stream, reading, paragraphs=format == "paragraphs")
