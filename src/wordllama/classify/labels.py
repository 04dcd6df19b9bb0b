"""The labels of texts as an array, of whatever type they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def checked(labels: Iterable[Any], count: int) -> NDArray[Any]:
    """The labels; ValueError for one that is missing or empty, two types, or not `count`."""
    given = list(labels)
    for i, label in enumerate(given):
        if label is None or (isinstance(label, float | np.floating) and np.isnan(label)):
            raise ValueError(f"labels[{i}] is {label}: leave texts without a label out")
        if isinstance(label, str) and (not label or label.endswith("\0")):
            why = "ends with a zero character, which NumPy drops" if label else "is empty"
            raise ValueError(
                f"labels[{i}] ({label!r}) {why}: leave the text out, or rename the label"
            )
        if _kind(label) is not _kind(given[0]):
            raise ValueError(f"labels[{i}] is {label!r}, labels[0] {given[0]!r}: give one type")
    array = np.asarray(given)
    if array.shape != (count,):
        raise ValueError(f"labels has shape {array.shape}, expected ({count},)")
    return array


def _kind(label: Any) -> type:
    for kind in (str, bool | np.bool_):
        if isinstance(label, kind):
            return str if kind is str else bool
    return object
