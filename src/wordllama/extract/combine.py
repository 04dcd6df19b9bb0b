"""Several codebooks into one: concatenated, or carried over to another vocabulary."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.encode.surface import ids_by_surface, surfaces
from wordllama.extract.codebook import (
    Codebook,
    check_codebook,
    count_tokens,
    read_codebook,
    write_codebook,
)
from wordllama.modelfiles.jsonfile import read_text

_ROWS = 8192


def concatenate(
    folders: Sequence[str | Path], out: str | Path, *, dtype: str = "float16"
) -> Codebook:
    """Codebooks of one tokenizer, concatenated: a token's row is its rows one after the other.

    Raises:
        ValueError: fewer than two, or their tokenizers differ; the message names both and a token.
    """
    if len(folders) < 2:
        raise ValueError(f"folders must name two codebooks or more, got {len(folders)}")
    books = [read_codebook(folder) for folder in folders]
    for book in books:
        check_codebook(book)
    first = _ids(books[0].tokenizer_json)
    for book in books[1:]:
        other = _ids(book.tokenizer_json)
        if other != first:
            apart = [t for t in first.keys() | other.keys() if first.get(t) != other.get(t)]
            token = min(apart, key=lambda t: (first.get(t, len(first)), t))
            pair = f"{books[0].folder} and {book.folder}"
            where = f"{token!r} is {first.get(token)} in one and {other.get(token)} in the other"
            raise ValueError(f"{pair}: different tokenizers ({where}); carry one over first")
    rows = len(books[0].matrix)
    columns = sum(book.matrix.shape[1] for book in books)

    def blocks() -> Iterator[NDArray[Any]]:
        for start in range(0, rows, _ROWS):
            yield np.hstack([book.matrix[start : start + _ROWS] for book in books])

    about = {"made_by": "concatenation", "part": [_provenance(book) for book in books]}
    return write_codebook(out, blocks(), (rows, columns), books[0].tokenizer_json, about, dtype)


def _ids(tokenizer_json: str) -> dict[str, int]:
    held = json.loads(tokenizer_json)
    vocabulary: dict[str, int] = held["model"]["vocab"]
    if isinstance(vocabulary, list):
        vocabulary = {token: i for i, (token, _) in enumerate(vocabulary)}
    added = {token["content"]: token["id"] for token in held.get("added_tokens") or ()}
    return vocabulary | added


def _provenance(book: Codebook) -> dict[str, Any]:
    return {"folder": book.folder.name} | {
        key: value for key, value in book.about.items() if key != "part"
    }


def carry_over(
    folder: str | Path, tokenizer: str | Path, out: str | Path, *, dtype: str = "float16"
) -> Codebook:
    """A codebook's rows for another vocabulary.

    Each target token's text (with its leading space, where it has one) is tokenized by the
    codebook's own tokenizer, and the rows of what comes out are averaged. Tokens without text
    (control tokens, bytes that are no whole character) get a zero row; `codebook.toml` says how
    many. This is our own way, not the published package's.

    Raises:
        FileNotFoundError: no codebook or tokenizer there.
        ValueError: either is damaged.
    """
    book = read_codebook(folder)
    check_codebook(book)
    target_json = read_text(Path(tokenizer))
    tokens = count_tokens(target_json, Path(tokenizer))
    texts = surfaces(target_json)
    ids = ids_by_surface(book.tokenizer_json, [texts.get(token) for token in range(tokens)])
    empty = sum(not row for row in ids)

    def blocks() -> Iterator[NDArray[Any]]:
        for start in range(0, tokens, _ROWS):
            block = ids[start : start + _ROWS]
            rows = np.zeros((len(block), book.matrix.shape[1]), np.float32)
            for row, token_ids in zip(rows, block, strict=True):
                if token_ids:
                    row[:] = book.matrix[token_ids].astype(np.float32).mean(axis=0)
            yield rows

    about = {"made_by": "carrying over", "zero_rows": empty, "part": [_provenance(book)]}
    return write_codebook(out, blocks(), (tokens, book.matrix.shape[1]), target_json, about, dtype)
