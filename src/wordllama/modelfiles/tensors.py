"""A safetensors file: its header checked against the file, its tensors memory-mapped or written.

The format: 8 bytes with the header's length (little-endian), a JSON header, then the tensors' bytes
without gaps (https://huggingface.co/docs/safetensors).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "<u1",
    "BOOL": "<u1",
}
_LONGEST_HEADER = 100_000_000
_HEADER_SUM = "header_sha256"


@dataclass(frozen=True)
class Tensor:
    """A tensor's entry in the header; `start` and `stop` count from the start of the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


def read_header(path: Path) -> dict[str, Tensor]:
    """The tensors of a file by name, checked: they fill the file, and do not overlap.

    Raises ValueError naming the file, what was found and what was expected; FileNotFoundError.
    """
    header, data = _read(path)
    tensors = {
        name: _tensor(path, name, entry, data)
        for name, entry in header.items()
        if name != "__metadata__"
    }
    _check_layout(path, tensors, data, path.stat().st_size)
    return tensors


def read_metadata(path: Path) -> dict[str, str]:
    """What a file says of itself, as text by name; ValueError as `read_header`."""
    metadata = _read(path)[0].get("__metadata__", {})
    texts = isinstance(metadata, dict) and all(isinstance(v, str) for v in metadata.values())
    if not texts:
        raise ValueError(f"{path}: __metadata__ is {metadata!r}, expected an object of texts")
    return dict(metadata)


def _read(path: Path) -> tuple[dict[str, Any], int]:
    """The header, not checked yet, and where the tensors' bytes start."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    if not path.is_file():
        raise ValueError(f"{path}: not a regular file, expected a safetensors file")
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(8)
        length = int.from_bytes(first, "little")
        if len(first) < 8 or length > min(size - 8, _LONGEST_HEADER):
            claim = f"a header of {length} bytes" if len(first) == 8 else "no header"
            raise ValueError(f"{path}: {claim} in a file of {size} bytes, not a safetensors file")
        return _parse(path, file.read(length)), 8 + length


def _parse(path: Path, raw: bytes) -> dict[str, Any]:
    try:
        header = json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: the safetensors header is not JSON: {error}") from error
    if not isinstance(header, dict):
        found = type(header).__name__
        raise ValueError(f"{path}: the safetensors header is a {found}, expected an object")
    return header


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("a name stands twice")
    return entries


def _tensor(path: Path, name: str, entry: Any, data: int) -> Tensor:
    where = f"{path}: tensor {name!r}"
    if not isinstance(entry, dict) or not {"dtype", "shape", "data_offsets"} <= entry.keys():
        raise ValueError(f"{where} has no dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str):
        raise ValueError(f"{where} has dtype {dtype!r}, expected a string")
    if not _sizes(shape):
        raise ValueError(f"{where} has shape {shape!r}, expected a list of sizes")
    if not _sizes(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise ValueError(f"{where} has data_offsets {offsets!r}, expected [start, stop]")
    tensor = Tensor(dtype, tuple(shape), data + offsets[0], data + offsets[1])
    if dtype in _DTYPES:
        expected = math.prod(shape) * np.dtype(_DTYPES[dtype]).itemsize
        if tensor.stop - tensor.start != expected:
            found = tensor.stop - tensor.start
            raise ValueError(f"{where} ({dtype} {shape}) has {found} bytes, expected {expected}")
    return tensor


def _sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and n >= 0 for n in value)


def _check_layout(path: Path, tensors: Mapping[str, Tensor], data: int, size: int) -> None:
    end = data
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].start, item[1].stop)):
        if tensor.start != end:
            raise ValueError(
                f"{path}: tensor {name!r} starts at byte {tensor.start}, expected {end}"
                " (tensors may not overlap or leave gaps)"
            )
        end = tensor.stop
    if end != size:
        raise ValueError(f"{path}: the tensors end at byte {end}, the file at {size} (truncated?)")


def open_tensor(path: Path, tensor: Tensor) -> NDArray[Any]:
    """A tensor's values, memory-mapped and read-only; bfloat16 comes as a float32 copy.

    A tensor that does not start at a multiple of its item size comes as an aligned copy.
    """
    if tensor.dtype not in _DTYPES:
        known = ", ".join(_DTYPES)
        raise ValueError(f"{path}: tensors of dtype {tensor.dtype} cannot be read, only {known}")
    dtype = np.dtype(_DTYPES[tensor.dtype])
    if 0 in tensor.shape:
        return np.empty(tensor.shape, np.float32 if tensor.dtype == "BF16" else dtype)
    mapped = np.memmap(path, dtype, "r", tensor.start, tensor.shape)
    values: NDArray[Any] = mapped.view(np.ndarray)
    if tensor.dtype == "BF16":
        return (values.astype(np.uint32) << 16).view(np.float32)
    return values if values.flags.aligned else values.copy()


def write_tensors(
    path: Path, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]
) -> None:
    """Write a safetensors file with checksums in its metadata, which `check_sum` compares.

    They are `sha256` of the tensors' bytes and `header_sha256` of all else that the header says.
    """
    # The largest items first, so that each tensor lies at a multiple of its item size.
    ordered = sorted(arrays.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    digest = hashlib.sha256()
    for _, array in ordered:
        digest.update(_bytes(array))
    header = _header([(name, array.dtype, array.shape) for name, array in ordered])
    header["__metadata__"] = {**metadata, "sha256": digest.hexdigest()}
    header["__metadata__"][_HEADER_SUM] = _header_sum(header)
    with path.open("wb") as file:
        file.write(_encoded(header))
        for _, array in ordered:
            file.write(_bytes(array))


def write_rows(
    path: Path, name: str, blocks: Iterable[NDArray[Any]], dtype: Any, shape: tuple[int, int]
) -> str:
    """Write a safetensors file of one matrix that comes in blocks of rows; the rows' SHA-256.

    Raises ValueError where the blocks have not `shape[0]` rows in all.
    """
    digest, rows = hashlib.sha256(), 0
    with path.open("wb") as file:
        file.write(_encoded(_header([(name, np.dtype(dtype), shape)])))
        for block in blocks:
            digest.update(_bytes(block))
            file.write(_bytes(block))
            rows += len(block)
    if rows != shape[0]:
        raise ValueError(f"blocks held {rows} rows, expected {shape[0]}")
    return digest.hexdigest()


def _header(entries: Iterable[tuple[str, np.dtype[Any], tuple[int, ...]]]) -> dict[str, Any]:
    kinds = {np.dtype(code): name for name, code in _DTYPES.items() if name not in ("BF16", "BOOL")}
    header: dict[str, Any] = {}
    end = 0
    for name, dtype, shape in entries:
        start, end = end, end + math.prod(shape) * dtype.itemsize
        kind = kinds[dtype.newbyteorder("<")]
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [start, end]}
    return header


def _encoded(header: Mapping[str, Any]) -> bytes:
    """The header as it stands in a file, behind its length and filled up to eight bytes."""
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _bytes(array: NDArray[Any]) -> memoryview:
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return little.reshape(-1).view(np.uint8).data


def _header_sum(header: Mapping[str, Any]) -> str:
    """The SHA-256 of a header, its own checksum left out."""
    held = {**header, "__metadata__": dict(header["__metadata__"])}
    held["__metadata__"].pop(_HEADER_SUM, None)
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()


def check_sum(path: Path) -> None:
    """Raise ValueError unless header and tensors have the checksums of the metadata, if any.

    Files that `write_tensors` wrote have them, most others do not.
    """
    metadata = read_metadata(path)
    header, data = _read(path)
    if _HEADER_SUM in metadata and metadata[_HEADER_SUM] != _header_sum(header):
        found = _header_sum(header)
        raise ValueError(f"{path}: the header has SHA-256 {found}, not {metadata[_HEADER_SUM]}")
    if "sha256" not in metadata:
        return
    with path.open("rb") as file:
        file.seek(data)
        found = sha256_of(file)
    if found != metadata["sha256"]:
        raise ValueError(f"{path}: the tensors have SHA-256 {found}, not {metadata['sha256']}")


def sha256_of(file: BinaryIO) -> str:
    """The SHA-256 of what follows in an open file, in hexadecimal.

    >>> import io
    >>> sha256_of(io.BytesIO(b"abc"))[:16]
    'ba7816bf8f01cfea'
    """
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()
