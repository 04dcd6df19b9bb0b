"""A column of vectors out of a batch, as an array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from wordllama.extras import require
from wordllama.files.batch import Batch
from wordllama.files.columnar import Table


def vectors_in(batch: Batch, name: str, dtype: DTypeLike) -> NDArray[Any]:
    """The lists of numbers in the column `name`: (n, width), float32 or uint64 as `dtype` says.

    Raises ValueError where there is no such column, or one of its records has no vector of such
    numbers, as long as the others.

    >>> from wordllama.files.batch import Dicts
    >>> vectors_in(Batch(["a"], Dicts([{"text": "a", "v": [1, 0.5]}])), "v", np.float32).tolist()
    [[1.0, 0.5]]
    """
    names = batch.rows.names()
    if name not in names:
        raise ValueError(f"there is no column {name!r} with vectors, only {', '.join(names)}")
    array = _from_arrow(batch.rows, name) if isinstance(batch.rows, Table) else None
    if array is None:
        array = _from_lists([item.get(name) for item in batch.rows.records()], name, dtype)
    if (array.dtype.kind == "f") != (np.dtype(dtype).kind == "f"):
        kinds = ("dense", "binary") if array.dtype.kind == "f" else ("binary", "dense")
        raise ValueError(f"column {name!r} holds {kinds[0]} vectors, not {kinds[1]} ones")
    with np.errstate(over="ignore"):
        array = array.astype(dtype, copy=False)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"column {name!r}: a vector holds NaN or infinity")
    return array


def _from_arrow(rows: Table, name: str) -> NDArray[Any] | None:
    """Without a Python object for each number, where all lists have one length."""
    types = require("pyarrow.types", extra="files")
    column = rows.batch.column(name)
    kind = column.type
    if column.null_count or not len(column):
        return None
    if types.is_list(kind) or types.is_large_list(kind):
        lengths = column.value_lengths().to_numpy(zero_copy_only=False)
        if (lengths != lengths[0]).any() or not lengths[0]:
            return None
    elif not types.is_fixed_size_list(kind):
        return None
    values = column.flatten()
    if values.null_count or not (types.is_floating(values.type) or types.is_uint64(values.type)):
        return None
    flat: NDArray[Any] = values.to_numpy(zero_copy_only=False)
    return flat.reshape(len(column), -1)


def _from_lists(lists: list[Any], name: str, dtype: DTypeLike) -> NDArray[Any]:
    numbers = (int, float) if np.dtype(dtype).kind == "f" else int
    for place, each in enumerate(lists, 1):
        if not isinstance(each, list) or not each or len(each) != len(lists[0]):
            shown = f"a list of {len(each)}" if isinstance(each, list) else f"{each!r:.40}"
        elif not all(isinstance(value, numbers) for value in each):
            shown = f"{next(value for value in each if not isinstance(value, numbers))!r:.40}"
        else:
            continue
        kind = "numbers" if np.dtype(dtype).kind == "f" else "whole numbers, as of binary vectors"
        raise ValueError(
            f"column {name!r} must hold lists of as many {kind} in each record; "
            f"one ({place} of {len(lists)} read together) holds {shown}"
        )
    try:
        return np.array(lists, dtype)
    except OverflowError as error:
        raise ValueError(f"column {name!r}: {error}") from error
