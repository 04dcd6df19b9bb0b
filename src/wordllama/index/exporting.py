"""All records of an index with their vectors, as a stream of Arrow batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.extras import require
from wordllama.index.blocks import Block
from wordllama.index.errors import explained
from wordllama.index.fields import quoted
from wordllama.index.store import Store

_ARROW = {"text": "string", "integer": "int64", "real": "float64", "boolean": "bool_"}
_ARROW |= {"date": "date32", "blob": "binary", "json": "string", "null": "null"}
"""Kind of a field -> pyarrow's type, but for datetimes."""


def to_arrow(snapshot: Callable[[], Store], vector: str) -> Any:
    """A pyarrow.RecordBatchReader of id, text, the fields, and the vectors in column `vector`.

    The connection of the store that `snapshot` makes is closed when all is read.
    """
    pa = require("pyarrow", extra="files")
    store = snapshot()
    try:
        return _reader(pa, store, vector)
    except BaseException:
        store.connection.close()
        raise


def _reader(pa: Any, store: Store, vector: str) -> Any:
    kinds = store.fields()
    if vector in ("id", "text", *kinds):
        raise ValueError(f"vector is {vector!r}, but that is another column's name; give a new one")
    layout = store.layout
    element, width = (pa.uint8(), layout.dim // 8) if layout.binary else (pa.float32(), layout.dim)
    types = {name: _type_of(pa, store, name, kind) for name, kind in kinds.items()}
    schema = pa.schema(
        {"id": _type_of_ids(pa, store), "text": pa.string(), **types}
        | {vector: pa.list_(element, width)}
    )

    def batches() -> Iterator[Any]:
        with closing(store.connection), explained(store.name):
            for block in store.blocks.after(-1):
                held = store.records(block.rows.tolist())
                places = np.flatnonzero(np.isin(block.rows, list(held)))
                if not len(places):
                    continue
                records = [held[row] for row in block.rows[places].tolist()]
                columns = {"id": [record[0] for record in records]}
                columns["text"] = [record[1] for record in records]
                columns |= {name: [record[2][name] for record in records] for name in kinds}
                flat = pa.array(_unit_vectors(block, places).ravel(), element)
                arrays = [_array(pa, schema.field(name).type, columns[name]) for name in columns]
                arrays.append(pa.FixedSizeListArray.from_arrays(flat, width))
                yield pa.record_batch(arrays, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _unit_vectors(block: Block, places: NDArray[np.int64]) -> NDArray[Any]:
    """float32 vectors of unit length; of a binary model the bits, eight to a byte."""
    if block.scales is None:
        return block.vectors[places].view(np.uint8)
    return block.vectors[places].astype(np.float32) * block.scales[places, None]


def _array(pa: Any, type: Any, values: list[Any]) -> Any:
    if pa.types.is_string(type):
        values = [value if value is None else _string(value) for value in values]
    return pa.array(values, type)


def _string(value: Any) -> str:
    """A string as it is, ids and dates as they are written, lists and dicts as JSON."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _type_of_ids(pa: Any, store: Store) -> Any:
    kinds = store.connection.execute("SELECT DISTINCT typeof(id) FROM records").fetchall()
    return pa.int64() if kinds == [("integer",)] else pa.string()


def _type_of(pa: Any, store: Store, name: str, kind: str) -> Any:
    if kind != "datetime":
        return getattr(pa, _ARROW[kind])()
    zoned = f"substr({quoted(name)}, 20) GLOB '*[-+]*'"  # after the seconds
    counts = f"SELECT total({zoned}), count({quoted(name)}) FROM records"
    zones, values = store.connection.execute(counts).fetchone()
    if zones in (0, values):
        return pa.timestamp("us", "UTC" if zones else None)
    return pa.string()
