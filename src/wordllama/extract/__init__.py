"""Codebooks out of language models' files: the token table and the tokenizer, nothing else read.

Needs the extra `extract` for GGUF; safetensors files need nothing beyond the base install.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.extract.codebook import (
    Codebook,
    added_ids,
    count_tokens,
    read_codebook,
    write_codebook,
)
from wordllama.extract.combine import carry_over, concatenate
from wordllama.extract.source import Inside, Source, open_source
from wordllama.modelfiles.jsonfile import read_text

__all__ = ["Codebook", "Inside", "Source", "carry_over", "concatenate", "extract"]
__all__ += ["open_source", "read_codebook", "write_codebook"]

PADDING = 0.05
"""Rows beyond the tokenizer's ids, as a share of these, that are taken for padding."""


def extract(
    source: str | Path | Sequence[str | Path],
    folder: str | Path,
    *,
    tensor: str | None = None,
    tokenizer: str | Path | None = None,
    licence: str | None = None,
    dtype: str = "float16",
) -> Codebook:
    """Write the token table of a language model's file as a codebook folder.

    Only the header and the table's own bytes are read, a block at a time. Rows beyond the
    tokenizer's ids (padding, up to 5 %) are left out; tokens that were added beyond the table's
    rows (Gemma 3's <image_soft_token>) get a zero row. `codebook.toml` has the SHA-256 of the rows
    as they lay in the source and of the rows as they are written.

    Args:
        source: A `.safetensors` file, its index, a folder of either, a GGUF file, or its parts.
        folder: Where the codebook goes.
        tensor: The table's name; found by rule where None.
        tokenizer: A `tokenizer.json`; where None, the one beside a safetensors file or the one in
            GGUF's metadata.
        licence: Of the model; where None, what its file or card says.
        dtype: "float16" or "float32".

    Raises:
        FileNotFoundError: a file, or the tokenizer, is not there.
        ValueError: a damaged file, a tensor that is not there, of the wrong rank or cut short, NaN
            or infinite rows, a tokenizer of another size; the message names file and tensor.
    """
    opened = open_source(source)
    name = opened.table() if tensor is None else tensor
    if name not in opened.tensors:
        near = [held for held in opened.tensors if "embed" in held] or list(opened.tensors)[:5]
        raise ValueError(f"{opened.label}: holds no tensor {name!r}; it holds {', '.join(near)}")
    matrix = opened.matrix(name)
    given = None if tokenizer is None else Path(tokenizer)
    text, file = (read_text(given), given) if given else opened.tokenizer()
    tokens = count_tokens(text, file)
    rows, columns = matrix.shape
    beyond = set(range(rows, tokens))
    if rows > tokens * (1 + PADDING) or not beyond <= added_ids(text):
        raise ValueError(
            f"{opened.label}: {name!r} has {rows} rows, the tokenizer {tokens} tokens; "
            "they do not belong together"
        )
    about: dict[str, Any] = {
        "source": opened.label,
        "tensor": name,
        "source_dtype": matrix.dtype,
        "source_rows": rows,
        "licence": licence or opened.licence,
    }
    if beyond:
        about["zero_rows"] = len(beyond)
    digest = hashlib.sha256()

    def blocks() -> Iterator[NDArray[Any]]:
        for raw, values in matrix.blocks(min(tokens, rows)):
            digest.update(raw)
            if dtype == "float16" and np.abs(values).max(initial=0) > np.finfo(np.float16).max:
                where = f"{opened.label}: {name!r} has values"
                raise ValueError(f"{where} beyond float16's 65504; take dtype float32")
            yield values
        yield np.zeros((len(beyond), columns), np.float32)
        about["source_sha256"] = digest.hexdigest()

    return write_codebook(folder, blocks(), (tokens, columns), text, about, dtype)
