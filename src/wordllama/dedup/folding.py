"""Texts without what often differs between copies: letter case, width, white space."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np


def folded(text: str) -> str:
    """The text in Unicode's compatibility form (NFKC), case folded, with single spaces.

    >>> folded("  The ＡＢＣ\\tof Straße\\n")
    'the abc of strasse'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def same(item: Any) -> Hashable:
    """What two items must have in common to be the very same, whatever is in them.

    >>> same({"text": "a", "tags": ["x"]}) == same({"tags": ["x"], "text": "a"})
    True
    """
    if isinstance(item, str):
        return item
    if isinstance(item, Mapping):
        return frozenset((name, same(value)) for name, value in item.items())
    if isinstance(item, list | tuple):
        return tuple(map(same, item))
    if isinstance(item, np.ndarray):
        return item.shape, tuple(map(same, item.ravel().tolist()))
    if isinstance(item, float) and math.isnan(item):
        return "nan", float
    return item if isinstance(item, Hashable) else repr(item)


def same_folded(item: Any) -> Hashable:
    """The same, of items whose texts are folded."""
    if isinstance(item, Mapping):
        return same({name: _folded(value) for name, value in item.items()})
    return same(_folded(item))


def _folded(value: Any) -> Any:
    return folded(value) if isinstance(value, str) else value
