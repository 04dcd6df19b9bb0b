"""SentencePiece's compiled map of characters, as a tokenizer's file holds it, checked.

The map is a length, a double array of that many bytes (a trie of what is replaced; see
https://github.com/s-yata/darts-clone) and the replacements, each up to a zero byte. The library
that reads it trusts it: it takes as much memory as the length says, panics at a place beyond the
array, and reads on to the end where a zero byte is missing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LARGEST = 4 << 20
"""Bytes of a map; SentencePiece's own have 250,000."""
_AT_ONCE = 4096

Units = NDArray[np.int64]


def charsmap_growth(raw: bytes) -> float:
    """How many bytes the map makes of one, at most.

    Raises:
        ValueError: the map is damaged, or larger than `LARGEST`; says what is amiss.

    >>> charsmap_growth(bytes(4))
    Traceback (most recent call last):
    ...
    ValueError: is cut short: its array has 0 of at least 4 bytes
    """
    size = int.from_bytes(raw[:4], "little")
    if len(raw) > LARGEST:
        raise ValueError(f"has {len(raw)} bytes, expected at most {LARGEST}")
    if len(raw) < 4 or size % 4 or not 4 <= size <= len(raw) - 4:
        raise ValueError(f"is cut short: its array has {max(0, len(raw) - 4)} of at least 4 bytes")
    units = np.frombuffer(raw, "<u4", size // 4, 4).astype(np.int64)
    texts = raw[4 + size :]
    try:
        texts.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"has replacements that are not UTF-8: {error}") from error
    lengths = _lengths(texts)
    growth = 1.0
    for depth, places in _levels(units):
        if (places > len(texts)).any() or (lengths[places] < 0).any():
            raise ValueError("is damaged: it names a replacement that is not there")
        growth = max(growth, int(lengths[places].max(initial=0)) / depth)
    return growth


def _lengths(texts: bytes) -> NDArray[np.int64]:
    """For each place of the texts and the end: bytes to the next zero; -1 within a character."""
    values = np.frombuffer(texts + b"\0", np.uint8)
    (zeros,) = np.nonzero(values == 0)
    places = np.arange(len(values))
    lengths = zeros[np.searchsorted(zeros, places)] - places
    return np.where(values & 0xC0 == 0x80, -1, lengths)


def _levels(units: Units) -> list[tuple[int, Units]]:
    """(bytes of what is replaced, where its replacements begin), level by level of the trie."""
    levels = []
    seen = np.zeros(len(units), bool)
    nodes, depth = np.array([_offset(units[:1])[0]]), 0
    while len(nodes):
        depth += 1
        found = [_children(units, nodes[i : i + _AT_ONCE]) for i in range(0, len(nodes), _AT_ONCE)]
        levels.append((depth, np.concatenate([places for _, places in found])))
        below = np.unique(np.concatenate([children for children, _ in found]))
        nodes = below[~seen[below]]
        seen[nodes] = True
    return levels


def _children(units: Units, nodes: Units) -> tuple[Units, Units]:
    """The nodes below these, and the replacements that begin there."""
    labels = np.arange(1, 256)
    places = nodes[:, None] ^ labels
    _check_places(places, units)
    rows, columns = np.nonzero(units[places] & 0x800000FF == labels)
    steps = places[rows, columns]
    below = steps ^ _offset(units[steps])
    _check_places(below, units)
    leaves = below[units[steps] >> 8 & 1 == 1]
    return below, units[leaves] & 0x7FFFFFFF


def _offset(units: Units) -> Units:
    return units >> 10 << ((units & 1 << 9) >> 6)


def _check_places(places: Units, units: Units) -> None:
    if (places >= len(units)).any():
        raise ValueError("is damaged: its array names a place beyond its end")
