"""Records as JSON objects, a line each."""

from __future__ import annotations

import base64
import datetime
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np


def utf8(text: str, what: str) -> bytes:
    """The text as UTF-8; ValueError that names `what` it is if it has half of a surrogate pair."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        start, half = max(0, error.start - 20), f"\\u{ord(text[error.start]):04x}"
        raise ValueError(
            f"{what} has half of a surrogate pair ({half}), which is not valid Unicode, in "
            f"{text[start : error.start + 20]!r}; write JSONL, which keeps it, or correct it"
        ) from error


def json_line(value: Any, column: str | None = None) -> bytes:
    """A record, or a value of `column`, as JSON: times in ISO form, bytes in base64.

    Raises ValueError that names the column if it holds NaN or infinity, for which JSON has nothing.

    >>> json_line({"text": "é", "when": datetime.date(2026, 1, 2)}).decode()
    '{"text": "é", "when": "2026-01-02"}'
    >>> json_line({"text": "a", "score": float("nan")})
    Traceback (most recent call last):
    ...
    ValueError: column 'score' holds nan, which JSON can't; write Parquet, Arrow or CSV
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=shown)
    except ValueError as error:
        columns = {column: value} if column is not None else value
        named = columns.items() if isinstance(columns, Mapping) else ()
        for name, cell in named:
            for number in _not_finite(cell):
                other = "Parquet, Arrow or CSV" if cell is number else "Parquet or Arrow"
                raise ValueError(
                    f"column {name!r} holds {number}, which JSON can't; write {other}"
                ) from error
        raise
    try:
        return text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair stays what it is as an escape
        return json.dumps(json.loads(text)).encode()


def shown(value: Any) -> Any:
    """A value as JSON and CSV have it: times in ISO form, bytes in base64, the rest as text."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.item() if isinstance(value, np.generic) else str(value)


def _not_finite(value: Any) -> Iterator[float]:
    """The numbers in a value that are NaN or infinite."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _not_finite(item)
    elif isinstance(value, float) and not math.isfinite(value):
        yield value


def check_line(line: bytes) -> None:
    """Raise ValueError if an object in the JSON has two values of one name, or a number too large.

    >>> check_line(b'{"a": 1, "b": {"a": 2}}')
    >>> check_line(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    ValueError: two columns have the same name: 'a' in {"a": 2}; only JSONL holds both
    """
    decoder = _FINITE if HUGE.search(line) else _NAMES
    decoder.decode(line.decode())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    item = dict(pairs)
    if len(item) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for n, name in enumerate(names) if name in names[:n])
        shown = json.dumps(item, ensure_ascii=False)
        raise ValueError(
            f"two columns have the same name: {twice!r} in {shown:.60}; only JSONL holds both"
        )
    return item


def _finite_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, value in pairs:
        if any(True for _ in _not_finite(value)):
            raise ValueError(
                f"column {name!r} has a number beyond the range of float64 (1.8e308); make it a "
                "string, or write JSONL with a command that leaves records as they are"
            )
    return _once(pairs)


HUGE = re.compile(rb"[0-9][eE]\+?[0-9]{3}|[0-9]{200}")
"""What every JSON number beyond the range of float64 has, and few others."""
_NAMES = json.JSONDecoder(object_pairs_hook=_once)
_FINITE = json.JSONDecoder(object_pairs_hook=_finite_once)
