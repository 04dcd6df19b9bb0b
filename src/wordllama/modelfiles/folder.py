"""The model folder, read and written.

A folder holds `model.safetensors`, `tokenizer.json` (or `tokenizer.json.gz`) and `config.json`, as
model2vec lays them out: tensor `embeddings` (rows of float32, float16, bfloat16 or int8), `weights`
(a factor for each token) and `mapping` (a row for each token) where there are such. An int8 row's
scale is part of its tokens' `weights`. Published WordLlama files (one tensor, `embedding.weight`)
are read with a tokenizer file beside them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.atomic import atomic_folder
from wordllama.coverage.languages import language_codes
from wordllama.kernel import Rows
from wordllama.modelfiles import jsonfile, tensors
from wordllama.modelfiles.tokenizer import read_spec, vocabulary_size

_WEIGHTS = "model.safetensors"
_TOKENIZER_SUM = "tokenizer_sha256"
_FLOATS = ("F64", "F32", "F16", "BF16")
_INTEGERS = ("I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8")
_SETTINGS = ("normalize", "binary", "skip_unknown")
LARGEST_VALUE = 1e15
"""The largest size of a number in a row; the squares of larger ones, added up, leave float32."""
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
    skip_unknown: bool
    """Whether the unknown token is left out of the mean, as model2vec does."""
    config: Mapping[str, Any]
    languages: tuple[str, ...] | None = None
    """Codes of the languages that the model was made for; None where the folder does not say."""

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
    weights = weights_in(Path(path))
    header = tensors.read_header(weights)
    tokenizer = _tokenizer_file(weights) if tokenizer is None else Path(tokenizer)
    config = _read_config(weights.parent / "config.json") if weights.name == _WEIGHTS else {}
    name = _matrix_name(weights, header) if tensor is None else tensor
    rows = _read_rows(weights, header, name)
    if not trusted:
        tensors.check_sum(weights)
        _check_config(weights.parent / "config.json", weights, config)
        _check_rows(weights, rows)
        _check_tokenizer(tokenizer, weights, rows)
    if trunc_dim is not None:
        rows = _truncate(weights, rows, trunc_dim)
    normalize = config.get("normalize", _modules_normalize(weights.parent))
    binary = config.get("binary", weights.stem.endswith("_binary"))
    skip = config.get("skip_unknown", name == "embeddings")
    languages = _languages(config, weights.parent / "config.json")
    return StoredModel(rows, tokenizer, normalize, binary, skip, config, languages)


def weights_in(path: Path) -> Path:
    """The file of a model folder's weights; a path that is no folder is that file itself."""
    if path.name in ("codebook.toml", "codebook.safetensors") and path.is_file():
        raise _codebook(path)
    if not path.is_dir():
        return path
    for file in (path / _WEIGHTS, path / "0_StaticEmbedding" / _WEIGHTS):
        if file.exists():
            return file
    if (path / "codebook.toml").is_file():
        raise _codebook(path)
    raise FileNotFoundError(f"{path}: no {_WEIGHTS} in this folder, so it holds no model")


def _codebook(path: Path) -> ValueError:
    return ValueError(f"{path}: a codebook, no model; `wordllama train` makes models of codebooks")


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
    """The file of a model folder's tokenizer."""
    return _tokenizer_file(weights_in(folder))


def read_tokenizer(file: Path) -> str:
    """The text of a tokenizer's file, decompressed where its name ends in `.gz`."""
    return jsonfile.read_text(file)


def model_sha256(folder: Path) -> str:
    """The SHA-256 of a folder's weights, tokenizer and settings: of all that makes its vectors."""
    model = read_model(folder, trusted=True)
    digest = hashlib.sha256(model.tokenizer_json.encode())
    digest.update(repr((model.normalize, model.binary, model.skip_unknown)).encode())
    with weights_in(folder).open("rb") as file:
        digest.update(tensors.sha256_of(file).encode())
    return digest.hexdigest()


def read_languages(path: Path) -> tuple[str, ...] | None:
    """Codes of the languages that a folder's model was made for; None where it does not say."""
    file = weights_in(path).parent / "config.json"
    return _languages(_read_config(file), file)


def _read_config(file: Path) -> dict[str, Any]:
    config = jsonfile.read_object(file) if file.exists() else {}
    for key in _SETTINGS:
        if not isinstance(config.get(key, False), bool):
            raise ValueError(f"{file}: {key} is {config[key]!r}, expected true or false")
    return config


def _languages(config: Mapping[str, Any], file: Path) -> tuple[str, ...] | None:
    try:
        return language_codes(config.get("languages"), f"{file}: languages")
    except TypeError as error:
        raise ValueError(str(error)) from error


def _modules_normalize(folder: Path) -> bool:
    """Whether sentence-transformers' list of modules holds a normalisation."""
    nested = folder.name == "0_StaticEmbedding"
    file = (folder.parent if nested else folder) / "modules.json"
    return file.is_file() and '.Normalize"' in jsonfile.read_text(file)


def _matrix_name(file: Path, header: Mapping[str, tensors.Tensor]) -> str:
    for name in ("embeddings", "embedding.weight"):
        if name in header:
            return name
    raise ValueError(f"{file}: holds tensors {_names(header)}, expected 'embeddings'")


def _names(header: Mapping[str, tensors.Tensor]) -> str:
    return str(list(header)[:8])


def _read_rows(file: Path, header: Mapping[str, tensors.Tensor], name: str) -> Rows:
    matrix = _matrix(file, header, name)
    scale = _per_token(file, header, "weights", _FLOATS)
    mapping = _per_token(file, header, "mapping", _INTEGERS)
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


def _matrix(file: Path, header: Mapping[str, tensors.Tensor], name: str) -> NDArray[Any]:
    if name not in header:
        raise ValueError(f"{file}: holds tensors {_names(header)}, expected {name!r}")
    entry = header[name]
    if len(entry.shape) != 2 or 0 in entry.shape:
        raise ValueError(
            f"{file}: {name!r} has shape {list(entry.shape)}, expected [rows, dimensions]"
        )
    if entry.dtype not in (*_FLOATS, "I8"):
        raise ValueError(f"{file}: {name!r} is {entry.dtype}, expected one of {(*_FLOATS, 'I8')}")
    matrix = tensors.open_tensor(file, entry)
    return matrix.astype(np.float32) if entry.dtype == "F64" else matrix


def _per_token(
    file: Path, header: Mapping[str, tensors.Tensor], name: str, dtypes: tuple[str, ...]
) -> NDArray[Any] | None:
    entry = header.get(name)
    if entry is None:
        return None
    if len(entry.shape) != 1 or entry.dtype not in dtypes:
        found = f"{entry.dtype} {list(entry.shape)}"
        raise ValueError(f"{file}: {name!r} is {found}, expected one number a token, of {dtypes}")
    return tensors.open_tensor(file, entry)


def _check_config(file: Path, weights: Path, config: Mapping[str, Any]) -> None:
    """What `write_model` wrote names its settings; a key that is gone would change the vectors."""
    if weights.name != _WEIGHTS or _TOKENIZER_SUM not in tensors.read_metadata(weights):
        return
    for key in _SETTINGS:
        if key not in config:
            raise ValueError(f"{file}: has no {key}, expected true or false as {weights} was saved")


def _check_rows(file: Path, rows: Rows) -> None:
    largest = 1.0
    for name, values in (("row", rows.matrix), ("weight", rows.scale)):
        if values is None:
            continue
        step = max(1, (1 << 20) // (values.size // len(values) or 1))
        parts = [_largest(file, name, values, i, i + step) for i in range(0, len(values), step)]
        largest *= max(parts, default=0.0)
    if largest > LARGEST_VALUE:
        raise ValueError(
            f"{file}: the rows reach {largest:.3g}, expected at most {LARGEST_VALUE:.0e}: "
            "is it damaged?"
        )


def _largest(file: Path, name: str, values: NDArray[Any], start: int, stop: int) -> float:
    """The largest size of a value in these rows; ValueError names a row with NaN or infinity."""
    part = values[start:stop]
    if part.dtype.kind != "f":
        return 128.0
    # The bits of floats, but for the sign, are ordered as they are, and compared faster.
    kind = np.dtype(f"u{part.dtype.itemsize}")
    bits = part.view(kind) & (np.iinfo(kind).max >> 1)
    largest = float(bits.max().view(part.dtype))
    if not np.isfinite(largest):
        bad = start + int(np.argmin(np.isfinite(part).reshape(len(part), -1).all(axis=1)))
        raise ValueError(f"{file}: {name} {bad} holds NaN or infinity, expected numbers")
    return largest


def _check_tokenizer(tokenizer: Path, weights: Path, rows: Rows) -> None:
    expected = tensors.read_metadata(weights).get(_TOKENIZER_SUM)
    text = read_tokenizer(tokenizer)
    found = hashlib.sha256(text.encode()).hexdigest()
    if expected not in (None, found):
        raise ValueError(
            f"{tokenizer}: has SHA-256 {found}, expected {expected}, with which {weights} was saved"
        )
    largest = vocabulary_size(read_spec(text, tokenizer)) - 1
    n_tokens = len(rows.matrix if rows.mapping is None else rows.mapping)
    if largest >= n_tokens:
        raise ValueError(
            f"{tokenizer}: holds token ids up to {largest}, expected at most {n_tokens - 1}:"
            f" {weights} has rows for {n_tokens} tokens, so they don't belong together"
        )


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
    stay as they are. `config` becomes `config.json` (`normalize`, `binary`, `skip_unknown`, and
    anything that JSON can hold), to which the format's own entries are added.
    """
    arrays = {"embeddings": rows.matrix, "weights": rows.scale, "mapping": rows.mapping}
    present = {name: np.ascontiguousarray(a) for name, a in arrays.items() if a is not None}
    full = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "normalize": False,
        "binary": False,
        "skip_unknown": True,
        "max_length": None,
        **config,
        "hidden_dim": int(rows.matrix.shape[1]),
        "embedding_dtype": rows.matrix.dtype.name,
    }
    text = json.dumps(full, indent=2, ensure_ascii=False) + "\n"
    tokenizer = tokenizer_json.encode()
    metadata = {"format": "np", _TOKENIZER_SUM: hashlib.sha256(tokenizer).hexdigest()}
    with atomic_folder(folder) as new:
        tensors.write_tensors(new / _WEIGHTS, present, metadata)
        (new / "tokenizer.json").write_bytes(tokenizer)
        (new / "config.json").write_bytes(text.encode())
