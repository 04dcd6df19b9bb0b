"""Records that are lines of plain text, paragraphs or whole files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from wordllama.files.batch import Batch, Dicts, of_texts
from wordllama.files.damage import Damage, OnDamage
from wordllama.files.line_reading import BOM, HEAD, RECORD_BYTES, TooLong, check_utf8, lines

BATCH_BYTES = 16 << 20
"""A batch ends early once its lines hold this many bytes."""


@dataclass(frozen=True)
class Reading:
    """What a reader needs beside the bytes."""

    file: str
    column: str | None
    size: int
    on_damage: OnDamage
    limit: int = RECORD_BYTES
    """Bytes of the longest record."""
    quotes: bool | None = None
    """Whether quote marks in TSV are as CSV's; None: told by the first lines."""

    def too_long(self) -> str:
        """The reason of a record that is longer than the limit."""
        return f"a record longer than {self.limit:,} bytes; --max-record allows more"

    def damaged(self, line: int, reason: str, record: bytes | str) -> None:
        """Report one record."""
        text = record if isinstance(record, str) else record.decode("utf-8", "replace")
        self.on_damage(Damage(self.file, line, reason, text.rstrip("\r\n")))


def choose(names: Iterable[str], strings: Collection[str], named: str | None, file: str) -> str:
    """The column that holds the text: the one wanted, or `text`, or the only one of strings.

    Raises ValueError if there is none or more than one.
    """
    names = list(names)
    if named is not None:
        if named not in names:
            raise ValueError(f"{file}: no column {named!r}; columns: {', '.join(names)}")
        return named
    if "text" in strings:
        return "text"
    if len(strings) == 1:
        return next(iter(strings))
    raise ValueError(
        f"{file}: which column is the text? Name one of: {', '.join(strings or names)}"
    )


def read_text(stream: BinaryIO, reading: Reading, paragraphs: bool) -> Iterator[Batch]:
    """A record a line, or a paragraph; blank ones are none. The column is named `text`."""
    name = reading.column or "text"
    texts: list[str] = []
    room = BATCH_BYTES
    numbered = enumerate(lines(stream, reading.file, reading.limit), 1)
    for number, line in _paragraphs(numbered, reading.limit) if paragraphs else numbered:
        if isinstance(line, TooLong):
            reading.damaged(number, reading.too_long(), line)
            continue
        stripped = line.strip(b"\r\n")
        if not stripped or stripped.isspace():
            continue
        try:
            texts.append(stripped.decode())
        except UnicodeDecodeError as error:
            reading.damaged(number, f"not UTF-8 at byte {error.start}", line)
            continue
        room -= len(line)
        if len(texts) >= reading.size or room < 0:
            yield of_texts(texts, name)
            texts, room = [], BATCH_BYTES
    if texts:
        yield of_texts(texts, name)


def read_document(stream: BinaryIO, reading: Reading) -> Iterator[Batch]:
    """The whole file as one record, with its name in the column `file`."""
    name = reading.column or "text"
    data = stream.read(reading.limit + 1)
    check_utf8(data[:HEAD], reading.file)
    if len(data) > reading.limit:
        reading.damaged(1, reading.too_long(), data[:200])
        return
    try:
        text = data.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reading.damaged(line, f"not UTF-8 at byte {error.start} of the file", b"")
        return
    if text.strip():
        yield Batch([text], Dicts([{"file": reading.file, name: text}]), column=name)


def _paragraphs(
    numbered: Iterable[tuple[int, bytes]], limit: int
) -> Iterator[tuple[int, bytes | TooLong]]:
    block: list[bytes] = []
    start = length = 0
    for number, line in numbered:
        if line.strip():
            if not block:
                start, length = number, 0
            length += len(line)
            if length <= limit and not isinstance(line, TooLong):
                block.append(line)
            else:  # only its beginning is kept
                block, length = [TooLong((block or [line])[0][:200])], limit
        elif block:
            yield start, _joined(block)
            block = []
    if block:
        yield start, _joined(block)


def _joined(block: list[bytes]) -> bytes | TooLong:
    return block[0] if isinstance(block[0], TooLong) else b"".join(block)
