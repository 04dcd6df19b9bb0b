"""Where whole numbers lie that a float does not hold: their columns can't become floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wordllama.extras import require
from wordllama.files.inferring import EXACT
from wordllama.files.widening import is_list

Place = tuple[str, ...]
"""The names that lead to values: a column, then fields of objects; items of lists have none."""


def large(batch: Any) -> Iterator[Place]:
    """The places of a RecordBatch that have whole numbers beyond 2^53.

    >>> import pyarrow as pa
    >>> list(large(pa.RecordBatch.from_pylist([{"id": 2**53 + 1, "n": 1, "m": [{"k": 2**60}]}])))
    [('id',), ('m', 'k')]
    """
    for field, column in zip(batch.schema, batch.columns, strict=True):
        yield from _large(column, (field.name,))


def _large(array: Any, place: Place) -> Iterator[Place]:
    pyarrow = require("pyarrow", extra="files")
    compute = require("pyarrow.compute", extra="files")
    kind = array.type
    if is_list(kind):
        yield from _large(array.flatten(), place)
    elif pyarrow.types.is_struct(kind):
        for n, field in enumerate(kind):
            yield from _large(array.field(n), (*place, field.name))
    elif pyarrow.types.is_integer(kind) and kind.bit_width == 64:
        least, most = compute.min_max(array).as_py().values()
        if least is not None and max(-least, most) > EXACT:
            yield place


def becomes_float(schema: Any, place: Place) -> bool:
    """Whether a schema has floats at a place."""
    pyarrow = require("pyarrow", extra="files")
    kind = schema.field(place[0]).type
    for name in (*place[1:], None):
        while is_list(kind):
            kind = kind.value_type
        if name is not None:
            kind = kind.field(name).type
    return bool(pyarrow.types.is_floating(kind))
