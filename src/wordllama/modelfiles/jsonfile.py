"""JSON files of a model, which may come from anywhere: read whole, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LARGEST = 256 << 20
"""Bytes of a file's text; the tokenizers of the largest vocabularies have 35 million."""


def read_text(file: Path) -> str:
    """The text of a file, decompressed where its name ends in `.gz`."""
    if file.exists() and not file.is_file():
        raise ValueError(f"{file}: not a regular file, expected text")
    raw = _unzipped(file) if file.suffix == ".gz" else _read(file)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: not UTF-8 text") from error


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        raw = opened.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise ValueError(f"{file}: has more than {LARGEST} bytes, too many for JSON of a model")
    return raw


def _unzipped(file: Path) -> bytes:
    import gzip
    import zlib

    try:
        with gzip.open(file) as unzipped:
            raw = unzipped.read(LARGEST + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{file}: not a whole gzip file: {error}") from error
    if len(raw) > LARGEST:
        raise ValueError(f"{file}: unzips to more than {LARGEST} bytes")
    return raw


def read_object(file: Path) -> dict[str, Any]:
    """The object that a file holds; ValueError names the file."""
    return parse_object(read_text(file), file)


def parse_object(text: str, where: object) -> dict[str, Any]:
    """The object that some JSON holds; ValueError says where it is from.

    >>> parse_object("[1]", "rows.jsonl: line 3")
    Traceback (most recent call last):
    ...
    ValueError: rows.jsonl: line 3: holds a list, expected an object
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{where}: holds a {type(value).__name__}, expected an object")
    return value
