"""The codebook folder: `codebook.safetensors`, `tokenizer.json`, `codebook.toml`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.atomic import atomic_folder
from wordllama.encode.tokenizing import parse
from wordllama.modelfiles import tensors
from wordllama.modelfiles.jsonfile import read_text
from wordllama.modelfiles.tokenizer import read_spec, vocabulary_size
from wordllama.modelfiles.tomlfile import read_toml, toml

TENSOR = "codebook"
_ROWS = 4096
DTYPES: dict[str, type[np.floating[Any]]] = {"float16": np.float16, "float32": np.float32}


@dataclass(frozen=True)
class Codebook:
    """A vector for each token of a tokenizer, as it lies on disk."""

    folder: Path
    matrix: NDArray[Any]
    """(n_vocab, dim) float16 or float32, memory-mapped."""
    tokenizer_json: str
    about: Mapping[str, Any]
    """What `codebook.toml` says: source, tensor, SHA-256, licence, shape, dtype."""

    def __str__(self) -> str:
        rows, columns = self.matrix.shape
        return f"{self.folder}: {rows} tokens x {columns}, {self.matrix.dtype}"


def read_codebook(folder: str | Path) -> Codebook:
    """The codebook in a folder; its matrix stays on disk until it is used.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged, or matrix and tokenizer are of different size.
    """
    path = Path(folder)
    file = path / "codebook.safetensors"
    header = tensors.read_header(file)
    if list(header) != [TENSOR] or len(header[TENSOR].shape) != 2:
        raise ValueError(f"{file}: wants one tensor {TENSOR!r} of rank 2, holds {list(header)}")
    if header[TENSOR].dtype not in ("F16", "F32"):
        raise ValueError(f"{file}: {TENSOR!r} is {header[TENSOR].dtype}, expected F16 or F32")
    matrix = tensors.open_tensor(file, header[TENSOR])
    tokenizer = path / "tokenizer.json"
    text = read_text(tokenizer)
    tokens = count_tokens(text, tokenizer)
    if tokens != len(matrix):
        raise ValueError(f"{file}: {len(matrix)} rows, but {tokenizer} has {tokens} tokens")
    return Codebook(path, matrix, text, read_toml(path / "codebook.toml", extra="extract"))


def check_codebook(book: Codebook) -> None:
    """Raise ValueError for NaN, infinity, or checksums other than those of `codebook.toml`.

    All rows are read, so this is for those who go on to read them anyway.
    """
    digest = hashlib.sha256()
    for start in range(0, len(book.matrix), _ROWS):
        part = np.ascontiguousarray(book.matrix[start : start + _ROWS])
        digest.update(part.data)
        finite = np.isfinite(part).all(axis=1)
        if not finite.all():
            bad = start + int(finite.argmin())
            raise ValueError(f"{book.folder}: row {bad} holds NaN or infinity")
    found = {
        "sha256": digest.hexdigest(),
        "tokenizer_sha256": hashlib.sha256(book.tokenizer_json.encode()).hexdigest(),
    }
    for key, value in found.items():
        if book.about.get(key, value) != value:
            raise ValueError(
                f"{book.folder}: {key} is {value}, codebook.toml says {book.about[key]!r:.80}"
            )


def write_codebook(
    folder: str | Path,
    blocks: Iterable[NDArray[Any]],
    shape: tuple[int, int],
    tokenizer_json: str,
    about: Mapping[str, Any],
    dtype: str = "float16",
) -> Codebook:
    """Write a codebook, block of rows by block, whole or not at all.

    Args:
        folder: Where; made if need be.
        blocks: Arrays of rows, in order, `shape[0]` rows in all.
        shape: Rows and columns.
        tokenizer_json: As many tokens as rows.
        about: Goes into `codebook.toml` beside shape, dtype and the SHA-256 of the rows.
        dtype: "float16" or "float32".

    Raises:
        ValueError: `dtype` is unknown, or a value does not fit into it; sizes differ; the
            tokenizer can't be read.
    """
    if dtype not in DTYPES:
        raise ValueError(f"dtype must be one of {tuple(DTYPES)}, got {dtype!r}")
    tokens = count_tokens(tokenizer_json, Path("tokenizer.json"))
    if tokens != shape[0]:
        raise ValueError(f"the matrix has {shape[0]} rows, the tokenizer {tokens} tokens")
    kind = DTYPES[dtype]
    narrowed = (_narrowed(block, kind) for block in blocks)
    with atomic_folder(folder) as temporary:
        digest = tensors.write_rows(
            temporary / "codebook.safetensors", TENSOR, narrowed, kind, shape
        )
        (temporary / "tokenizer.json").write_text(tokenizer_json, encoding="utf-8")
        tokenizer_sha256 = hashlib.sha256(tokenizer_json.encode()).hexdigest()
        facts = {"shape": list(shape), "dtype": dtype, "sha256": digest}
        facts |= {"tokenizer_sha256": tokenizer_sha256, **about}
        (temporary / "codebook.toml").write_text(toml(facts), encoding="utf-8")
    return read_codebook(folder)


def _narrowed(block: NDArray[Any], kind: type[np.floating[Any]]) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(block, kind)
    if not np.isfinite(values).all():
        raise ValueError("a value is beyond float16's 65504; take dtype float32")
    return values


def count_tokens(tokenizer_json: str, file: Path) -> int:
    """The number of ids of a tokenizer; ValueError names its file if it can't be read."""
    spec = read_spec(tokenizer_json, file)
    parse(tokenizer_json, file)
    return vocabulary_size(spec)


def added_ids(tokenizer_json: str) -> set[int]:
    """The ids of the tokens that were added to a tokenizer's own vocabulary."""
    return {token["id"] for token in json.loads(tokenizer_json).get("added_tokens") or ()}
