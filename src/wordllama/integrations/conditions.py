"""Conditions on documents' metadata, as SQL for `where` of an index: of all frameworks' filters.

The metadata is one JSON object in the field `metadata`, so that a key may be called anything and
its values be of any type. Fields of an index that was not made by a framework count as metadata,
too. No value and no key becomes part of the SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from wordllama.index.fields import as_json, plain_value, quoted
from wordllama.texts import valid_unicode

METADATA = "metadata"
"""The field of an index that holds documents' metadata."""
OWN = ("haystack", "haystack_embedding", "llama_index")
"""Fields that hold what else the frameworks' documents have."""
NAMES = {"$eq": "=", "$ne": "!=", "$lt": "<", "$lte": "<=", "$gt": ">", "$gte": ">="}
NAMES |= {"$in": "in", "$nin": "not in", "==": "=", "nin": "not in"}
"""What frameworks call the operators."""
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=", "in", "not in")
NUMBERS = "('integer', 'real', 'true', 'false')"


@dataclass(frozen=True)
class Sql:
    """An expression, and the values of its question marks in order."""

    text: str
    values: tuple[Any, ...] = ()

    def __add__(self, other: Sql | str) -> Sql:
        other = Sql(other) if isinstance(other, str) else other
        return Sql(self.text + other.text, self.values + other.values)

    def __radd__(self, other: str) -> Sql:
        return Sql(other) + self


TRUE, FALSE = Sql("1"), Sql("0")


@dataclass(frozen=True)
class Operand:
    """A value of a record, and its type as SQLite's `json_type` names it."""

    value: Sql
    type: Sql


class Conditions:
    """Makes conditions for an index with these columns. Each is 1 or 0, never NULL.

    >>> condition = Conditions({"metadata": "json"}).compare("year", ">=", 2020)
    >>> condition.values
    ('$."year"', '$."year"', 2020)
    """

    def __init__(self, columns: Mapping[str, str]) -> None:
        self._columns = columns
        self._has_whole = columns.get(METADATA) == "json"

    def compare(self, key: str | tuple[str, ...], operator: str, value: Any) -> Sql:
        """How the value at a key of the metadata compares; a tuple of keys leads into objects.

        Numbers compare with numbers and strings with strings; a value of another type, or none,
        is unequal to all, and neither less nor greater. True and False are 1 and 0.
        """
        return compare(self.metadata(key), operator, value)

    def mapping(self, conditions: Mapping[Any, Any]) -> Sql:
        """All of {key: value, list of values, or {operator: value}}.

        "$and" and "$or" have a list of mappings, "$not" one.

        >>> made = Conditions({}).mapping({"$not": {"year": {">": 2000, "<": 2010}}})
        >>> made.values
        (2000, 2010)
        """
        parts = []
        for key, condition in conditions.items():
            if key in ("$and", "$or"):
                if not isinstance(condition, list | tuple):
                    raise TypeError(f"a filter with {key!r} needs a list, not {condition!r:.40}")
                join = all_of if key == "$and" else any_of
                parts.append(join([self.mapping(part) for part in condition]))
            elif key == "$not":
                parts.append(negated(self.mapping(condition)))
            elif isinstance(condition, Mapping):
                parts += [self.compare(key, name, value) for name, value in condition.items()]
            else:
                several = isinstance(condition, list | tuple | set | frozenset)
                parts.append(self.compare(key, "in" if several else "=", condition))
        return all_of(parts)

    def metadata(self, key: str | tuple[str, ...]) -> Operand:
        """The metadata's value at a key."""
        keys = key if isinstance(key, tuple) else (key,)
        if not keys or not all(isinstance(part, str) for part in keys):
            raise TypeError(f"a key of the metadata must be a str or a tuple of them, not {key!r}")
        name, whole = keys[0], self.field(METADATA, *keys)
        if name not in self._columns or name in OWN or (name == METADATA and self._has_whole):
            return whole
        own = self.field(*keys)
        # A record has its metadata in one of the two.
        return Operand(
            "coalesce(" + whole.value + ", " + own.value + ")",
            "coalesce(nullif(" + whole.type + ", 'null'), " + own.type + ")",
        )

    def field(self, name: str, *keys: str) -> Operand:
        """A field, or the record's id or text; in a field of JSON the value that keys lead to."""
        kind = "text" if name in ("id", "text") else self._columns.get(name)
        if kind is None or (keys and kind != "json"):
            return Operand(Sql("NULL"), Sql("'null'"))
        column = quoted(name)
        if kind != "json":
            # Without the plus, SQLite would take a string like "2025" for a number beside a date.
            return Operand(Sql(f"+{column}"), Sql(f"typeof({column})"))
        path = ("$" + "".join(f".{as_json(valid_unicode(key))}" for key in keys),)
        type = Sql(f"ifnull(json_type({column}, ?), 'null')", path)
        return Operand(Sql(f"json_extract({column}, ?)", path), type)


def compare(operand: Operand, operator: str, value: Any) -> Sql:
    """How a value of the records compares with a given one: see `Conditions.compare`."""
    operator = NAMES.get(operator, operator)
    if operator not in COMPARISONS:
        known = ", ".join([*COMPARISONS, *NAMES])
        raise ValueError(f"a filter has the operator {operator!r}, expected one of {known}")
    if operator in ("in", "not in"):
        if not isinstance(value, list | tuple | set | frozenset):
            raise TypeError(f"a filter with {operator!r} needs a list, not {value!r:.40}")
        found = any_of(_equal(operand, group) for group in _of_one_type(value))
    elif operator in ("=", "!="):
        found = any_of(_equal(operand, group) for group in _of_one_type([value]))
    else:
        return _ordered(operand, operator, value)
    return negated(found) if operator in ("not in", "!=") else found


def all_of(conditions: Iterable[Sql]) -> Sql:
    """Whether all of these are true."""
    return _joined(conditions, " AND ", TRUE)


def any_of(conditions: Iterable[Sql]) -> Sql:
    """Whether one of these is true."""
    return _joined(conditions, " OR ", FALSE)


def negated(condition: Sql) -> Sql:
    """Whether it is not true."""
    return "NOT (" + condition + ")"


def is_empty(operand: Operand) -> Sql:
    """Whether there is no value, or an empty string or list."""
    nothing: list[Any] = [None, "", []]
    return any_of(_equal(operand, [value]) for value in nothing)


def contains(operand: Operand, value: Any) -> Sql:
    """Whether a list holds a value, or a string another."""
    held = operand.type + " = 'array' AND json_contains(" + operand.value + Sql(", ?)", (value,))
    if not isinstance(value, str):
        return "(" + held + ")"
    return "(" + held + " OR " + says(operand, value) + ")"


def says(operand: Operand, text: str, *, any_case: bool = False) -> Sql:
    """Whether a string holds another."""
    if not isinstance(text, str):
        raise TypeError(f"a filter looks for a text, which must be a str, not {text!r:.40}")
    value = "casefold(" + operand.value + ")" if any_case else operand.value
    sought = text.casefold() if any_case else text
    return "(" + operand.type + " = 'text' AND instr(" + value + Sql(", ?) > 0)", (sought,))


def at_instant(operand: Operand, operator: str, when: str) -> Sql:
    """How a date with or without a time compares, as a moment in UTC, exact to a millisecond.

    operator: = < <= > or >=. A string that is no date is never true.
    """
    moment = "julianday(" + operand.value + Sql(f") {operator} julianday(?)", (when,))
    return "(" + operand.type + " = 'text' AND ifnull(" + moment + ", 0))"


def _equal(operand: Operand, values: list[Any]) -> Sql:
    """Whether it is one of these, which are of one type."""
    if values[0] is None:
        return operand.type + " = 'null'"
    kinds = f" IN {NUMBERS}"
    if isinstance(values[0], str):
        kinds = " = 'text'"
    elif isinstance(values[0], list | tuple):
        kinds = " = 'array'"
        values = [as_json(value, separators=(",", ":")) for value in values]
    marks = Sql(f" IN ({', '.join('?' * len(values))}))", tuple(values))
    return "(" + operand.type + kinds + " AND " + operand.value + marks


def _ordered(operand: Operand, operator: str, value: Any) -> Sql:
    ((value,),) = _of_one_type([value])
    if value is None:
        return FALSE
    if isinstance(value, list | tuple):
        raise TypeError(f"a filter with {operator!r} needs a number or a str, not {value!r:.40}")
    kinds = " = 'text'" if isinstance(value, str) else f" IN {NUMBERS}"
    compared = Sql(f" {operator} ?)", (value,))
    return "(" + operand.type + kinds + " AND " + operand.value + compared


def _of_one_type(values: Iterable[Any]) -> list[list[Any]]:
    """The values in groups of strings, numbers, None and lists; TypeError for all others."""
    groups: dict[type, list[Any]] = {}
    for value in values:
        value = plain_value(value)
        value = value.isoformat() if isinstance(value, date) else value
        value = valid_unicode(value) if isinstance(value, str) else value
        kinds = [kind for kind in (str, int, float, list, tuple) if isinstance(value, kind)]
        if value is not None and not kinds:
            raise TypeError(
                f"a filter compares with a str, number, bool, None or list, not {value!r:.40}"
            )
        kind = kinds[0] if kinds else type(None)
        group = {int: float, tuple: list}.get(kind, kind)
        groups.setdefault(group, []).append(value)
    return list(groups.values())


def _joined(conditions: Iterable[Sql], word: str, nothing: Sql) -> Sql:
    """In pairs of pairs: SQLite takes no chain of more than a thousand."""
    parts = list(conditions)
    while len(parts) > 1:
        odd = parts[len(parts) // 2 * 2 :]
        pairs = zip(parts[::2], parts[1::2], strict=False)
        parts = ["(" + left + word + right + ")" for left, right in pairs] + odd
    return parts[0] if parts else nothing
