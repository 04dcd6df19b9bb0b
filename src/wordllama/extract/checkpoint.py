"""Safetensors checkpoints: one file, a folder or index of shards, or one shard alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordllama.extract.matrix import Matrix
from wordllama.extract.parts import joined
from wordllama.modelfiles import tensors
from wordllama.modelfiles.jsonfile import read_object

_PLAIN = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
_FLOAT8 = ("F8_E4M3", "F8_E5M2")
_ITEM = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1}
INDEX = "model.safetensors.index.json"


@dataclass(frozen=True)
class Entry:
    """A tensor and the shard that holds it."""

    file: Path
    name: str
    tensor: tensors.Tensor


def read_headers(path: Path) -> dict[str, Entry]:
    """The tensors of a `.safetensors` file, of an index, or of a folder, by name.

    Shards that an index names but that are not there are passed over: one shard is enough if it
    holds the tensor that is wanted.

    Raises:
        FileNotFoundError: nothing there.
        ValueError: a damaged file or index; the message names it.
    """
    entries: dict[str, Entry] = {}
    for file in _files(path):
        for name, tensor in tensors.read_header(file).items():
            entries[name] = Entry(file, name, tensor)
    return entries


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        index = path / INDEX
        files = sorted(path.glob("*.safetensors"))
        if not files and not index.exists():
            raise FileNotFoundError(f"{path}: holds no .safetensors file and no {INDEX}")
        return _indexed(index) if index.exists() else files
    if path.name.endswith(".index.json"):
        return _indexed(path)
    return [path]


def _indexed(index: Path) -> list[Path]:
    shards = read_object(index).get("weight_map")
    if not isinstance(shards, dict):
        raise ValueError(f"{index}: not an index of safetensors shards: it has no weight_map")
    shards = set(map(str, shards.values()))
    files = sorted(index.parent / shard for shard in shards)
    found = [file for file in files if file.exists()]
    if not found:
        names = ", ".join(file.name for file in files[:3])
        raise FileNotFoundError(f"{index}: none of the shards it names ({names}, ...) is there")
    return found


def matrix(entry: Entry) -> Matrix:
    """A tensor's rows, decoded to float32 when they are asked for.

    Raises:
        ValueError: it is not of rank 2, or of a dtype that is no number.
    """
    tensor, where = entry.tensor, f"{entry.file}: tensor {entry.name!r}"
    if len(tensor.shape) != 2 or 0 in tensor.shape:
        raise ValueError(f"{where} has shape {tensor.shape}; a codebook has rank 2")
    if tensor.dtype not in _ITEM:
        raise ValueError(f"{where} has dtype {tensor.dtype}; read are {', '.join(_ITEM)}")
    rows, columns = tensor.shape
    width = columns * _ITEM[tensor.dtype]
    if tensor.stop - tensor.start != rows * width:
        held = tensor.stop - tensor.start
        raise ValueError(f"{where} has {held} bytes, {rows * width} are wanted")
    parts = joined([entry.file])

    def raw(first: int, last: int) -> bytes:
        return parts.read(tensor.start + first * width, (last - first) * width)

    def values(block: bytes) -> NDArray[np.float32]:
        return decode(block, tensor.dtype).reshape(-1, columns)

    return Matrix(str(entry.file), entry.name, (rows, columns), tensor.dtype, raw, values)


def decode(block: bytes, dtype: str) -> NDArray[np.float32]:
    """Values of a safetensors dtype as float32.

    >>> decode(bytes([0x38, 0xB8, 0x7E]), "F8_E4M3").tolist()
    [1.0, -1.0, 448.0]
    >>> decode(bytes([0x80, 0x3F]), "BF16").tolist()
    [1.0]
    """
    if dtype == "BF16":
        high = np.frombuffer(block, "<u2").astype(np.uint32) << 16
        return high.view(np.float32)
    if dtype in _FLOAT8:
        table = _float8(3, 7) if dtype == "F8_E4M3" else _float8(2, 15)
        return table[np.frombuffer(block, np.uint8)]
    return np.frombuffer(block, _PLAIN[dtype]).astype(np.float32)


def _float8(mantissa: int, bias: int) -> NDArray[np.float32]:
    """The 256 values of an 8-bit float (Micikevicius et al. 2022, arXiv:2209.05433)."""
    code = np.arange(256)
    exponent, fraction = (code & 0x7F) >> mantissa, code & ((1 << mantissa) - 1)
    normal = np.ldexp(1 + fraction / (1 << mantissa), exponent - bias)
    small = np.ldexp(fraction / (1 << mantissa), 1 - bias)
    values = np.where(exponent > 0, normal, small)
    if mantissa == 3:
        values[(code & 0x7F) == 0x7F] = np.nan
    else:
        values[exponent == 31] = np.where(fraction[exponent == 31] == 0, np.inf, np.nan)
    return np.where(code & 0x80, -values, values).astype(np.float32)
