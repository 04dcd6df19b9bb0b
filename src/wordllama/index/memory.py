"""What a search needs in memory: vectors, signs and postings, made from the blocks of the file.

A `Memory` is never changed, so that a search goes on with what it began with; a `Draft` makes the
next one, which shares the arrays: rows after those of the first are not seen by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama import vectors as arithmetic
from wordllama.index.blocks import Block, Layout, offsets_of
from wordllama.keywords import Keywords, Terms

SPARE = 4096
"""Rows for which there is room beyond those that are needed."""


@dataclass(frozen=True)
class Allowed:
    """The places that a search may give."""

    mask: NDArray[np.uint8]
    """1 for each of them, and 0 for each other place."""

    @cached_property
    def count(self) -> int:
        """How many there are."""
        return int(np.count_nonzero(self.mask))

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """They themselves, rising."""
        return np.flatnonzero(self.mask)


@dataclass(frozen=True)
class Memory:
    """Rows in order, each at its place in all arrays; deleted ones stay, but are not alive."""

    rows: NDArray[np.int64]
    vectors: NDArray[Any]
    scales: NDArray[np.float32] | None
    signs: NDArray[np.uint64]
    alive: NDArray[np.uint8]
    keywords: Keywords
    living: int

    def __len__(self) -> int:
        """How many rows there are, dead ones too."""
        return len(self.rows)

    @cached_property
    def allowed(self) -> Allowed | None:
        """Those that are alive, or None where all are."""
        return None if self.living == len(self) else Allowed(self.alive)

    def places(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The places of those of the rows (rising) that are here and alive."""
        if not len(self):
            return np.empty(0, np.int64)
        places = np.minimum(np.searchsorted(self.rows, rows), len(self) - 1)
        here = (self.rows[places] == rows) & (self.alive[places] > 0)
        return np.asarray(places[here], np.int64)


def empty(layout: Layout) -> Memory:
    """No rows."""
    kind = np.uint64 if layout.binary else np.int8
    scales = None if layout.binary else np.empty(0, np.float32)
    nothing = np.empty((0, layout.width), kind)
    signs = np.empty((0, -(-layout.dim // 64)), np.uint64)
    rows, alive = np.empty(0, np.int64), np.empty(0, np.uint8)
    return Memory(rows, nothing, scales, signs, alive, Keywords(), 0)


def signs_of(vectors: NDArray[Any]) -> NDArray[np.uint64]:
    """The signs of vectors as packed bits, filled up with zeros; bits are their own.

    >>> signs_of(np.array([[1, -1, 1]], np.int8)).view(np.uint8).tolist()
    [[160, 0, 0, 0, 0, 0, 0, 0]]
    """
    if vectors.dtype == np.uint64:
        return vectors
    dim = vectors.shape[1]
    if dim % 64:
        vectors = np.pad(vectors, ((0, 0), (0, 64 - dim % 64)))
    return arithmetic.binarize(vectors)


class Draft:
    """A memory as it will be when a transaction is done."""

    def __init__(self, memory: Memory, terms: Terms) -> None:
        self._terms = terms
        self._base = memory
        self._n = len(memory)
        self._arrays = {
            name: _buffer(array)
            for name in ("rows", "vectors", "scales", "signs")
            if (array := getattr(memory, name)) is not None
        }
        if memory.scales is None:
            del self._arrays["signs"]  # the vectors themselves
        self._waiting: list[Block] = []
        self._waiting_rows = 0
        self._keywords = memory.keywords
        self._dead: list[NDArray[np.int64]] = []

    def reserve(self, rows: int) -> None:
        """Make room for so many more rows at once."""
        self._room(self._n + rows)

    def append(self, block: Block) -> None:
        """Add rows, all of which come after those that there are."""
        end = self._n + len(block)
        self._room(end)
        new = {"rows": block.rows, "vectors": block.vectors}
        if block.scales is not None:
            new |= {"scales": block.scales, "signs": signs_of(block.vectors)}
        for name, array in new.items():
            self._arrays[name][self._n : end] = array
        self._n = end
        self._waiting.append(replace(block, vectors=block.vectors[:0], scales=None))
        self._waiting_rows += len(block)
        if self._waiting_rows >= 1 << 16:
            self._index_words()

    def delete(self, block: Block) -> None:
        """Take rows for dead; the block has their tokens."""
        self._index_words()
        self._dead.append(np.searchsorted(self._arrays["rows"][: self._n], block.rows))
        self._keywords = self._keywords.remove(
            self._terms.of(block.tokens, block.offsets), block.offsets
        )

    @property
    def vectors(self) -> NDArray[Any]:
        """The vectors so far, dead ones too."""
        return self._arrays["vectors"][: self._n]

    @property
    def rows(self) -> NDArray[np.int64]:
        """Their rows."""
        return self._arrays["rows"][: self._n]

    def alive(self) -> NDArray[np.uint8]:
        """Which of them are alive."""
        alive = np.ones(self._n, np.uint8)
        alive[: len(self._base)] = self._base.alive
        for places in self._dead:
            alive[places] = 0
        return alive

    def finish(self) -> Memory:
        """The memory with all that was drafted."""
        self._index_words()
        unchanged = not self._dead and self._n == len(self._base)
        alive = self._base.alive if unchanged else self.alive()
        cut = {name: array[: self._n] for name, array in self._arrays.items()}
        return Memory(
            cut["rows"],
            cut["vectors"],
            cut.get("scales"),
            cut.get("signs", cut["vectors"]),
            alive,
            self._keywords,
            self._keywords.documents,
        )

    def _index_words(self) -> None:
        if not self._waiting:
            return
        offsets = offsets_of(np.concatenate([np.diff(block.offsets) for block in self._waiting]))
        tokens = np.concatenate([block.tokens for block in self._waiting])
        self._waiting, self._waiting_rows = [], 0
        self._keywords = self._keywords.add(self._terms.of(tokens, offsets), offsets)

    def _room(self, rows: int) -> None:
        for name in [name for name, array in self._arrays.items() if rows > len(array)]:
            array = self._arrays.pop(name)
            shape = array.shape[1:]
            try:
                # Large memory is moved without a copy, so that there are never two of it.
                array.resize((rows + max(SPARE, rows // 16), *shape))
            except ValueError:  # a memory has it, too
                room = max(rows, len(array) * 5 // 4) + SPARE
                grown = np.empty((room, *shape), array.dtype)
                grown[: self._n] = array[: self._n]
                array = grown
            self._arrays[name] = array


def _buffer(array: NDArray[Any]) -> NDArray[Any]:
    """The whole array that this is the beginning of."""
    base = array.base
    return base if isinstance(base, np.ndarray) and base.ndim == array.ndim else array
