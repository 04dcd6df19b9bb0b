"""Filters: which records meet a condition on their fields, in SQL that can't do anything else."""

from __future__ import annotations

import datetime
import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wordllama.index.comparing import LISTS, compared, instant
from wordllama.index.fields import RESERVED, plain_value
from wordllama.texts import valid_unicode

Where: TypeAlias = str | Mapping[str, Any]
"""SQL, such as "year >= :y"; or {field: value, list of values, or {operator: value}}."""
_FUNCTIONS = """
    abs casefold coalesce date datetime glob ifnull iif instant instr json_array_length
    json_contains json_extract json_type julianday length like lower ltrim max min nullif round
    rtrim sign strftime substr substring time trim typeof unicode unixepoch upper -> ->>
"""
FUNCTIONS = frozenset(_FUNCTIONS.split())
_QUOTED = re.compile(r"""('(?:[^']|'')*')|"((?:[^"]|"")*)\"""")
_PARAMETER = re.compile(r":(\w+)")
QUOTES = "a string has single quotes"
STEPS_A_RECORD = 2000
"""Of SQLite's machine: a condition that takes more is stopped."""


class Guard:
    """What SQLite asks about every statement of a connection: while a condition is read, it may
    look at the records' own columns and call harmless functions, and nothing else.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._guarding = False
        self._selects = 0
        self._denied = ""
        self._connection = connection
        connection.create_function("casefold", 1, _casefold, deterministic=True)
        connection.create_function("instant", 1, instant, deterministic=True)
        connection.create_function("json_contains", 2, _json_contains, deterministic=True)
        connection.set_authorizer(self._authorize)

    def _authorize(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if not self._guarding:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_SELECT:
            self._selects += 1
            if self._selects == 1:
                return sqlite3.SQLITE_OK
            self._denied = "another SELECT"
        elif action == sqlite3.SQLITE_READ and first == "records":
            return sqlite3.SQLITE_OK
        elif action == sqlite3.SQLITE_READ:
            self._denied = f"the table {first}"
        elif action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in FUNCTIONS:
            return sqlite3.SQLITE_OK
        else:
            self._denied = f"the function {second}" if second else "more than a condition"
        return sqlite3.SQLITE_DENY

    def rows(self, condition: str, values: Any, most_steps: int) -> NDArray[np.int64]:
        """The rows, rising, of the records that meet the condition.

        ValueError says what is wrong with it: SQL that is none, a field that there is not, a
        value that is missing, what it must not do, or that it takes too long.
        """
        # A schema that others changed is read now: else the condition would be read twice.
        self._connection.execute("SELECT 1 FROM records LIMIT 0")
        steps = iter(range(max(1, most_steps // 10_000)))
        self._connection.set_progress_handler(lambda: next(steps, None) is None, 10_000)
        self._guarding, self._selects, self._denied = True, 0, ""
        # The line's end closes a comment; the parentheses keep the condition one expression.
        sql = f"SELECT wl_row FROM records WHERE (\n{condition}\n)"
        try:
            found = self._connection.execute(sql, values).fetchall()
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            self._guarding = False
            raise ValueError(self._explained(error, condition, values)) from error
        finally:
            self._guarding = False
            self._connection.set_progress_handler(None, 0)
        rows = np.fromiter((row for (row,) in found), np.int64, len(found))
        rows.sort()
        return rows

    def _explained(self, error: Exception, condition: str, values: Any) -> str:
        shown = f"{condition!r:.1000}"
        if self._denied:
            return f"where may read a record's fields only, not {self._denied}: {shown}"
        if "interrupted" in str(error):
            return f"where takes too long: {shown}"
        _, unknown, name = str(error).partition("no such column: ")
        if unknown:
            held = self._connection.execute("SELECT * FROM records LIMIT 0").description
            fields = ", ".join(column for column, *_ in held if column != "wl_row")
            return f"where names {name}, but the fields are {fields}; {QUOTES}: {shown}"
        named = set(_PARAMETER.findall(_QUOTED.sub("", condition)))
        missing = sorted(named - set(values)) if isinstance(values, Mapping) else sorted(named)
        if missing and "bind" in str(error):
            return (
                f"where has :{missing[0]}, but where_args (--where-arg) no value for "
                f"{missing[0]!r}: {shown}"
            )
        return f"where can't be read as SQL ({error}): {shown}"


def _casefold(text: Any) -> Any:
    """A text without its letters' case, of all scripts; SQLite's `lower` knows A to Z."""
    return text.casefold() if isinstance(text, str) else text


def _json_contains(array: Any, value: Any) -> bool:
    """Whether a JSON list holds a string or a number.

    >>> _json_contains('["a", 2]', 2), _json_contains('["a", 2]', "2"), _json_contains(None, 2)
    (True, False, False)
    """
    listed = json.loads(array) if isinstance(array, str) and array.startswith("[") else []
    return value in listed


def as_sql(
    where: Where, arguments: Mapping[str, Any] | Sequence[Any] | None, fields: Mapping[str, str]
) -> tuple[str, Mapping[str, Any] | Sequence[Any]]:
    """The condition as SQL, and its values as SQLite takes them.

    >>> as_sql({"year": {">=": 2000}, "kind": "a"}, None, {"year": "integer", "kind": "text"})
    ('"year" >= ? AND "kind" IS ?', [2000, 'a'])
    """
    if isinstance(where, str):
        _check_quoted(where, fields)
        if isinstance(arguments, Mapping):
            return where, {name: _sql_value(value, name) for name, value in arguments.items()}
        if arguments is not None and not isinstance(arguments, list | tuple):
            raise TypeError(f"where_args must be a list or a dict, not {type(arguments).__name__}")
        return where, [_sql_value(value, place) for place, value in enumerate(arguments or ())]
    if not isinstance(where, Mapping):
        raise TypeError(f"where must be a str or a mapping, not {type(where).__name__}")
    if arguments is not None:
        raise ValueError("where_args belong to a where in SQL; a mapping has its values itself")
    parts: list[str] = []
    values: list[Any] = []
    for name, condition in where.items():
        kind = {"id": "id", "text": "text"}.get(name) or fields.get(name)
        if kind is None:
            raise ValueError(f"where names {name!r}, but the fields are {', '.join(fields)}")
        if not isinstance(condition, Mapping):
            several = isinstance(condition, LISTS)
            condition = {"in" if several else "=": condition}
        if not condition:
            raise ValueError(f"where has no condition for {name!r}; leave it out, or give one")
        for operator, value in condition.items():
            sql, bound = compared(name, kind, operator, value)
            parts.append(sql)
            values += bound
    return " AND ".join(parts) or "1", values


def _check_quoted(where: str, fields: Mapping[str, str]) -> None:
    """ValueError for "names" of no field, which SQLite would take for strings."""
    known = {name.casefold() for name in (*fields, *RESERVED)}
    for _, name in _QUOTED.findall(where):
        if name and name.replace('""', '"').casefold() not in known:
            raise ValueError(
                f'where names "{name}", but the fields are {", ".join(fields)}; {QUOTES}'
            )


def _sql_value(value: Any, name: object) -> Any:
    """A value of where_args as SQLite takes it: dates in ISO form, NumPy's numbers as Python's."""
    value = plain_value(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str):
        return valid_unicode(value)
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise ValueError(f"where_args has {name!r}: {value}, which does not fit into 64 bits")
    if value is None or isinstance(value, int | float | bytes):
        return value
    raise TypeError(
        f"where_args has {name!r}: {value!r:.60}, a {type(value).__name__}; give a str, number, "
        "bool, bytes, date, datetime or None"
    )
