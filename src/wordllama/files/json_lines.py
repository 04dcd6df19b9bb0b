"""Records as JSON objects, a line each."""

from __future__ import annotations

import base64
import codecs
import datetime
import json
import math
from collections.abc import Mapping
from typing import Any


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
    return str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value if not isinstance(value, float) or math.isfinite(value) else None
