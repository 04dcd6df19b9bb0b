"""JSON files of a model, which may come from anywhere: read whole, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_LARGEST_UNZIPPED = 256 << 20


def read_text(file: Path) -> str:
    """The text of a file, decompressed where its name ends in `.gz`."""
    if file.exists() and not file.is_file():
        raise ValueError(f"{file}: not a regular file, expected text")
    raw = _unzipped(file) if file.suffix == ".gz" else file.read_bytes()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: not UTF-8 text, expected JSON") from error


def _unzipped(file: Path) -> bytes:
    import gzip
    import zlib

    try:
        with gzip.open(file) as unzipped:
            raw = unzipped.read(_LARGEST_UNZIPPED + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{file}: not a whole gzip file: {error}") from error
    if len(raw) > _LARGEST_UNZIPPED:
        raise ValueError(f"{file}: unzips to more than {_LARGEST_UNZIPPED} bytes")
    return raw


def read_object(file: Path) -> dict[str, Any]:
    """The object that a file holds; ValueError names the file."""
    text = read_text(file)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{file}: holds a {type(value).__name__}, expected an object")
    return value


def largest_token_id(file: Path) -> int:
    """The largest token id of a `tokenizers` file."""
    tokenizer = read_object(file)
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
