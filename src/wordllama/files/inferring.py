"""Arrow arrays of Python values, of a type inferred from all of them with no value changed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from wordllama.extras import require
from wordllama.files.json_lines import utf8
from wordllama.files.widening import ConflictError, wider

KINDS: dict[type, str] = {
    str: "texts",
    bool: "truth values",
    int: "numbers",
    float: "numbers",
    list: "lists",
    dict: "objects",
}
EXACT = 1 << 53
"""Up to here float64 holds every whole number."""


def array_of(cells: Sequence[Any], name: str) -> Any:
    """A pyarrow array of the values of the column `name`; ValueError if no type holds them all.

    pyarrow's own inference takes `[1.5, True]` for floats and a date beside a time for dates.

    >>> array_of([{"a": 1}, {"a": 2.5, "b": [None]}, {}], "meta").to_pylist()
    [{'a': 1.0, 'b': None}, {'a': 2.5, 'b': [None]}, {'a': None, 'b': None}]
    >>> array_of([1, "x"], "n")
    Traceback (most recent call last):
    ...
    ValueError: column 'n' has values of several types: numbers and texts; write JSONL
    """
    pyarrow = require("pyarrow", extra="files")
    try:
        utf8(name, "the name of a column")
        return pyarrow.array(cells, type=_type_of(cells))
    except UnicodeEncodeError as error:
        utf8(error.object, f"column {name!r}")
        raise
    except ConflictError as error:
        raise ValueError(
            f"column {name!r} has values of several types: {error}; write JSONL"
        ) from error
    except (pyarrow.ArrowException, OverflowError) as error:
        raise ValueError(f"column {name!r} does not go into Arrow: {error}; write JSONL") from error


def _type_of(cells: Sequence[Any]) -> Any:
    pyarrow = require("pyarrow", extra="files")
    kinds = set(map(type, cells)) - {type(None)}
    if not kinds:
        return pyarrow.null()
    if kinds == {str}:
        return pyarrow.string()
    if kinds == {bool}:
        return pyarrow.bool_()
    if kinds == {int}:
        return _whole(cells)
    if kinds == {float}:
        return pyarrow.float64()
    if kinds == {int, float}:
        if any(type(cell) is int and abs(cell) > EXACT for cell in cells):
            raise ConflictError("fractions and whole numbers beyond 2^53")
        return pyarrow.float64()
    if kinds == {list}:
        return pyarrow.list_(_type_of([item for cell in cells if cell for item in cell]))
    if kinds == {dict}:
        return _struct([cell for cell in cells if cell is not None])
    if len(kinds) > 1 and kinds & KINDS.keys():
        shown = sorted({KINDS.get(kind, kind.__name__) for kind in kinds})
        raise ConflictError(" and ".join(shown))
    return reduce(wider, (pyarrow.array([cell]).type for cell in cells))


def _whole(cells: Sequence[Any]) -> Any:
    pyarrow = require("pyarrow", extra="files")
    least = min(cell for cell in cells if cell is not None)
    most = max(cell for cell in cells if cell is not None)
    if least >= -(1 << 63) and most < 1 << 63:
        return pyarrow.int64()
    if least >= 0 and most < 1 << 64:
        return pyarrow.uint64()
    raise OverflowError("whole numbers beyond 64 bits")


def _struct(items: Sequence[dict[str, Any]]) -> Any:
    pyarrow = require("pyarrow", extra="files")
    names = dict.fromkeys(name for item in items for name in item)
    return pyarrow.struct([(name, _type_of([item.get(name) for item in items])) for name in names])
