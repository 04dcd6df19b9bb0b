"""Records as JSON objects, a line each."""

from __future__ import annotations

import base64
import datetime
import json
import math
import re
from collections.abc import Mapping
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


def json_line(value: Any) -> bytes:
    """A record or value as JSON: times in ISO form, bytes in base64, NaN and infinity null.

    >>> json_line({"text": "é", "when": datetime.date(2026, 1, 2), "score": float("nan")}).decode()
    '{"text": "é", "when": "2026-01-02", "score": null}'
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=shown)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, default=shown)
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


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value if not isinstance(value, float) or math.isfinite(value) else None


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
        if _finite(value) != value:
            raise ValueError(
                f"column {name!r} has a number beyond the range of float64 (1.8e308); make it a "
                "string, or write JSONL with a command that leaves records as they are"
            )
    return _once(pairs)


HUGE = re.compile(rb"[0-9][eE]\+?[0-9]{3}|[0-9]{200}")
"""What every JSON number beyond the range of float64 has, and few others."""
_NAMES = json.JSONDecoder(object_pairs_hook=_once)
_FINITE = json.JSONDecoder(object_pairs_hook=_finite_once)
