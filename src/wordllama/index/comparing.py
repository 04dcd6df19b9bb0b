"""How a field compares with a value that is given: in SQL, by the field's kind.

SQLite itself would turn a text into a number beside one, and find nothing.
"""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from wordllama.index.fields import plain_value, quoted
from wordllama.texts import valid_unicode

OPERATORS = {"=": "IS", "!=": "IS NOT", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
WITHIN = {"starts_with": "= 1", "contains": "> 0"}
"""Of texts, letter by letter: where the value may stand in the field. No patterns: a hostile one
of LIKE takes for ever.
"""
LISTS = (list, tuple, set, frozenset, np.ndarray)
"""What stands for one of several values."""
WANTED = {
    "id": "a str or int",
    "text": "a str",
    "integer": "a number",
    "real": "a number",
    "boolean": "True or False",
    "date": "a date, such as 2026-01-02 (in JSON: a str)",
    "datetime": "a datetime, such as 2026-01-02T03:04:05Z (in JSON: a str)",
    "blob": "bytes",
    "json": "None; to look into lists and dicts, use json_contains or json_extract in SQL",
}
"""What a field of each kind is compared with."""
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_DAY = datetime.timedelta(days=1)


def compared(name: str, kind: str, operator: str, value: Any) -> tuple[str, list[Any]]:
    """The comparison of a field as SQL, and its values. None is no value.

    ValueError or TypeError for an operator that there is not, and for what can't be compared.

    >>> compared("n", "integer", "in", [1, 2, None])
    ('("n" IN (?, ?) OR "n" IS NULL)', [1, 2])
    """
    if operator == "in" and isinstance(value, LISTS):
        return _among(name, kind, list(value))
    operator = "=" if operator == "in" else operator
    if operator in WITHIN and kind in ("id", "text", "null") and isinstance(value, str):
        sql = f"typeof({quoted(name)}) = 'text' AND instr({quoted(name)}, ?) {WITHIN[operator]}"
        return sql, [valid_unicode(value)]
    if operator in WITHIN:
        raise TypeError(
            f"where asks if {name!r} ({kind}) {operator} {value!r:.60}; a field of texts "
            "starts with or contains a str"
        )
    if operator not in OPERATORS:
        known = ", ".join([*OPERATORS, "in", *WITHIN])
        raise ValueError(f"where has the operator {operator!r}, expected one of {known}")
    given = _bound(name, kind, value)
    if given is None and operator not in ("=", "!="):
        raise ValueError(f"where compares {name!r} with None by {operator!r}; use = or !=")
    if kind == "datetime" and given is not None:
        return _by_instant(name, operator, given)
    return f"{quoted(name)} {OPERATORS[operator]} ?", [given]


def _among(name: str, kind: str, values: list[Any]) -> tuple[str, list[Any]]:
    bound = [_bound(name, kind, value) for value in values]
    some = [value for value in bound if value is not None]
    if kind == "datetime":
        parts = [_by_instant(name, "=", value) for value in some]
        alternatives, given = [sql for sql, _ in parts], [v for _, more in parts for v in more]
    else:
        alternatives = [f"{quoted(name)} IN ({', '.join('?' * len(some))})"]
        given = some
    if len(some) < len(bound):
        alternatives.append(f"{quoted(name)} IS NULL")
    joined = " OR ".join(alternatives) or "0"
    return (f"({joined})" if len(alternatives) > 1 else joined), given


def _bound(name: str, kind: str, value: Any) -> Any:
    """The value as SQLite compares it with a field of this kind; of a datetime, the datetime."""
    given = plain_value(value)
    if given is None:
        return None
    try:
        found = _of_kind(kind, given)
    except ValueError:
        found = None
    if found is None:
        large = isinstance(given, int) and not _fits(given)
        shown = "a whole number that 64 bits do not hold" if large else f"{given!r:.60}"
        raise TypeError(f"where compares {name!r} ({kind}) with {shown}; give {WANTED[kind]}")
    return found


def _of_kind(kind: str, value: Any) -> Any:
    """None for a value of another kind."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(value, str):
        if kind == "date":
            return datetime.date.fromisoformat(value).isoformat()
        if kind == "datetime":
            zone = "+00:00" if value.endswith(("Z", "z")) else ""
            return datetime.datetime.fromisoformat(value[: -1 if zone else None] + zone)
        return valid_unicode(value) if kind in ("id", "text", "null") else None
    if isinstance(value, datetime.datetime):
        return value if kind == "datetime" else None
    if isinstance(value, datetime.date):
        if kind == "datetime":
            return datetime.datetime(value.year, value.month, value.day)
        return value.isoformat() if kind == "date" else None
    if isinstance(value, int) and not _fits(value):
        return None
    fits = {
        "id": number and isinstance(value, int),
        "integer": number,
        "real": number,
        "boolean": isinstance(value, bool),
        "blob": isinstance(value, bytes),
        "null": number,
    }
    return value if fits.get(kind) else None


def _fits(number: int) -> bool:
    return -(1 << 63) <= number < 1 << 63


def instant(text: Any) -> int | None:
    """A date or datetime in ISO form as microseconds since 1970; without a time zone it is UTC.

    >>> instant("1970-01-01T00:00:01+00:00"), instant("1970-01-01T02:00:01.000001+02:00")
    (1000000, 1000001)
    """
    if not isinstance(text, str):
        return None
    try:
        return _microseconds(datetime.datetime.fromisoformat(text))
    except ValueError:
        return None


def _microseconds(when: datetime.datetime) -> int:
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.timezone.utc)
    return (when - _EPOCH) // datetime.timedelta(microseconds=1)


def _by_instant(name: str, operator: str, when: datetime.datetime) -> tuple[str, list[Any]]:
    """A comparison in time. The zone moves a date by a day at most: of all records but those of
    about this day, the texts of the dates tell, which is fast.
    """
    column, moment = quoted(name), _microseconds(when)
    plain_time = when.replace(tzinfo=None)
    low = "0" if plain_time - datetime.datetime.min < 3 * _DAY else _day(plain_time - 2 * _DAY)
    high = ":" if datetime.datetime.max - plain_time < 4 * _DAY else _day(plain_time + 3 * _DAY)
    near = f"{column} >= ? AND {column} < ?"
    exact = f"instant({column}) {'=' if operator == '!=' else operator} ?"
    if operator in ("=", "!="):
        truth = "IS" if operator == "=" else "IS NOT"
        return f"({near} AND {exact}) {truth} 1", [low, high, moment]
    if operator in ("<", "<="):
        return f"({column} < ? OR ({near} AND {exact}))", [low, low, high, moment]
    return f"({column} >= ? OR ({near} AND {exact}))", [high, low, high, moment]


def _day(when: datetime.datetime) -> str:
    return when.date().isoformat()
