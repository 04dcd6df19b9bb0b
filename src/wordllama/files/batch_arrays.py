"""A batch of records as arrays of numbers and bytes, and back."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.extras import require
from wordllama.files.batch import Batch, Column, Dicts, Mixed, Rows
from wordllama.files.columnar import Table, strings


def pack(label: Any, batch: Batch) -> dict[str, NDArray[Any]]:
    """The batch, and a label (JSON values) for it, as arrays by name.

    Every kind of records stays as it is: values would lose their types if all became JSON.

    >>> arrays = pack([1, 2], Batch(["a"], Dicts([{"text": "a"}])))
    >>> label_of(arrays), unpack(arrays).records()
    ([1, 2], [{'text': 'a'}])
    """
    parts = batch.rows.parts if isinstance(batch.rows, Mixed) else (batch.rows,)
    about = {
        "label": label,
        "column": batch.column,
        "claims": dict(batch.claims),
        "added": list(batch.added),
        "arrow": [isinstance(rows, Table) for rows in parts],
        "lines": [isinstance(rows, Dicts) and rows.lines is not None for rows in parts],
        "order": list(batch.rows.order) if isinstance(batch.rows, Mixed) else None,
    }
    added = {f"column{n}": _column(column) for n, column in enumerate(batch.added.values())}
    packed = {f"rows{n}": _bytes(_packed_rows(rows)) for n, rows in enumerate(parts)}
    return {"about": _bytes(json.dumps(about).encode()), **packed, **added}


def _packed_rows(rows: Rows) -> bytes:
    return _arrow_bytes(rows) if isinstance(rows, Table) else b"\n".join(rows.json_lines())


def label_of(arrays: Mapping[str, NDArray[Any]]) -> Any:
    """The label that `pack` was given."""
    return json.loads(arrays["about"].tobytes())["label"]


def unpack(arrays: Mapping[str, NDArray[Any]]) -> Batch:
    """The batch that `pack` was given."""
    about = json.loads(arrays["about"].tobytes())
    added: dict[str, Column] = {}
    for n, name in enumerate(about["added"]):
        array = arrays[f"column{n}"]
        added[name] = json.loads(array.tobytes()) if array.dtype == np.uint8 else array
    parts: list[Rows] = []
    texts: list[str] = []
    for n, (arrow, lines) in enumerate(zip(about["arrow"], about["lines"], strict=True)):
        rows, its_texts = _unpacked_rows(
            arrays[f"rows{n}"].tobytes(), arrow, lines, about["column"]
        )
        parts.append(rows)
        texts += its_texts
    order = about["order"]
    rows = parts[0] if order is None else Mixed(tuple(parts), order)
    texts = texts if order is None else [texts[i] for i in order]
    return Batch(texts, rows, added, about["column"], about["claims"])


def _unpacked_rows(data: bytes, arrow: bool, lines: bool, column: str) -> tuple[Rows, list[str]]:
    if arrow:
        table = _arrow_rows(data)
        return table, strings(table.batch, column)
    written = data.split(b"\n") if data else []
    items = [json.loads(line) for line in written]
    return Dicts(items, written if lines else None), [item[column] for item in items]


def _bytes(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)


def _column(column: Column) -> NDArray[Any]:
    return column if isinstance(column, np.ndarray) else _bytes(json.dumps(column).encode())


def _arrow_bytes(rows: Rows) -> bytes:
    ipc = require("pyarrow.ipc", extra="files")
    batch = rows.arrow()
    sink = io.BytesIO()
    with ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return sink.getvalue()


def _arrow_rows(data: bytes) -> Table:
    ipc = require("pyarrow.ipc", extra="files")
    with ipc.open_stream(data) as stream:
        return Table(stream.read_next_batch())
