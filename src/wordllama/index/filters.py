"""Which places of the memory a search may give: by fields, and by what a text must say or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from wordllama.index import conditions
from wordllama.index.memory import Allowed, Memory
from wordllama.index.opened import Opened
from wordllama.index.store import Store
from wordllama.index.where import STEPS_A_RECORD, Guard, Where, as_sql
from wordllama.keywords import Query

KEPT = 32
"""Masks kept for the next query, as long as the index does not change: of a condition, of a phrase,
and of all that a query asks for, of which the places are kept, too."""
Mask = NDArray[np.uint8]
Values = Mapping[str, Any] | Sequence[Any]


class Filters:
    """Masks over the places of an index's memory."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._memory: Memory | None = None
        self._kept: dict[object, Mask | Allowed] = {}

    def allowed(
        self,
        store: Store,
        memory: Memory,
        where: Where | None,
        where_args: Mapping[str, Any] | Sequence[Any] | None,
        query: Query,
    ) -> Allowed | None:
        """The places that may be given, or None where all may."""
        if where is None and where_args is not None:
            raise ValueError("where_args (--where-arg) belong to a where, and there is none")
        if where is None and not query.required and not query.excluded:
            return memory.allowed
        if self._memory is not memory:
            self._memory, self._kept = memory, {}
        # With the values as SQLite has them: others may differ and be written alike.
        condition = None if where is None else as_sql(where, where_args, store.fields())
        key = (repr(condition), query.required, query.excluded)
        if key not in self._kept:
            masks = [memory.alive]
            if condition is not None:
                masks.append(self._where(memory, *condition))
            masks += [self._saying(store, memory, phrase) for phrase in query.required]
            masks += [1 - self._saying(store, memory, phrase) for phrase in query.excluded]
            self._keep(key, Allowed(np.bitwise_and.reduce(masks)))
        return cast(Allowed, self._kept[key])

    def _rows(self, sql: str, values: Values, records: int) -> NDArray[np.int64]:
        return self._opened.guard.rows(sql, values, _steps(records))

    def _where(self, memory: Memory, sql: str, values: Values) -> Mask:
        key = f"{sql!r} {values!r}"
        if key not in self._kept:
            self._keep(key, _mask(memory, self._rows(sql, values, len(memory))))
        return cast(Mask, self._kept[key])

    def _saying(self, store: Store, memory: Memory, phrase: str) -> Mask:
        key = ("phrase", phrase)
        if key not in self._kept:
            self._keep(key, _mask(memory, self._rows_saying(store, phrase)))
        return cast(Mask, self._kept[key])

    def _rows_saying(self, store: Store, phrase: str) -> NDArray[np.int64]:
        says = conditions.says(phrase)
        texts = store.texts_holding(conditions.part(phrase))
        return np.array([row for row, text in texts if says(text)], np.int64)

    def _keep(self, key: object, made: Mask | Allowed) -> None:
        if len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = made


def rows_meeting(
    store: Store, guard: Guard, where: Where, where_args: Values | None
) -> NDArray[np.int64]:
    """The rows of the records that meet the condition, over the connection that the guard is of."""
    return guard.rows(*as_sql(where, where_args, store.fields()), _steps(store.count()))


def _steps(records: int) -> int:
    return 1_000_000 + STEPS_A_RECORD * records


def _mask(memory: Memory, rows: NDArray[np.int64]) -> Mask:
    mask = np.zeros(len(memory), np.uint8)
    mask[memory.places(rows)] = 1
    return mask
