"""Haystack's filters as conditions on the records of an index."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any

from wordllama.integrations.conditions import (
    Conditions,
    Operand,
    Sql,
    all_of,
    any_of,
    at_instant,
    compare,
    negated,
)
from wordllama.integrations.libraries import library

FilterError = library("haystack.errors", "haystack-ai", extra="haystack").FilterError
OPERATORS = {"==": "=", "!=": "!=", "in": "in", "not in": "not in"}
ORDERS = ("<", "<=", ">", ">=")
COLUMNS = {"id": "id", "content": "text"}
OTHERS = ("blob", "score", "embedding", "sparse_embedding")


def condition_of(filters: Any, columns: Mapping[str, str]) -> Sql:
    """The filter for an index with these columns; FilterError says what is wrong with it.

    As Haystack does, strings that are dates in ISO's form are compared as moments (here to a
    millisecond, and in UTC without a zone), and others have no order.

    >>> filters = {"field": "meta.a.b", "operator": ">", "value": 1}
    >>> condition_of(filters, {"metadata": "json"}).values
    ('$."a"."b"', '$."a"."b"', 1)
    """
    if not isinstance(filters, Mapping):
        raise FilterError(f"a filter must be a dict, not {filters!r:.60}")
    if "field" in filters:
        return _comparison(filters, Conditions(columns))
    operator, parts = _part(filters, "operator"), _part(filters, "conditions")
    if operator not in ("AND", "OR", "NOT"):
        raise FilterError(f"operator must be AND, OR or NOT, not {operator!r}")
    if not isinstance(parts, list | tuple):
        raise FilterError(f"conditions must be a list, not {parts!r:.60}")
    conditions = [condition_of(part, columns) for part in parts]
    if operator == "OR":
        return any_of(conditions)
    return negated(all_of(conditions)) if operator == "NOT" else all_of(conditions)


def _part(filters: Mapping[str, Any], name: str) -> Any:
    if name not in filters:
        raise FilterError(f"{name!r} is missing in the filter {dict(filters)!r:.200}")
    return filters[name]


def _comparison(filters: Mapping[str, Any], conditions: Conditions) -> Sql:
    operator, value = _part(filters, "operator"), _part(filters, "value")
    operand = _operand(filters["field"], conditions)
    try:
        if operator in ("in", "not in"):
            if not isinstance(value, list):
                raise FilterError(f"{operator!r} needs a list, not {value!r:.40}")
            found = any_of([compare(operand, "in", value), *(_same(operand, one) for one in value)])
            return negated(found) if operator == "not in" else found
        if operator in ("==", "!="):
            found = any_of([compare(operand, "=", value), _same(operand, value)])
            return negated(found) if operator == "!=" else found
        if operator in ORDERS:
            if isinstance(value, str | date):
                return at_instant(operand, operator, _moment(value))
            return compare(operand, operator, value)
    except TypeError as error:
        raise FilterError(str(error)) from error
    known = ", ".join([*OPERATORS, *ORDERS])
    raise FilterError(f"operator must be one of {known}, not {operator!r}")


def _operand(field: Any, conditions: Conditions) -> Operand:
    if not isinstance(field, str):
        raise FilterError(f"field must be a str, not {field!r:.60}")
    root, *keys = field.split(".")
    if root == "meta" and keys:
        return conditions.metadata(tuple(keys))
    if field in COLUMNS:
        return conditions.field(COLUMNS[field])
    if keys or field in OTHERS:
        raise FilterError(f"field must be id, content or meta.NAME, not {field!r}")
    return conditions.metadata(field)


def _same(operand: Operand, value: Any) -> Sql:
    """Whether it is another spelling of the same moment."""
    try:
        whole = isinstance(value, date) or (isinstance(value, str) and len(value) >= 10)
        return at_instant(operand, "=", _moment(value)) if whole else Sql("0")
    except FilterError:
        return Sql("0")


def _moment(value: str | date) -> str:
    """The date in UTC; FilterError for a string that is none."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError as error:
            raise FilterError(
                f"strings have no order unless they are dates in ISO's form, not {value!r:.60}"
            ) from error
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    return value.isoformat()
