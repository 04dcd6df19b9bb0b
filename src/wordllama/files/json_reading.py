"""Records in JSON: an object a line, or an array, or objects that span lines."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn, cast

from wordllama.files.batch import Batch, Dicts
from wordllama.files.json_lines import json_line
from wordllama.files.json_values import Values, spans_lines
from wordllama.files.line_reading import TooLong
from wordllama.files.line_reading import lines as lines_of
from wordllama.files.lines import BATCH_BYTES, Reading, choose

Entry = tuple[int, bytes, dict[str, Any], str]
"""The number of a line, the line, the object in it, and why there is none (else empty)."""


def read_jsonl(stream: BinaryIO, reading: Reading) -> Iterator[Batch]:
    """A record a JSON object, each on a line or all in an array; blank lines are none."""
    head = cast(io.BufferedReader, stream).peek(1)
    entries = _values(stream, reading) if spans_lines(head) else _lines(stream, reading)
    column: str | None = None
    for group in _groups(entries, reading):
        if column is None:
            column = _column(group, reading)
        yield from _batch(group, column, reading)


def _groups(entries: Iterator[Entry], reading: Reading) -> Iterator[list[Entry]]:
    group: list[Entry] = []
    room = BATCH_BYTES
    for entry in entries:
        group.append(entry)
        room -= len(entry[1])
        if len(group) >= reading.size or room < 0:
            yield group
            group, room = [], BATCH_BYTES
    if group:
        yield group


def _column(group: list[Entry], reading: Reading) -> str | None:
    """The column with the text, told by all records of the group; None if it has no records."""
    items = [item for _, _, item, reason in group if not reason]
    if reading.column is not None or not items:
        return reading.column
    names = list(dict.fromkeys(name for item in items for name in item))
    strings = [name for name in names if any(isinstance(i.get(name), str) for i in items)]
    if "text" in names and all(item.get("text") is None for item in items):
        return "text"
    number = next(number for number, _, _, reason in group if not reason)
    return choose(names, strings, None, f"{reading.file}:{number}")


def _batch(group: list[Entry], column: str | None, reading: Reading) -> Iterator[Batch]:
    name = str(column)
    watched = reading.column is None and name != "text"
    texts: list[str] = []
    items: list[dict[str, Any]] = []
    lines: list[bytes] = []
    for number, line, item, reason in group:
        text = item.get(name)
        if reason or not isinstance(text, str):
            reading.damaged(number, reason or _not_text(item, name), line)
            continue
        if watched:
            _check_only(number, item, name, reading.file)
        texts.append(text)
        items.append(item)
        lines.append(line)
    if texts:
        yield Batch(texts, Dicts(items, lines), column=name)


def _check_only(number: int, item: dict[str, Any], column: str, file: str) -> None:
    """A column that was chosen as the only one of strings must stay that."""
    others = [name for name, value in item.items() if name != column and isinstance(value, str)]
    if others:
        raise ValueError(
            f"{file}:{number}: which column is the text? {column!r} was the only one of strings "
            f"before, here {others[0]!r} is one, too; name it with --column"
        )


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


def _lines(stream: BinaryIO, reading: Reading) -> Iterator[Entry]:
    for number, line in enumerate(lines_of(stream, reading.file, reading.limit), 1):
        if isinstance(line, TooLong):
            yield number, line, {}, reading.too_long()
            continue
        line = line.strip()
        if not line:
            continue
        try:
            item = _decode(line.decode())
        except (ValueError, RecursionError) as error:
            yield number, line, {}, _why(error)
            continue
        yield (number, line, item, "") if isinstance(item, dict) else _no_object(number, line, item)


def _values(stream: BinaryIO, reading: Reading) -> Iterator[Entry]:
    for number, item, line in Values(stream, reading.file, _DECODER, reading.limit):
        if isinstance(item, str):
            name = reading.column or "text"
            item = {name: item}
            line = json_line(item)
        yield (number, line, item, "") if isinstance(item, dict) else _no_object(number, line, item)


_KINDS = {list: "list", str: "string", int: "number", float: "number", bool: "truth value"}
_KINDS[type(None)] = "null"


def _no_object(number: int, line: bytes, item: object) -> Entry:
    reason = f"a {_KINDS[type(item)]}, not a JSON object"
    if isinstance(item, list):
        reason += "; jq -c '.[]' makes lines of a list"
    return number, line, {}, reason


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
