"""What of items is compared: their texts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordllama.dedup.exact import digests
from wordllama.dedup.folding import folded
from wordllama.dedup.records import texts_of


class Texts(NamedTuple):
    """What of items is compared."""

    columns: list[str] | None = None
    fold: bool = False


AS_THEY_ARE = Texts()


def keys(
    items: Sequence[Any] | None, columns: Sequence[str] | None, fold: bool
) -> list[Hashable] | None:
    """What two items that are the same have in common: their compared texts, folded if asked."""
    if items is None:
        return None
    change = folded if fold else _unchanged
    if any(isinstance(item, Mapping) for item in items):
        texts = texts_of(items, columns)
        return list(zip(*(map(change, column) for column in texts.values()), strict=True))
    return [change(item) if isinstance(item, str) else _hashable(item) for item in items]


def _hashable(item: Any) -> Hashable:
    return item if isinstance(item, Hashable) else repr(item)


def _unchanged(text: str) -> str:
    return text


def key_digests(items: Sequence[Any], compared: Texts) -> NDArray[np.uint64]:
    """What stands for each item's compared texts; ValueError for items that are no texts."""
    known = keys(items, *compared) or []
    if not all(isinstance(key, str | tuple) for key in known):
        raise ValueError("only matches of texts can be saved: vectors have nothing to know them by")
    columns = zip(*(key if isinstance(key, tuple) else (key,) for key in known), strict=True)
    parts = [digests(str(text) for text in column) for column in columns]
    return np.hstack(parts) if parts else np.zeros((0, 2), np.uint64)
