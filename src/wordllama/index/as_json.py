"""Fields as JSON has them, and back: what a client sends becomes what the index holds."""

from __future__ import annotations

import base64
import binascii
import datetime
import math
from collections.abc import Mapping
from typing import Any


def to_json(value: Any) -> Any:
    """The value in JSON's kinds: dates in ISO form, bytes in base64, infinity by its name.

    >>> to_json({"day": datetime.date(2026, 1, 2), "data": b"ab", "most": float("inf")})
    {'day': '2026-01-02', 'data': 'YWI=', 'most': 'Infinity'}
    """
    if isinstance(value, Mapping):
        return {name: to_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(each) for each in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def from_json(
    text: str, id: str | int | None, fields: Mapping[str, Any], kinds: Mapping[str, str], where: str
) -> dict[str, Any]:
    """A record for `add`, whose strings are turned into what the index keeps under these names.

    ValueError names a field of dates or bytes that is given another string, or that can't be one.

    >>> from_json("a", 7, {"day": "2026-01-02"}, {"day": "date"}, "record 0")
    {'text': 'a', 'id': 7, 'day': datetime.date(2026, 1, 2)}
    """
    record: dict[str, Any] = {"text": text} if id is None else {"text": text, "id": id}
    for name, value in fields.items():
        if name in ("id", "text"):
            raise ValueError(f"{where}: a field can't be called {name!r}; rename it")
        record[name] = _of_kind(value, kinds.get(name), name, where)
    return record


def _of_kind(value: Any, kind: str | None, name: str, where: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        if kind == "date":
            return datetime.date.fromisoformat(value)
        if kind == "datetime":
            return datetime.datetime.fromisoformat(value)
        if kind == "blob":
            return base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error) as error:
        form = "base64" if kind == "blob" else "ISO form, such as 2026-01-02"
        message = f"{where}: field {name!r} is a {kind}, so give it in {form}, not as {value!r:.40}"
        raise ValueError(message) from error
    if kind == "real" and value in ("Infinity", "-Infinity"):
        return float(value)
    return value
