"""What a file holds, as records: its rows with their fields, or its text in chunks."""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from wordllama import split
from wordllama.files import Format, format_of
from wordllama.files import sources as streams
from wordllama.files.formats import format_of_bytes, unzipped
from wordllama.files.reading import read_sources
from wordllama.index.folders import KINDS, suffix_of
from wordllama.index.records import check_ids
from wordllama.index.store import Id

WHOLE_BYTES = 16 << 20
"""A file of up to so many bytes is read at once, so that what is taken up is what was hashed."""
RECENT = 2_000_000_000
"""A file changed less than so many nanoseconds ago may change again without another time."""
VERSION = 2
"""Of what is made of a file: another number has all files read anew."""


class Entry(NamedTuple):
    """A record of a file."""

    id: Id
    text: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """How files are read."""

    text: str | None = None
    """The column with the text, of files with columns."""
    ids: str | None = None
    """The column with the ids."""
    limit: int = 1000
    """Characters of a chunk."""
    format: str | None = None
    """Of all files; else it is told by their names."""

    def options(self, format: Format, kind: str) -> str:
        """What the records of a file depend on, beside its bytes and its name."""
        if kind:
            options = {"kind": kind, "limit": self.limit}
        else:
            options = {"format": format.name, "text": self.text, "ids": self.ids}
        return json.dumps({"version": VERSION, **options})


def format_and_kind(path: Path, name: str | None) -> tuple[Format, str]:
    """A file's format, and how it is cut into chunks ("" if it is records).

    ValueError for a file that is none of texts.
    """
    suffix = suffix_of(path)
    if name is None and suffix in KINDS:
        compression = format_of(path, "document").compression
        return Format("document", compression), KINDS[suffix]
    try:
        format = format_of(path, name)
    except ValueError:
        with path.open("rb") as file:
            head = file.read(4096)
        format = format_of_bytes(head)
        head = unzipped(head) if format.compression == "gzip" else head
        if not format.name or (format.name == "text" and b"\0" in head):
            raise ValueError("is not a text") from None
        if format.name == "text":
            return Format("document", format.compression), "auto"
    if format.name == "npy":
        raise ValueError("npy holds vectors, not records")
    return format, KINDS.get(suffix, "auto") if format.name == "document" else ""


class Snapshot:
    """A file as it is at one moment: its bytes, if they are few, or what tells of a change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            self.size, self.mtime = before.st_size, before.st_mtime_ns
            self.recent = time.time_ns() - self.mtime < RECENT
            self.data = file.read() if self.size <= WHOLE_BYTES else None
            if self.data is None:
                digest = hashlib.sha256()
                while part := file.read(1 << 20):
                    digest.update(part)
            else:
                digest = hashlib.sha256(self.data)
            self.sha256 = digest.hexdigest()

    def check_unchanged(self) -> None:
        """OSError if the file is not what was hashed."""
        now = self.path.stat()
        if self.data is None and (now.st_size, now.st_mtime_ns) != (self.size, self.mtime):
            raise OSError("the file changed while it was read; take it up again")

    def source(self, format: Format, name: str) -> streams.Source:
        """It as `wordllama.files` reads it."""
        stream = None if self.data is None else io.BufferedReader(cast(Any, io.BytesIO(self.data)))
        return streams.Source(self.path, name, format, cast("BinaryIO | None", stream))


def entries(
    snapshot: Snapshot,
    name: str,
    format: Format,
    kind: str,
    reading: Reading,
    on_bytes: Callable[[int], object],
) -> Iterator[list[Entry]]:
    """The records of a file, in lists.

    Raises ValueError for one that is damaged, or without a text, and names where it is.
    """
    column = None if kind else reading.text
    id_column = None if kind else reading.ids
    first = 0
    for batch in read_sources([snapshot.source(format, name)], column=column, on_bytes=on_bytes):
        if kind:
            if any("\0" in text for text in batch.texts):
                raise ValueError("holds zero bytes: is not a text")
            texts = map(_with_plain_newlines, batch.texts)
            yield from (chunks(text, name, kind, reading.limit) for text in texts)
            continue
        records = batch.records()
        if first == 0 and id_column is None and "id" in batch.names():
            id_column = "id"
        if id_column is None:
            ids: list[Id] = [f"{name}#{first + n}" for n in range(len(batch))]
        else:
            ids = _ids([record.get(id_column) for record in records], first, name)
        yield [
            Entry(id, text, {k: v for k, v in record.items() if k not in (id_column, batch.column)})
            for id, text, record in zip(ids, batch.texts, records, strict=True)
        ]
        first += len(batch)
    if snapshot.data is not None:
        on_bytes(snapshot.size)


def _with_plain_newlines(text: str) -> str:
    """The text as Python reads it from a file, whatever its lines end with."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _ids(given: list[Any], first: int, name: str) -> list[Id]:
    try:
        return check_ids(given, first)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from error


def chunks(text: str, name: str, kind: str, limit: int) -> list[Entry]:
    """A document in chunks, each with where it stands: `text[start:end]`.

    A chunk of Markdown is of one section; what is white space only is none.

    >>> for entry in chunks("# A\\n\\nOne.\\n\\n# B\\n\\nTwo.\\n", "notes.md", "markdown", 100):
    ...     print(entry.id, repr(entry.text), entry.fields["heading"], entry.fields["start"])
    notes.md#0 '# A\\n\\nOne.' A 0
    notes.md#1 '# B\\n\\nTwo.' B 11
    """
    kind = split.kind_of(text) if kind == "auto" else kind
    whole = split.Section(0, len(text))
    found: list[Entry] = []
    for section in split.sections(text) if kind == "markdown" else [whole]:
        part = text[section.start : section.end]
        heading = section.path
        for chunk in split.chunks(part, limit, kind=kind):  # type: ignore[arg-type]
            shown = chunk.text.strip()
            if not shown:
                continue
            # Without empty lines around it, but with the indentation of its first line.
            start = section.start + chunk.start
            blank = len(chunk.text) - len(chunk.text.lstrip())
            start += chunk.text.rfind("\n", 0, blank) + 1
            end = section.start + chunk.start + len(chunk.text.rstrip())
            fields = {"file": name, "heading": heading, "start": start, "end": end}
            found.append(Entry(f"{name}#{len(found)}", text[start:end], fields))
    return found
