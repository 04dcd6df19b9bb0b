"""What methods take, and the checks at their door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wordllama.texts import Texts

Items: TypeAlias = Texts | NDArray[Any]
"""Texts, or the vectors that stand for them."""
Records: TypeAlias = Items | Iterable[Mapping[str, Any]] | Mapping[str, Iterable[str]]
"""Items, or dicts, or named columns (a data frame too), with one or several texts each."""


def at_least(least: int, **given: Any) -> None:
    """TypeError unless all are whole numbers, ValueError unless all are `least` or more.

    >>> at_least(1, k=3, batch_size=0)
    Traceback (most recent call last):
    ...
    ValueError: batch_size must be at least 1, not 0
    >>> at_least(1, k="3")
    Traceback (most recent call last):
    ...
    TypeError: k must be a whole number, not str ('3')
    """
    whole(**given)
    for name, value in given.items():
        if value < least:
            raise ValueError(f"{name} must be at least {least}, not {value}")


def whole(**given: Any) -> None:
    """TypeError unless all are whole numbers.

    >>> whole(size=1.0)
    Traceback (most recent call last):
    ...
    TypeError: size must be a whole number, not float (1.0)
    """
    for name, value in given.items():
        # The exact type first: asking an abstract class costs as much as embedding a short text.
        if type(value) is not int and not isinstance(value, Integral):
            raise TypeError(f"{name} must be a whole number, not {_kind(value)}")


def check_threshold(threshold: object) -> None:
    """TypeError or ValueError unless the threshold is a similarity.

    >>> check_threshold(2)
    Traceback (most recent call last):
    ...
    ValueError: threshold must be between -1 and 1, not 2
    """
    if not isinstance(threshold, Real):
        raise TypeError(f"threshold must be a number, not {_kind(threshold)}")
    if not -1 <= float(threshold) <= 1:
        raise ValueError(f"threshold must be between -1 and 1, not {threshold}")


def one_text(text: str, name: str) -> str:
    """The text; TypeError if it is not one.

    >>> one_text(3, "query")
    Traceback (most recent call last):
    ...
    TypeError: query must be a str, not int
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}")
    return text


def is_one(query: Items) -> bool:
    """Whether this is one query: a text, or one vector.

    >>> is_one("a"), is_one(["a"]), is_one(np.ones(3)), is_one(np.ones((1, 3)))
    (True, False, True, False)
    """
    return isinstance(query, str) or (are_vectors(query) and np.ndim(query) == 1)  # type: ignore[arg-type]


def are_vectors(items: Any) -> bool:
    """Whether this is an array of numbers, not of texts.

    >>> are_vectors(np.ones(2)), are_vectors(np.array(["a"]))
    (True, False)
    """
    return isinstance(items, np.ndarray) and (items.dtype.kind in "fu" or items.dtype == np.int8)


def _kind(value: object) -> str:
    return f"{type(value).__name__} ({value!r:.40})"
