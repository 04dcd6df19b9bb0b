"""What `add` is given, in whatever form, as batches of records with an id, a text and fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np

from wordllama.index import fields
from wordllama.index.blocks import ROWS
from wordllama.index.store import Id
from wordllama.texts import batches, valid_unicode

CHARACTERS = 1 << 22
"""A batch is cut short when its texts have so many characters."""

LOOKED_AT = 16
"""Items of a stream that are looked at together: it is asked for so many at once."""


@dataclass(frozen=True)
class Batch:
    """Records in a row, the first of which is number `first` of all that were given."""

    first: int
    texts: list[str]
    ids: list[Id] | None
    """None where none are given."""
    columns: dict[str, list[Any]]
    """The fields: of each record a value, None where it has none."""
    text_columns: tuple[str, ...] | None
    """Where the texts were, if they were in records."""


def read(
    items: Any,
    ids: str | Iterable[Id] | None,
    text: str | Sequence[str] | None,
    known_columns: tuple[str, ...] | None,
) -> Iterator[Batch]:
    """The records in batches, made as they are asked for.

    items: texts; dicts; a mapping of columns; a pandas, Polars or Arrow table; or what
        `wordllama.files.read` gives.
    ids: the name of the column that has them (without it: "id", if there is one), or the ids.
    text: the column or columns of text; else those of the records before, `text`, or the only
        column of strings.
    """
    named = isinstance(ids, str)
    given = None if ids is None or named else iter(ids)
    id_column = ids if isinstance(ids, str) else "id" if ids is None else None
    if isinstance(ids, bytes | set | frozenset | Mapping):
        raise TypeError(f"ids must be a list or a column's name, not a {type(ids).__name__}")
    columns = (text,) if isinstance(text, str) else tuple(text) if text is not None else None
    first = 0
    with_ids: bool | None = None
    for page, column in _pages(items):
        if page and isinstance(page[0], str):
            if named or columns:
                raise ValueError("texts have no columns; give records, or ids as a list")
            batch = Batch(first, _whole(page), _next(given, len(page), first), {}, None)
        else:
            columns = columns or (column and (column,)) or known_columns or _text_columns(page)
            if ids is None and with_ids is False:
                _check_without_ids(page, first)
            all_have = named or (ids is None and with_ids is True)
            batch = _of_records(page, first, id_column, all_have, columns, given)
        with_ids = batch.ids is not None
        yield batch
        first += len(page)
    if given is not None and next(given, given) is not given:
        raise ValueError(f"ids must be as many as the records, but there are more than {first}")


def _check_without_ids(page: list[Mapping[str, Any]], first: int) -> None:
    """ValueError for a record with an id, where those before had none."""
    for place, record in enumerate(page, first):
        if "id" in record:
            raise ValueError(
                f"record {place} has an id, but those before it have none; give ids to all "
                "records or to none"
            )


Page = tuple[list[Any], "str | None"]
"""Texts, or mappings and, where that is known, which column has the text."""


def _pages(items: Any) -> Iterator[Page]:
    if _is_batch(items):
        items = [items]
    if isinstance(items, Mapping):
        columns = {name: _values(column, name) for name, column in items.items()}
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns must be of one length, not {lengths}")
        rows = zip(*columns.values(), strict=True)
        yield from _pages_of_items(dict(zip(columns, row, strict=True)) for row in rows)
    elif hasattr(items, "columns") and hasattr(items, "shape"):
        yield from _pages_of_table(items)
    elif _are_texts(items):
        yield from _pages_of_texts(items)
    elif hasattr(items, "__iter__"):
        yield from _pages_of_items(items)
    else:
        raise TypeError(f"records must be texts or records, not {type(items).__name__}")


def _values(column: Any, name: str) -> list[Any]:
    if isinstance(column, str | bytes) or not hasattr(column, "__iter__"):
        raise TypeError(
            f"column {name!r} must be a list, not {type(column).__name__}; for one record, give "
            "a list of it: [record]"
        )
    _check_time(column, name)
    return column.to_pylist() if hasattr(column, "to_pylist") else list(column)


def _check_time(column: Any, name: str) -> None:
    """ValueError for a column of Polars's whose nanoseconds it would leave out of its values."""
    unit = getattr(getattr(column, "dtype", None), "time_unit", "")
    if unit == "ns" and (column.to_physical() % 1000 != 0).any():
        raise ValueError(f"column {name!r} has nanoseconds; round it to microseconds")


def _are_texts(items: Any) -> bool:
    """Whether it is a text, a column of texts, or a list of them."""
    if isinstance(items, list | tuple):
        return bool(items) and isinstance(items[0], str)
    return isinstance(items, str) or hasattr(items, "dtype") or hasattr(items, "type")


def _is_batch(item: Any) -> bool:
    """Whether it is a batch of `wordllama.files`."""
    return hasattr(item, "texts") and hasattr(item, "records") and hasattr(item, "column")


def _pages_of_items(items: Iterable[Any]) -> Iterator[Page]:
    items = iter(items)
    first = list(islice(items, 1))
    if first and _is_batch(first[0]):
        for batch in chain(first, items):
            yield batch.records(), batch.column
        return
    items = chain(first, items)
    kind = str if first and isinstance(first[0], str) else Mapping
    page: list[Any] = []
    size = 0
    while some := list(islice(items, LOOKED_AT)):
        _check_kind(some, kind)
        page += some
        values = some if kind is str else chain.from_iterable(item.values() for item in some)
        size += sum(len(value) for value in values if isinstance(value, str))
        if len(page) >= ROWS or size > CHARACTERS:
            yield page, None
            page, size = [], 0
    if page:
        yield page, None


def _check_kind(items: list[Any], kind: type) -> None:
    if all(issubclass(found, kind) for found in set(map(type, items))):
        return
    wrong = next(item for item in items if not isinstance(item, kind))
    raise TypeError(
        "records must be all texts or all mappings, not also "
        f"{type(wrong).__name__} ({wrong!r:.40})"
    )


def _pages_of_texts(texts: Any) -> Iterator[Page]:
    for page in batches(texts, ROWS, "records"):
        start = size = 0
        for place, text in enumerate(page):
            size += len(text)
            if size > CHARACTERS:
                yield page[start : place + 1], None
                start, size = place + 1, 0
        if start < len(page):
            yield page[start:], None


def _pages_of_table(table: Any) -> Iterator[Page]:
    names = list(table.schema.names if hasattr(table, "to_pylist") else table.columns)
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"two columns are called {twice[0]!r}; rename one")
    index = getattr(getattr(table, "index", None), "names", [])
    if named := [name for name in index if name is not None]:
        raise ValueError(
            f"the frame has an index {named[0]!r}, which is no column; add frame.reset_index(), or "
            "frame.reset_index(drop=True) to leave it out"
        )
    for start in range(0, table.shape[0], ROWS):
        if hasattr(table, "to_pylist"):
            yield table.slice(start, ROWS).to_pylist(), None
        elif hasattr(table, "to_dicts"):
            for column in table:
                _check_time(column, column.name)
            yield table.slice(start, ROWS).to_dicts(), None
        else:
            yield table.iloc[start : start + ROWS].to_dict("records"), None


def _text_columns(page: list[Mapping[str, Any]]) -> tuple[str, ...]:
    names = list(dict.fromkeys(name for record in page for name in record))
    if "text" in names:
        return ("text",)
    strings = [
        name
        for name in names
        if name != "id" and all(isinstance(record.get(name), str) for record in page)
    ]
    if len(strings) == 1:
        return (strings[0],)
    raise ValueError(f"which column is the text? Name it: text=..., one or several of {names}")


def _of_records(
    page: list[Mapping[str, Any]],
    first: int,
    id_column: str | None,
    named: bool,
    columns: tuple[str, ...],
    given: Iterator[Id] | None,
) -> Batch:
    names = dict.fromkeys(chain.from_iterable(page))
    if given is not None and "id" in names:
        place = next(i for i, record in enumerate(page, first) if "id" in record)
        raise ValueError(f"record {place} has an id of its own, but ids are given too")
    values = {name: [record.get(name) for record in page] for name in names}
    nothing = [None] * len(page)
    texts = _texts([values.get(name, nothing) for name in columns], columns, first)
    left_out = set(columns if len(columns) == 1 else ())
    if id_column is not None and (named or id_column in names):
        listed: list[Id] | None = check_ids(values.get(id_column, nothing), first)
        left_out.add(id_column)
    else:
        listed = _next(given, len(page), first)
    values = {name: column for name, column in values.items() if name not in left_out}
    return Batch(first, _whole(texts), listed, values, columns)


def _texts(parts: list[list[Any]], columns: tuple[str, ...], first: int) -> list[str]:
    if len(parts) == 1 and set(map(type, parts[0])) == {str}:
        return parts[0]
    return [
        _text(each, columns, place) for place, each in enumerate(zip(*parts, strict=True), first)
    ]


def _text(parts: tuple[Any, ...], columns: tuple[str, ...], place: int) -> str:
    present = [part for part in parts if isinstance(part, str)]
    wrong = [part for part in parts if not isinstance(part, str) and part is not None]
    if wrong or not present:
        raise ValueError(
            f"record {place} must have a str in {' or '.join(map(repr, columns))}, not "
            f"{wrong[0] if wrong else None!r:.40}"
        )
    return "\n".join(present)


def _next(given: Iterator[Id] | None, n: int, first: int) -> list[Id] | None:
    if given is None:
        return None
    part = list(islice(given, n))
    if len(part) < n:
        raise ValueError(
            f"ids must be as many as the records, but there are only {first + len(part)}"
        )
    return check_ids(part, first)


def check_ids(ids: Any, first: int = 0) -> list[Id]:
    """The ids as Python's own str or int; TypeError names one that is neither.

    >>> check_ids(["a", 7]), check_ids("a")
    (['a', 7], ['a'])
    """
    if is_one(ids):
        ids = [ids]
    checked: list[Id] = []
    for place, plain in enumerate(fields.plain(list(ids)), first):
        if isinstance(plain, bool) or not isinstance(plain, str | int):
            raise TypeError(f"id of record {place} must be a str or int, not {plain!r:.60}")
        if isinstance(plain, int) and not -(1 << 63) <= plain < 1 << 63:
            raise ValueError(f"id of record {place} is {plain}, which does not fit into 64 bits")
        if isinstance(plain, str):
            whole = valid_unicode(plain)  # of an Enum, too, its value
            if whole != plain and "\ufffd" in whole:  # two such ids would become one
                raise ValueError(f"id of record {place} is {plain!r:.60}, which is no UTF-8")
            checked.append(whole)
        else:
            checked.append(int(plain))
    return checked


def is_one(ids: Any) -> bool:
    """Whether this is an id, and not several; bytes are one that no record has."""
    return isinstance(ids, str | int | bytes | np.generic)


def _whole(texts: list[str]) -> list[str]:
    """The texts, without lone surrogates, which UTF-8 can't hold."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return [valid_unicode(text) for text in texts]
    return list(texts)
