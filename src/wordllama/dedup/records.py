"""Records of several text columns, compared by the mean similarity of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.vectors import Vectors, normalize

Record = dict[str, Any]


def listed(items: Any) -> Any:
    """The rows of a pandas, Polars or Arrow table, a tuple or a generator; other items as they are.

    >>> listed(row for row in [{"q": "a"}])
    [{'q': 'a'}]
    """
    if not hasattr(items, "columns"):
        return list(items) if isinstance(items, tuple | Iterator) else items
    names = list(items.schema.names if hasattr(items, "to_pylist") else items.columns)
    if twice := [name for n, name in enumerate(names) if name in names[:n]]:
        raise ValueError(f"two columns have the same name: {twice[0]!r}; rename one")
    if hasattr(items, "to_pylist"):
        return items.to_pylist()
    return items.to_dicts() if hasattr(items, "to_dicts") else items.to_dict("records")


def from_columns(columns: Mapping[str, Iterable[Any]]) -> list[Record]:
    """One dict a row from named columns of equal length, of any values.

    >>> from_columns({"q": ["a", "b"], "n": np.array([1, 2])})
    [{'q': 'a', 'n': 1}, {'q': 'b', 'n': 2}]
    """
    lists = {name: _values(column) for name, column in columns.items()}
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns must be of one length, not {lengths}")
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def _values(column: Any) -> list[Any]:
    if isinstance(column, str):
        return [column]
    for method in ("to_pylist", "to_list", "tolist"):
        if hasattr(column, method):
            return list(getattr(column, method)())
    return list(column)


def texts_of(records: Sequence[Record], names: Sequence[str] | None) -> dict[str, list[str]]:
    """The named columns of dict rows; without names, those that hold text in any row.

    Raises ValueError for a row whose column holds none: whichever row that is, the same columns
    are compared.

    >>> texts_of([{"q": "a", "n": 1}, {"q": "b", "n": 2}], None)
    {'q': ['a', 'b']}
    """
    known = list(dict.fromkeys(name for record in records for name in record))
    if names is None:
        names = [n for n in known if any(isinstance(record.get(n), str) for record in records)]
    elif missing := [name for name in names if name not in known]:
        raise ValueError(f"there is no column {missing[0]!r}, only {', '.join(map(str, known))}")
    if not names and records:
        raise ValueError("columns must name at least one column of text")
    for i, record in enumerate(records):
        for name in names:
            if not isinstance(record.get(name), str):
                raise ValueError(
                    f"record {i} must hold text in {name!r}, not {record.get(name)!r:.40}; "
                    "fill it, or name other columns"
                )
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
