"""Some thousand rows of vectors and token ids as they lie in a file, with a checksum each."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS = 4096
"""Of a full block."""
TOKENS = 1 << 22
"""A block with so many tokens is full, too: SQLite's BLOBs end at 1 GB."""
Columns = tuple[int, int, "bytes | None", bytes, "bytes | None", bytes, bytes, int]
"""last, count, rows, vectors, scales, tokens, lengths, checksum."""


@dataclass(frozen=True)
class Layout:
    """How vectors and tokens of the model lie in a block."""

    dim: int
    binary: bool
    n_tokens: int

    @property
    def width(self) -> int:
        """Numbers of a stored vector."""
        return self.dim // 64 if self.binary else self.dim


@dataclass(frozen=True)
class Block:
    """Rows in rising order, each with its vector and its token ids."""

    rows: NDArray[np.int64]
    vectors: NDArray[Any]
    """(n, dim) int8, times `scales` the vector of unit length; or (n, dim / 64) uint64 bits."""
    scales: NDArray[np.float32] | None
    """(n,), or None of bits."""
    tokens: NDArray[np.int32]
    offsets: NDArray[np.int64]
    """(n + 1,): row i has tokens[offsets[i]:offsets[i + 1]]."""

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, places: NDArray[np.int64]) -> Block:
        """Some of its rows, in rising order."""
        lengths = np.diff(self.offsets)
        kept = np.zeros(len(self), bool)
        kept[places] = True
        return Block(
            self.rows[places],
            self.vectors[places],
            None if self.scales is None else self.scales[places],
            self.tokens[np.repeat(kept, lengths)],
            offsets_of(lengths[places]),
        )


def quantized(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Vectors of any length as (int8 (n, dim), scale (n,)) of the same direction and unit length.

    >>> codes, scales = quantized(np.array([[3, 4], [0, 0]], np.float32))
    >>> codes.tolist(), (codes * scales[:, None]).round(2).tolist()
    ([[95, 127], [0, 0]], [[0.6..., 0.8...], [0.0, 0.0]])
    """
    largest = np.maximum(vectors.max(axis=1, initial=0), -vectors.min(axis=1, initial=0))
    step = np.where(largest > 0, largest, 1) / np.float32(127)
    rounded = vectors / step[:, None]
    np.rint(rounded, out=rounded)
    length = np.sqrt(np.einsum("ij,ij->i", rounded, rounded))
    scales = np.where(length > 0, 1 / np.where(length > 0, length, 1), 0)
    return rounded.astype(np.int8), scales.astype(np.float32)


def joined(blocks: list[Block]) -> Block:
    """Blocks in rising order as one."""
    scales = [block.scales for block in blocks if block.scales is not None]
    return Block(
        np.concatenate([block.rows for block in blocks]),
        np.concatenate([block.vectors for block in blocks]),
        np.concatenate(scales) if scales else None,
        np.concatenate([block.tokens for block in blocks]),
        offsets_of(np.concatenate([np.diff(block.offsets) for block in blocks])),
    )


def is_full(block: Block) -> bool:
    """Whether nothing should be added to it."""
    return len(block) >= ROWS or len(block.tokens) >= TOKENS


def regrouped(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same rows in full blocks, but the last."""
    waiting: Block | None = None
    for block in blocks:
        waiting = block if waiting is None else joined([waiting, block])
        while len(waiting) and is_full(waiting):
            end = int(np.searchsorted(waiting.offsets, TOKENS))
            end = min(max(end, 1), ROWS, len(waiting))
            yield waiting.take(np.arange(end))
            waiting = waiting.take(np.arange(end, len(waiting)))
    if waiting is not None and len(waiting):
        yield waiting


def offsets_of(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of some runs begins, and the end of all."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def packed(block: Block, n_tokens: int) -> Columns:
    """The block as a row of the table `blocks`, for a model of so many tokens."""
    first, last = int(block.rows[0]), int(block.rows[-1])
    gaps = last - first + 1 != len(block)
    rows = block.rows.astype("<i8").tobytes() if gaps else None
    vectors = block.vectors.astype("<u8" if block.scales is None else "i1").tobytes()
    scales = None if block.scales is None else block.scales.astype("<f4").tobytes()
    tokens = block.tokens.astype(_token_type(n_tokens)).tobytes()
    lengths = np.diff(block.offsets).astype("<u4").tobytes()
    parts = rows, vectors, scales, tokens, lengths
    return (last, len(block), *parts, _checksum(last, len(block), *parts))


def unpacked(columns: Columns, width: int, binary: bool, n_tokens: int) -> Block:
    """The block of a row of the table; ValueError where a checksum or a size is wrong."""
    last, count, rows, vectors, scales, tokens, lengths, checksum = columns
    if _checksum(last, count, rows, vectors, scales, tokens, lengths) != checksum:
        raise ValueError("its checksum is wrong")
    numbers = (
        np.arange(last - count + 1, last + 1) if rows is None else _read(rows, "<i8", np.int64)
    )
    codes = _read(vectors, "<u8" if binary else "i1", np.uint64 if binary else np.int8)
    offsets = offsets_of(_read(lengths, "<u4", np.int64))
    ids = _read(tokens, _token_type(n_tokens), np.int32)
    factors = None if scales is None else _read(scales, "<f4", np.float32)
    fits = (
        len(numbers) == count == len(offsets) - 1
        and codes.size == count * width
        and (factors is None) == binary
        and (factors is None or len(factors) == count)
        and int(offsets[-1]) == len(ids)
        and bool((np.diff(numbers) > 0).all())
        and int(ids.max(initial=0)) < n_tokens
    )
    if not fits:
        raise ValueError("its parts do not fit each other")
    return Block(numbers, codes.reshape(count, width), factors, ids, offsets)


def _token_type(n_tokens: int) -> str:
    return "<u2" if n_tokens <= 1 << 16 else "<u4"


def _read(raw: bytes, type: str, native: Any) -> NDArray[Any]:
    return np.frombuffer(raw, type).astype(native, copy=False)


def _checksum(last: int, count: int, *parts: bytes | None) -> int:
    """CRC-32 of the numbers and of the length and bytes of each part."""
    total = zlib.crc32(np.array([last, count], "<i8").tobytes())
    for part in parts:
        size = -1 if part is None else len(part)
        total = zlib.crc32(part or b"", zlib.crc32(np.array(size, "<i8").tobytes(), total))
    return total
