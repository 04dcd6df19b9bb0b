"""Records of several text columns, compared by the mean similarity of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.texts import as_list
from wordllama.vectors import Vectors, normalize

Record = dict[str, Any]


def listed(items: Any) -> Any:
    """The rows of a pandas, Polars or Arrow table, a tuple or a generator; other items as they are.

    >>> listed(row for row in [{"q": "a"}])
    [{'q': 'a'}]
    """
    if hasattr(items, "columns"):
        if hasattr(items, "to_pylist"):
            return items.to_pylist()
        return items.to_dicts() if hasattr(items, "to_dicts") else items.to_dict("records")
    return list(items) if isinstance(items, tuple | Iterator) else items


def from_columns(columns: Mapping[str, Iterable[str]], names: Sequence[str] | None) -> list[Record]:
    """One dict a row from named columns of equal length.

    >>> from_columns({"q": ["a", "b"], "a": ["c", "d"]}, None)
    [{'q': 'a', 'a': 'c'}, {'q': 'b', 'a': 'd'}]
    """
    wanted = list(columns) if names is None else list(names)
    missing = [name for name in wanted if name not in columns]
    if missing:
        raise ValueError(f"there is no column {missing[0]!r}, only {', '.join(columns)}")
    lists = {name: as_list(columns[name], name) for name in wanted}
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns must be of one length, not {lengths}")
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def texts_of(records: Sequence[Record], names: Sequence[str] | None) -> dict[str, list[str]]:
    """The named columns of dict rows; without names, those that hold text in the first row.

    >>> texts_of([{"q": "a", "n": 1}, {"q": "b", "n": 2}], None)
    {'q': ['a', 'b']}
    """
    if names is None:
        first = records[0] if records else {}
        names = [name for name, value in first.items() if isinstance(value, str)]
    if not names and records:
        raise ValueError("columns must name at least one column of text")
    for i, record in enumerate(records):
        if not all(isinstance(record.get(name), str) for name in names):
            raise ValueError(f"record {i} must hold text in {', '.join(names)}, not {record!r}")
    return {name: [record[name] for record in records] for name in names}


def joined(columns: Sequence[NDArray[Any]]) -> Vectors:
    """One vector a record whose similarity is the mean of its columns' similarities.

    >>> joined([np.eye(2), np.eye(2)]).shape
    (2, 4)
    """
    if columns[0].dtype == np.uint64:
        return np.concatenate(columns, axis=1)
    share = np.float32(1 / np.sqrt(len(columns)))
    return np.concatenate([normalize(each) * share for each in columns], axis=1)
