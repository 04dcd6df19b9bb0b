"""Texts without what often differs between copies: letter case, width, white space."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Mapping
from typing import Any


def folded(text: str) -> str:
    """The text in Unicode's compatibility form (NFKC), case folded, with single spaces.

    >>> folded("  The ＡＢＣ\\tof Straße\\n")
    'the abc of strasse'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def same(item: Any) -> Hashable:
    """What two items must have in common to be the very same."""
    key: Hashable = tuple(item.items()) if isinstance(item, Mapping) else item
    return key


def same_folded(item: Any) -> Hashable:
    """The same, of items whose texts are folded."""
    if isinstance(item, Mapping):
        return tuple((name, _folded(value)) for name, value in item.items())
    return _folded(item)


def _folded(value: Any) -> Hashable:
    key: Hashable = folded(value) if isinstance(value, str) else value
    return key
