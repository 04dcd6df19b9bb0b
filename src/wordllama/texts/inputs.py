"""Texts in: from a string, sequence, generator, or NumPy, pandas, Polars or Arrow column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from itertools import islice
from numbers import Real
from typing import Any, TypeAlias

import numpy as np

Texts: TypeAlias = str | Iterable[str]
"""One text, or any iterable or column of them."""

CHARACTERS = 1 << 22
"""A generator's texts are taken in batches of about so many characters at most."""


def as_list(texts: Texts, name: str = "texts") -> list[str]:
    """All texts as one list of `str`; a single string counts as a list of one.

    Raises TypeError naming the index and type of the first item that is not a string.

    >>> as_list("one")
    ['one']
    >>> as_list(t for t in ("a", "b"))
    ['a', 'b']
    >>> as_list(["a", None])
    Traceback (most recent call last):
    ...
    TypeError: texts[1] must be a str, not NoneType (None); drop or fill what is missing
    """
    return [text for batch in batches(texts, 1 << 62, name) for text in batch]


def batches(texts: Texts, size: int, name: str = "texts") -> Iterator[list[str]]:
    """The texts in lists of at most `size`, made as they are asked for.

    >>> [len(b) for b in batches(("text" for _ in range(5)), 2)]
    [2, 2, 1]
    """
    done = 0
    for batch in _slices(texts, size, name):
        _check(batch, name, done)
        done += len(batch)
        yield batch


ARROW_STRINGS = ("string", "large_string", "string_view", "String")
"""Names of the types that Arrow's libraries and Polars give to columns of strings."""


def columns(texts: Texts, size: int, name: str = "texts") -> Iterator[Any]:
    """As `batches`, but slices of Arrow and Polars columns stay as they are, for the kernel.

    >>> [batch for batch in columns(["a", "b"], 1)]
    [['a'], ['b']]
    """
    if not _is_arrow(texts):
        yield from batches(texts, size, name)
        return
    column: Any = texts
    for start in range(0, len(column), size):
        yield column.slice(start, min(size, len(column) - start))


def _is_arrow(texts: Any) -> bool:
    """Whether it is a column of strings, none of them null, in Arrow's form."""
    kind = str(getattr(texts, "type", getattr(texts, "dtype", "")))
    exports = hasattr(texts, "__arrow_c_array__") or hasattr(texts, "__arrow_c_stream__")
    if kind not in ARROW_STRINGS or not exports or not hasattr(texts, "slice"):
        return False
    nulls = texts.null_count
    return not (nulls() if callable(nulls) else nulls)


def count(texts: Texts) -> int | None:
    """How many texts there are, or None where only reading them would tell.

    >>> count("one"), count(["a", "b"]), count(iter(["a"]))
    (1, 2, None)
    """
    if isinstance(texts, str):
        return 1
    if isinstance(texts, np.ndarray) and not texts.ndim:  # it has a length that raises
        return None
    return len(texts) if isinstance(texts, Sized) else None


def valid_unicode(text: str) -> str:
    """The text as UTF-16 would read it: surrogate pairs join, a lone surrogate becomes U+FFFD.

    Python strings may hold surrogates, UTF-8 may not; `json.loads` of damaged data makes them.

    >>> valid_unicode("a\\ud800b"), valid_unicode("\\ud83d\\ude00")
    ('a\ufffdb', '\U0001f600')
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def gathered(items: Any) -> Any:
    """What is read only when it is asked for: a lazy frame or a reader of Arrow's batches as a
    table, a data set of Hugging Face's as a list of dicts; anything else as it is.

    >>> gathered(["a"])
    ['a']
    """
    kind = type(items)
    if hasattr(kind, "columns"):
        return items.collect() if hasattr(kind, "collect") else items
    if hasattr(kind, "read_all"):
        return items.read_all()
    return list(items) if hasattr(kind, "column_names") else items


def _slices(texts: Any, size: int, name: str) -> Iterator[list[Any]]:
    if isinstance(texts, str):
        yield [texts]
    elif hasattr(type(texts), "columns") or hasattr(type(texts), "column_names"):
        lazy = hasattr(texts, "collect")
        instead = "a column of its collect()" if lazy else "one of its columns"
        raise TypeError(f"{name} must be texts, not a {_kind(texts)}; give {instead}")
    elif isinstance(texts, bytes | bytearray | memoryview | Mapping) or not hasattr(
        texts, "__iter__"
    ):
        raise TypeError(f"{name} must be a str or an iterable of str, not {_kind(texts)}")
    elif hasattr(texts, "slice") and hasattr(texts, "__len__"):  # an Arrow or Polars column
        to_list = "to_pylist" if hasattr(texts, "to_pylist") else "to_list"
        for start in range(0, len(texts), size):
            yield getattr(texts.slice(start, min(size, len(texts) - start)), to_list)()
    elif isinstance(texts, np.ndarray) or hasattr(texts, "to_numpy"):
        column = np.asarray(texts)
        if column.ndim != 1:
            integers = column.ndim == 2 and column.dtype.kind == "i"
            then = f"; vectors must be floats or int8, not {column.dtype}" if integers else ""
            raise TypeError(f"{name} must be one-dimensional, not of shape {column.shape}{then}")
        for start in range(0, len(column), size):
            yield column[start : start + size].tolist()
    elif isinstance(texts, list | tuple):
        for start in range(0, len(texts), size):
            yield list(texts[start : start + size])
    else:
        items = iter(texts)
        while batch := _next(items, size):
            yield batch


def _next(items: Iterator[Any], size: int) -> list[Any]:
    """So many of the items, or fewer if they are long: nobody else holds them."""
    batch: list[Any] = []
    room = CHARACTERS
    while room > 0 and (more := list(islice(items, min(16, size - len(batch))))):
        batch += more
        room -= sum(len(item) for item in more if isinstance(item, str))
    return batch


def _check(batch: list[Any], name: str, done: int) -> None:
    if set(map(type, batch)) <= {str}:
        return
    for i, item in enumerate(batch):
        if not isinstance(item, str):
            place = f"{name}[{done + i}]"
            if _is_vector(item):
                raise TypeError(
                    f"{place} is a {_kind(item)} of numbers: pass vectors as a 2-D NumPy array, "
                    "such as np.stack(column), to methods that take them"
                )
            then = "; drop or fill what is missing" if _is_missing(item) else ""
            raise TypeError(f"{place} must be a str, not {_kind(item)} ({item!r:.40}){then}")


def _is_vector(item: Any) -> bool:
    if isinstance(item, list | tuple):
        return len(item) > 0 and isinstance(item[0], Real)
    if not hasattr(item, "__array__"):
        return False
    array = np.asarray(item)
    return array.ndim == 1 and array.dtype.kind in "fiu"


def _is_missing(item: object) -> bool:
    """Whether it is None, NaN, or one of pandas' own."""
    return _kind(item) in ("NoneType", "NAType", "NaTType") or (
        isinstance(item, float) and item != item
    )


def _kind(item: object) -> str:
    return type(item).__name__
