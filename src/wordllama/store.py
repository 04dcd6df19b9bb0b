"""The model folder, read and written.

A folder holds `model.safetensors`, `tokenizer.json` (or `tokenizer.json.gz`) and `config.json`, as
model2vec lays them out: tensor `embeddings` (rows of float32, float16, bfloat16 or int8), `weights`
(a factor for each token) and `mapping` (a row for each token) where there are such. An int8 row's
scale is part of its tokens' `weights`. Published WordLlama files (one tensor, `embedding.weight`)
are read with a tokenizer file beside them.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from wordllama import tensors
from wordllama.kernel import Rows

_TOKENIZERS = ("tokenizer.json", "tokenizer.json.gz")


@dataclass(frozen=True)
class StoredModel:
    """A model as it lies on disk: rows memory-mapped, the tokenizer's file not yet parsed."""

    rows: Rows
    tokenizer_file: Path
    normalize: bool
    """Whether the model's vectors are meant to be normalised."""
    binary: bool
    """Whether the model was trained to be binarised."""
    config: Mapping[str, Any]

    @property
    def dim(self) -> int:
        """The number of dimensions of a vector."""
        return int(self.rows.matrix.shape[1])

    @property
    def tokenizer_json(self) -> str:
        """The tokenizer's file, as text (read anew each time)."""
        return read_tokenizer(self.tokenizer_file)


def read_model(
    path: str | Path,
    *,
    tensor: str | None = None,
    tokenizer: Path | None = None,
    trunc_dim: int | None = None,
    trusted: bool = False,
) -> StoredModel:
    """The model in a folder, or in a `.safetensors` file with a tokenizer file beside it.

    Args:
        path: the folder or the file.
        tensor: the matrix' name; found where None.
        tokenizer: the tokenizer's file; found where None.
        trunc_dim: keep only this many of the first dimensions (a copy in memory).
        trusted: the files are known by checksum: don't look at every row and token again.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged or does not fit; says which, what was found and expected.
    """
    weights = _weights_file(Path(path))
    tokenizer = _tokenizer_file(weights) if tokenizer is None else Path(tokenizer)
    config = _read_config(weights.parent / "config.json") if weights.name == _WEIGHTS else {}
    rows = _read_rows(weights, tensor)
    if not trusted:
        _check_rows(weights, rows)
        _check_vocabulary(tokenizer, weights, rows)
    if trunc_dim is not None:
        rows = _truncate(weights, rows, trunc_dim)
    normalize = config.get("normalize", _modules_normalize(weights.parent))
    binary = config.get("binary", weights.stem.endswith("_binary"))
    return StoredModel(rows, tokenizer, bool(normalize), bool(binary), config)


_WEIGHTS = "model.safetensors"


def _weights_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    for file in (path / _WEIGHTS, path / "0_StaticEmbedding" / _WEIGHTS):
        if file.exists():
            return file
    raise FileNotFoundError(f"{path}: no {_WEIGHTS} in this folder, so it holds no model")


def _tokenizer_file(weights: Path) -> Path:
    config = weights.stem.removesuffix("_binary").rpartition("_")[0]
    published = f"{config}_tokenizer_config.json"
    places = [weights.parent / name for name in (*_TOKENIZERS, published)]
    places.append(weights.parent.parent / "tokenizers" / published)
    for file in places:
        if file.is_file():
            return file
    names = ", ".join(str(place) for place in places)
    raise FileNotFoundError(f"{weights}: no tokenizer beside it; looked for {names}")


def tokenizer_in(folder: Path) -> Path:
    """The tokenizer's file in a model folder."""
    return next(
        (folder / name for name in _TOKENIZERS if (folder / name).exists()), folder / _TOKENIZERS[0]
    )


def read_tokenizer(file: Path) -> str:
    """A tokenizer file's text, decompressed where its name ends in `.gz`."""
    raw = file.read_bytes()
    if file.suffix == ".gz":
        import gzip
        import zlib

        try:
            raw = gzip.decompress(raw)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{file}: not a whole gzip file: {error}") from error
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: not UTF-8 text, expected a tokenizer in JSON") from error


def _read_json(file: Path, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{file}: holds a {type(value).__name__}, expected an object")
    return value


def _read_config(file: Path) -> dict[str, Any]:
    config = _read_json(file, read_tokenizer(file)) if file.exists() else {}
    for key in ("normalize", "binary"):
        if not isinstance(config.get(key, False), bool):
            raise ValueError(f"{file}: {key} is {config[key]!r}, expected true or false")
    return config


def _modules_normalize(folder: Path) -> bool:
    """Whether sentence-transformers' list of modules ends in a normalisation."""
    for file in (folder / "modules.json", folder.parent / "modules.json"):
        nested = folder.name == "0_StaticEmbedding"
        if (file.parent == folder or nested) and file.is_file():
            return '.Normalize"' in read_tokenizer(file)
    return False


def _read_rows(file: Path, name: str | None) -> Rows:
    header = tensors.read_header(file)
    matrix = _matrix(file, header, name)
    scale = _per_token(file, header, "weights", "F")
    mapping = _per_token(file, header, "mapping", "I")
    if mapping is not None:
        low, high = int(mapping.min(initial=0)), int(mapping.max(initial=0))
        if low < 0 or high >= len(matrix):
            found = low if low < 0 else high
            raise ValueError(
                f"{file}: 'mapping' holds {found}, expected rows 0 to {len(matrix) - 1}"
            )
        mapping = np.ascontiguousarray(mapping, dtype=np.int32)
    n_tokens = len(matrix) if mapping is None else len(mapping)
    if scale is not None and len(scale) != n_tokens:
        raise ValueError(f"{file}: 'weights' has {len(scale)} entries, expected {n_tokens}")
    if scale is not None:
        scale = np.ascontiguousarray(scale, dtype=np.float32)
    return Rows(matrix, scale, mapping)


def _matrix(file: Path, header: Mapping[str, tensors.Tensor], name: str | None) -> NDArray[Any]:
    if name is None:
        name = next((key for key in ("embeddings", "embedding.weight") if key in header), None)
    if name is None or name not in header:
        wanted = "'embeddings' or 'embedding.weight'" if name is None else repr(name)
        raise ValueError(f"{file}: holds tensors {sorted(header)}, expected {wanted}")
    entry = header[name]
    if len(entry.shape) != 2 or 0 in entry.shape:
        raise ValueError(
            f"{file}: {name!r} has shape {list(entry.shape)}, expected [rows, dimensions]"
        )
    if entry.dtype not in ("F64", "F32", "F16", "BF16", "I8"):
        raise ValueError(f"{file}: {name!r} is {entry.dtype}, expected F32, F16, BF16, F64 or I8")
    matrix = tensors.open_tensor(file, entry)
    return matrix.astype(np.float32) if entry.dtype == "F64" else matrix


def _per_token(
    file: Path, header: Mapping[str, tensors.Tensor], name: str, kind: str
) -> NDArray[Any] | None:
    entry = header.get(name)
    if entry is None:
        return None
    numbers = "floats" if kind == "F" else "integers"
    if len(entry.shape) != 1 or entry.dtype.lstrip("BU")[0] != kind:
        raise ValueError(
            f"{file}: {name!r} is {entry.dtype} {list(entry.shape)}, expected a list of {numbers}"
        )
    return tensors.open_tensor(file, entry)


def _check_rows(file: Path, rows: Rows) -> None:
    for name, values in (("row", rows.matrix), ("weight", rows.scale)):
        if values is None or values.dtype.kind != "f":
            continue
        step = max(1, (1 << 20) // (values.size // len(values) or 1))
        for start in range(0, len(values), step):
            part = values[start : start + step]
            if not np.isfinite(part).all():
                bad = start + int(np.argmin(np.isfinite(part).reshape(len(part), -1).all(axis=1)))
                raise ValueError(f"{file}: {name} {bad} holds NaN or infinity, expected numbers")


def _check_vocabulary(tokenizer: Path, weights: Path, rows: Rows) -> None:
    largest = largest_id(tokenizer, read_tokenizer(tokenizer))
    n_tokens = len(rows.matrix if rows.mapping is None else rows.mapping)
    if largest >= n_tokens:
        raise ValueError(
            f"{tokenizer}: holds token ids up to {largest}, expected at most {n_tokens - 1}:"
            f" {weights} has rows for {n_tokens} tokens, so they don't belong together"
        )


def largest_id(file: Path, text: str) -> int:
    """The largest token id of a tokenizer (`file` is for errors)."""
    tokenizer = _read_json(file, text)
    model = tokenizer.get("model")
    vocab = model.get("vocab") if isinstance(model, dict) else None
    if isinstance(vocab, dict):
        ids = list(vocab.values())
    elif isinstance(vocab, list):
        ids = list(range(len(vocab)))
    else:
        raise ValueError(f"{file}: has no model with a vocab, expected a `tokenizers` file")
    added = tokenizer.get("added_tokens") or []
    if not isinstance(added, list) or not all(isinstance(token, dict) for token in added):
        raise ValueError(f"{file}: added_tokens is not a list of objects")
    ids += [token.get("id") for token in added]
    if not ids or not all(type(token) is int and token >= 0 for token in ids):
        raise ValueError(f"{file}: has an empty vocabulary or ids that are not whole numbers")
    return int(max(ids))


def _truncate(file: Path, rows: Rows, dim: int) -> Rows:
    if not 0 < dim <= rows.matrix.shape[1]:
        raise ValueError(
            f"trunc_dim is {dim}, expected 1 to {rows.matrix.shape[1]}, the dimensions of {file}"
        )
    return Rows(np.ascontiguousarray(rows.matrix[:, :dim]), rows.scale, rows.mapping)


def write_model(
    folder: str | Path, rows: Rows, tokenizer_json: str, config: Mapping[str, Any]
) -> None:
    """Write a model folder that `read_model` and model2vec's `StaticModel` read.

    An interrupt while it is written leaves what was there before; other files of an existing folder
    stay as they are. `config` becomes `config.json` (`normalize`, `binary`, anything that JSON can
    hold), to which the format's own entries are added.
    """
    from safetensors.numpy import save_file

    arrays = {"embeddings": rows.matrix, "weights": rows.scale, "mapping": rows.mapping}
    present = {name: np.ascontiguousarray(a) for name, a in arrays.items() if a is not None}
    full = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "normalize": False,
        "max_length": None,
        **config,
        "hidden_dim": int(rows.matrix.shape[1]),
        "embedding_dtype": rows.matrix.dtype.name,
    }
    text = json.dumps(full, indent=2, ensure_ascii=False)
    with atomic_folder(folder) as new:
        save_file(present, new / _WEIGHTS, metadata={"format": "np"})
        (new / "tokenizer.json").write_text(tokenizer_json, encoding="utf-8")
        (new / "config.json").write_text(text + "\n", encoding="utf-8")


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")


@contextmanager
def atomic_write(path: str | Path) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `path` when the block ends, and vanishes if it fails.

    The file can be read, too; it lies in the same folder under a temporary name until then.
    """
    path = Path(path)
    temporary = _temporary(path)
    try:
        with temporary.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """A new folder that becomes `path` when the block ends, and vanishes if it fails.

    If `path` is a folder already, the new files take the places of those with the same name, one
    by one once all are written, and its other files stay.
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise ValueError(f"{path}: is a file, expected a folder or nothing")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path.absolute())
    temporary.mkdir()
    try:
        yield temporary
        if path.exists():
            for file in sorted(temporary.iterdir()):
                file.replace(path / file.name)
        else:
            temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
