"""What a record may hold beside its text, and how SQLite keeps it."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Mapping
from types import NoneType
from typing import Any

import numpy as np

from wordllama.texts import valid_unicode

KINDS: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "real",
    str: "text",
    bytes: "blob",
    datetime.datetime: "datetime",
    datetime.date: "date",
    list: "json",
    tuple: "json",
    dict: "json",
}
PLAIN = {bool, int, str, bytes, list, dict, NoneType}
"""Types of which no value stands for a missing one."""
COLUMN_TYPES = {"boolean": "NUMERIC", "integer": "NUMERIC", "real": "NUMERIC"}
COLUMN_TYPES |= {"blob": "BLOB", "null": "BLOB"}
"""Of other kinds: TEXT. NUMERIC changes no number's value, BLOB changes nothing: of a field that
has no value yet ("null") any kind may come."""
DEEPEST = 100
"""Lists and dicts may be so many in one another: SQLite reads a thousand, Python has a limit, too.
"""
_ESCAPE = re.compile(r"\\(.)")
RESERVED = ("wl_row", "id", "text")
MOST = 1900
"""Fields of an index: SQLite has tables of up to 2,000 columns."""


def plain(values: list[Any]) -> list[Any]:
    """Values of Python's own types; None for what stands for a missing one (NaN, NaT).

    What can't be one without a loss, as a time in nanoseconds, is left as it is.

    >>> plain([np.float32(1.5), float("nan"), np.datetime64("2026-01-02")])
    [1.5, None, datetime.date(2026, 1, 2)]
    """
    return values if set(map(type, values)) <= PLAIN else list(map(plain_value, values))


def plain_value(value: Any) -> Any:
    """One value, as `plain` gives it."""
    if isinstance(value, np.generic | np.ndarray):
        value = _of_numpy(value)
    if isinstance(value, float | datetime.datetime) and value != value:
        return None
    kind = type(value)
    if kind.__module__.startswith("pandas"):
        if str(value) in ("NaT", "<NA>"):
            return None
        if isinstance(value, datetime.datetime) and not value.nanosecond:  # type: ignore[attr-defined]
            return value.to_pydatetime()  # type: ignore[attr-defined]
    return value


def _of_numpy(value: Any) -> Any:
    kind = value.dtype.kind
    if kind in "mM" and not value.ndim:
        value = value[()]
        if np.isnat(value):
            return None
        item = value.item()  # a number of what `datetime` can't hold
        if kind == "M" and isinstance(item, int):
            short = value.astype("M8[us]")
            item = short.item() if short == value else value
        return item if isinstance(item, datetime.date) else value
    if kind == "V":
        return value
    if isinstance(value, np.ndarray):
        return list(value) if kind in "mM" else value.tolist()
    return value.item()


def kind_of(values: list[Any], known: str | None, name: str, first: int) -> str:
    """The kind of a field with these values, of records `first` and on, that was `known`.

    "null" while none has a value; TypeError or ValueError names the record that does not fit.
    """
    types = list(map(type, values))
    for each in sorted(set(types) - {NoneType}, key=types.index):
        place = types.index(each)
        where = f"record {first + place}"
        known = joined_kind(known, _kind_of_one(values[place], name, where), name, where)
    return known or "null"


def _kind_of_one(value: Any, name: str, where: str) -> str:
    for kind in type(value).__mro__:
        if kind in KINDS and not getattr(value, "nanosecond", 0):
            return KINDS[kind]
    raise TypeError(
        f"{where}: field {name!r} is a {type(value).__name__} ({value!r:.60}), which an index "
        f"can't keep; {_instead(value)}"
    )


def _instead(value: Any) -> str:
    """What to give in the place of a value that can't be kept."""
    if isinstance(value, np.datetime64 | datetime.datetime):
        return "round it to microseconds, from the year 1 to 9999"
    return "give a str, number, bool, bytes, date, datetime, list or dict"


def joined_kind(known: str | None, new: str, name: str, where: str) -> str:
    """The kind of a field that was `known` and is given `new`; ValueError if they do not fit.

    >>> joined_kind("integer", "real", "price", "record 7")
    'real'
    """
    if known in (None, "null", new):
        return new
    if {known, new} == {"integer", "real"}:
        return "real"
    raise ValueError(f"{where}: field {name!r} is {new}, but other records have {known} there")


def to_sql(values: list[Any], kind: str, name: str, first: int) -> list[Any]:
    """The values as SQLite keeps them."""
    if kind == "integer" and set(map(type, values)) <= {int, NoneType}:
        numbers = [value for value in values if value is not None]
        if not numbers or -(1 << 63) <= min(numbers) <= max(numbers) < 1 << 63:
            return values
    return [
        None if value is None else _to_sql(value, kind, name, f"record {place}")
        for place, value in enumerate(values, first)
    ]


def _to_sql(value: Any, kind: str, name: str, where: str) -> Any:
    if kind == "blob":
        return bytes(value)
    if kind == "text":
        return value if value.isascii() else valid_unicode(value)
    if kind == "json":
        try:
            return as_json(value)
        except (ValueError, TypeError) as error:
            raise type(error)(f"{where}: field {name!r} {error}") from error
    if kind in ("date", "datetime"):
        return str(value.isoformat())
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise ValueError(
            f"{where}: field {name!r} is {int(value)}, which does not fit into 64 bits; "
            "give a float or a str"
        )
    if kind == "real":
        return exact_float(value, name, where)
    return int(value)


def exact_float(value: float, name: str, where: str) -> float:
    """A whole number as a float; ValueError if that would be another number.

    >>> exact_float(3, "price", "record 7")
    3.0
    """
    if float(value) != value:
        raise ValueError(
            f"{where}: field {name!r} is {value}, which no float is, but other records have "
            "fractions there; give all as str, or this one as a float"
        )
    return float(value)


def as_json(value: Any, separators: tuple[str, str] | None = None) -> str:
    """A value as JSON, or a key as a path of SQLite's has it.

    ValueError or TypeError says what JSON can't hold ("holds ..."). A quote in a string is written
    as its number, as SQLite before 3.45 finds no key that has one.

    >>> print(as_json({'7" disc': "new"}))
    {"7\\u0022 disc": "new"}
    """
    text = json.dumps(_json(value, 0), ensure_ascii=False, separators=separators)
    if '\\"' not in text:
        return text
    return _ESCAPE.sub(lambda escape: r"\u0022" if escape[1] == '"' else escape[0], text)


def _json(value: Any, depth: int) -> Any:
    """The value in the types of JSON; NaN as None, as it has no such number."""
    value = plain_value(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return valid_unicode(value)
    if isinstance(value, int):
        if not -(1 << 63) <= value < 1 << 63:
            raise ValueError(f"holds {int(value)}, which does not fit into 64 bits; give a str")
        return int(value)
    if isinstance(value, float):
        if math.isinf(value):
            raise ValueError(f"holds {value}, which JSON has not; give a number or None")
        return float(value)
    if depth == DEEPEST:
        raise ValueError(f"holds more than {DEEPEST} lists or dicts in one another; give a str")
    if isinstance(value, list | tuple):
        return [_json(part, depth + 1) for part in value]
    if isinstance(value, dict):
        return {_key(key): _json(part, depth + 1) for key, part in value.items()}
    raise TypeError(
        f"holds a {type(value).__name__} ({value!r:.60}), which JSON has not; "
        + (
            "give it as a str: value.isoformat()"
            if hasattr(value, "isoformat")
            else "give a str, number, bool, None, list or dict"
        )
    )


def _key(key: Any) -> str:
    if not isinstance(key, str) or valid_unicode(key) != key:
        raise TypeError(f"holds a dict with the key {key!r:.60}; keys must be str, and UTF-8")
    return valid_unicode(key)


def from_sql(value: Any, kind: str) -> Any:
    """The value as it was given; tuples come back as lists."""
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    if kind == "real":
        return float(value)
    if kind == "json":
        return json.loads(value)
    if kind == "datetime":
        return datetime.datetime.fromisoformat(value)
    return datetime.date.fromisoformat(value) if kind == "date" else value


def check_names(names: Mapping[str, Any], known: Mapping[str, str], where: str) -> None:
    """ValueError for a name that SQLite or an index can't have as a field's."""
    if len(names.keys() | known.keys()) > max(MOST, len(known)):
        raise ValueError(
            f"{where}: an index has at most {MOST} fields; put them into one, as a dict"
        )
    folded = {name.casefold(): name for name in known}
    for name in names:
        if not isinstance(name, str) or not name or "\0" in name or valid_unicode(name) != name:
            raise ValueError(f"{where}: a field's name must be a str and not empty, not {name!r}")
        if name.casefold() in RESERVED:
            raise ValueError(f"{where}: a field can't be called {name!r}; rename it")
        if folded.setdefault(name.casefold(), name) != name:
            raise ValueError(
                f"{where}: fields {name!r} and {folded[name.casefold()]!r} differ only in case"
            )


def quoted(name: str) -> str:
    """The name as SQL has it.

    >>> print(quoted("the year"))
    "the year"
    """
    return '"' + name.replace('"', '""') + '"'
