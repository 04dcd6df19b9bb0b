"""Records that are lines: plain text and JSONL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn

from wordllama.files.batch import Batch, Dicts, of_texts
from wordllama.files.damage import Damage, OnDamage

BATCH_BYTES = 16 << 20
"""A batch ends early once its lines hold this many bytes."""
BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Reading:
    """What a reader needs beside the bytes."""

    file: str
    column: str | None
    size: int
    on_damage: OnDamage

    def damaged(self, line: int, reason: str, record: bytes | str) -> None:
        """Report one record."""
        text = record if isinstance(record, str) else record.decode("utf-8", "replace")
        self.on_damage(Damage(self.file, line, reason, text.rstrip("\r\n")))


def choose(names: Iterable[str], sample: dict[str, Any], wanted: str | None, file: str) -> str:
    """The column that holds the text: the one wanted, or `text`, or the only one of strings."""
    names = list(names)
    if wanted is not None:
        if wanted not in names:
            raise ValueError(f"{file}: no column {wanted!r}; columns: {', '.join(names)}")
        return wanted
    strings = [name for name in names if isinstance(sample.get(name), str)]
    if "text" in strings:
        return "text"
    if len(strings) == 1:
        return strings[0]
    raise ValueError(f"{file}: which column is the text? Name one of: {', '.join(names)}")


def numbered(stream: Iterable[bytes], file: str) -> Iterator[tuple[int, bytes]]:
    """Lines from 1, without a byte order mark; ValueError for UTF-16."""
    for number, line in enumerate(stream, 1):
        if number == 1:
            if line.startswith(UTF16):
                raise ValueError(f"{file}: the file is UTF-16, not UTF-8; convert it with iconv")
            line = line.removeprefix(BOM)
        yield number, line


def read_text(stream: Iterable[bytes], reading: Reading, paragraphs: bool) -> Iterator[Batch]:
    """A record a line, or a paragraph; blank ones are none. The column is named `text`."""
    name = reading.column or "text"
    texts: list[str] = []
    room = BATCH_BYTES
    lines = numbered(stream, reading.file)
    for number, line in _paragraphs(lines) if paragraphs else lines:
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
    data = stream.read()
    try:
        text = data.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reading.damaged(line, f"not UTF-8 at byte {error.start} of the file", b"")
        return
    if text.strip():
        yield Batch([text], Dicts([{"file": reading.file, name: text}]), column=name)


def _paragraphs(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    block: list[bytes] = []
    start = 0
    for number, line in lines:
        if line.strip():
            start = start if block else number
            block.append(line)
        elif block:
            yield start, b"".join(block)
            block = []
    if block:
        yield start, b"".join(block)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Any = json.JSONDecoder(parse_constant=_no_constant)


def _decode(line: str) -> Any:
    """As `json.loads` of a line without white space around it, in half the time."""
    try:
        value, end = _DECODER.scan_once(line, 0)
    except StopIteration:
        end = -1
    return value if end == len(line) else _DECODER.decode(line)


def read_jsonl(stream: Iterable[bytes], reading: Reading) -> Iterator[Batch]:
    """A record a line, each a JSON object; blank lines are none."""
    texts: list[str] = []
    items: list[dict[str, Any]] = []
    lines: list[bytes] = []
    column: str | None = None
    room = BATCH_BYTES
    for number, line in numbered(stream, reading.file):
        line = line.strip()
        if not line:
            continue
        try:
            item = _decode(line.decode())
        except (ValueError, RecursionError) as error:
            reading.damaged(number, _why(error), line)
            continue
        if not isinstance(item, dict):
            reading.damaged(number, _not_object(item), line)
            continue
        if column is None:
            column = reading.column or choose(item, item, None, f"{reading.file}:{number}")
        text = item.get(column)
        if not isinstance(text, str):
            reading.damaged(number, _not_text(item, column), line)
            continue
        texts.append(text)
        items.append(item)
        lines.append(line)
        room -= len(line)
        if len(texts) >= reading.size or room < 0:
            yield Batch(texts, Dicts(items, lines), column=column)
            texts, items, lines, room = [], [], [], BATCH_BYTES
    if column is not None and texts:
        yield Batch(texts, Dicts(items, lines), column=column)


_KINDS = {list: "list", str: "string", int: "number", float: "number", bool: "truth value"}
_KINDS[type(None)] = "null"


def _not_object(item: object) -> str:
    reason = f"a {_KINDS[type(item)]}, not a JSON object"
    return f"{reason}; jq -c '.[]' makes lines of a list" if isinstance(item, list) else reason


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at character {error.colno}"
    return f"not JSON: {error}"


def _not_text(item: dict[str, Any], column: str) -> str:
    if column not in item:
        return f"no column {column!r}; columns: {', '.join(item)}"
    kind = _KINDS.get(type(item[column]), "object")
    return f"column {column!r} is a {kind}, not a string"
