"""GGUF, with our own header reader, so that a truncated file or parts of one can be read.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Quantised blocks are decoded
by PyPI's `gguf`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.extract.matrix import Matrix
from wordllama.extract.parts import Parts
from wordllama.extras import require

_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_DEEPEST = 4
"""Arrays within arrays that are followed."""


@dataclass(frozen=True)
class Entry:
    """A tensor's place: `shape` rows first, `dtype` as GGML names it."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    start: int
    stop: int


@dataclass(frozen=True)
class Header:
    """The metadata and tensors that a GGUF file declares."""

    metadata: dict[str, Any]
    tensors: dict[str, Entry]


class _Cursor:
    """Reads forward through a header, a megabyte at a time."""

    def __init__(self, parts: Parts) -> None:
        self.parts, self.place = parts, 0
        self.buffer, self.origin = b"", 0

    def take(self, length: int) -> bytes:
        start = self.place - self.origin
        if start + length > len(self.buffer):
            if self.place + length > self.parts.size:
                where = f"at byte {self.place}"
                raise ValueError(f"{self.parts}: the GGUF header breaks off or is damaged {where}")
            more = min(max(length, 1 << 20), self.parts.size - self.place)
            self.buffer, self.origin, start = self.parts.read(self.place, more), self.place, 0
        self.place += length
        return self.buffer[start : start + length]

    def number(self, code: str) -> Any:
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]

    def string(self) -> str:
        return self.take(self.number("Q")).decode("utf-8", errors="replace")

    def value(self, kind: int, depth: int = 0) -> Any:
        if kind in _SCALARS:
            return self.number(_SCALARS[kind])
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY or depth == _DEEPEST:
            raise ValueError(f"{self.parts}: metadata of type {kind} at byte {self.place}")
        inner, length = self.number("I"), self.number("Q")
        if inner in _SCALARS:
            code = f"<{_SCALARS[inner]}"
            return np.frombuffer(self.take(length * struct.calcsize(code)), code)
        if length > self.parts.size:
            raise ValueError(f"{self.parts}: an array of {length} values at byte {self.place}")
        return [self.value(inner, depth + 1) for _ in range(length)]


def read_header(parts: Parts) -> Header:
    """Metadata and tensors of a GGUF file (versions 2 and 3, little-endian).

    Raises:
        ValueError: it is no GGUF file, or its header is damaged; the message names the file.
    """
    names = {int(kind): kind.name for kind in _constants().GGMLQuantizationType}
    cursor = _Cursor(parts)
    magic = cursor.take(4) if parts.size >= 24 else b""
    if magic != b"GGUF":
        raise ValueError(f"{parts}: starts with {parts.read(0, min(4, parts.size))!r}, not b'GGUF'")
    version = cursor.number("I")
    if version not in (2, 3):
        raise ValueError(f"{parts}: GGUF version {version}; versions 2 and 3 are read")
    count, keys = cursor.number("Q"), cursor.number("Q")
    metadata = {cursor.string(): cursor.value(cursor.number("I")) for _ in range(keys)}
    found = []
    for _ in range(count):
        name, dims = cursor.string(), cursor.number("I")
        shape = tuple(cursor.number("Q") for _ in range(min(dims, 8)))[::-1]
        found.append((name, shape, cursor.number("I"), cursor.number("Q")))
    align = metadata.get("general.alignment", 32)
    if not isinstance(align, int) or align <= 0:
        raise ValueError(f"{parts}: general.alignment is {align!r}, a positive number is wanted")
    data = -(-cursor.place // align) * align
    tensors = {}
    for name, shape, kind, offset in found:
        if kind not in names:
            raise ValueError(f"{parts}: tensor {name!r} has the unknown type {kind}")
        start = data + offset
        stop = start + _bytes(shape, names[kind], f"{parts}: tensor {name!r}")
        tensors[name] = Entry(name, shape, names[kind], start, stop)
    return Header(metadata, tensors)


def matrix(parts: Parts, entry: Entry) -> Matrix:
    """A tensor's rows, decoded to float32 when they are asked for.

    Raises:
        ValueError: it is not of rank 2, or its bytes are not in the parts.
    """
    where = f"{parts}: tensor {entry.name!r}"
    if len(entry.shape) != 2:
        raise ValueError(f"{where} has shape {entry.shape}; a codebook has rank 2")
    if entry.stop > parts.size:
        expected = f"ends at byte {entry.stop}, what is here at {parts.size}"
        raise ValueError(f"{where} {expected}: the file is cut short, or more parts are needed")
    kind = _constants().GGMLQuantizationType[entry.dtype]
    dequantize = require("gguf.quants", extra="extract").dequantize
    width = (entry.stop - entry.start) // entry.shape[0]

    def raw(first: int, last: int) -> bytes:
        return parts.read(entry.start + first * width, (last - first) * width)

    def decode(block: bytes) -> NDArray[np.float32]:
        rows = np.frombuffer(block, np.uint8).reshape(-1, width)
        values: NDArray[np.float32] = dequantize(_typed(rows, entry.dtype), kind)
        return values.astype(np.float32, copy=False)

    return Matrix(
        str(parts), entry.name, (entry.shape[0], entry.shape[1]), entry.dtype, raw, decode
    )


def _typed(rows: NDArray[np.uint8], dtype: str) -> NDArray[Any]:
    plain = {"F32": np.float32, "F16": np.float16, "F64": np.float64}
    return rows.view(plain[dtype]) if dtype in plain else rows


def _bytes(shape: tuple[int, ...], dtype: str, where: str) -> int:
    constants = _constants()
    block, size = constants.GGML_QUANT_SIZES[constants.GGMLQuantizationType[dtype]]
    if not shape or shape[-1] % block:
        raise ValueError(f"{where} ({dtype}) has shape {shape}; rows are multiples of {block}")
    values = 1
    for length in shape:
        values *= length
    return int(values // block * size)


def _constants() -> Any:
    return require("gguf", extra="extract").constants
