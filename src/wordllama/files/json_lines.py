"""Records as JSON objects, a line each."""

from __future__ import annotations

import base64
import codecs
import datetime
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def _replaced(error: Any) -> tuple[bytes, int]:
    return b"\xef\xbf\xbd" * (error.end - error.start), error.end


codecs.register_error("wordllama.replaced", _replaced)
UTF8: Any = {"encoding": "utf-8", "errors": "wordllama.replaced"}
"""How text becomes bytes: what UTF-8 cannot hold (a lone surrogate) becomes U+FFFD."""


def json_line(value: Any) -> bytes:
    """A record or value as JSON: times in ISO form, bytes in base64, NaN and infinity null.

    >>> json_line({"text": "é", "when": datetime.date(2026, 1, 2), "score": float("nan")}).decode()
    '{"text": "é", "when": "2026-01-02", "score": null}'
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=shown)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, default=shown)
    return text.encode(**UTF8)


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


def check_names(line: bytes) -> None:
    """Raise ValueError if an object in the JSON has two values of one name.

    >>> check_names(b'{"a": 1, "b": {"a": 2}}')
    >>> check_names(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    ValueError: two columns have the same name: 'a' in {"a": 2}; only JSONL holds both
    """
    _NAMES.decode(line.decode())


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


_NAMES = json.JSONDecoder(object_pairs_hook=_once)
