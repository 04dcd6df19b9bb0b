"""Texts from any source, however many, to the array of their vectors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama import vectors
from wordllama.encode.encoder import Encoder
from wordllama.texts import Texts, columns, count

TEXTS_AT_ONCE = 8192
GROWTH = 32 << 20  # bytes by which an array of unknown length grows


def pooled(
    encoder: Encoder,
    texts: Texts,
    norm: bool,
    binary: bool,
    out: NDArray[Any] | None = None,
    threads: int = 0,
    progress: bool = False,
) -> NDArray[Any]:
    """Mean vectors of the texts: float32 (n, dim), or packed uint64 (n, dim / 64) when binary.

    `out`, an array or memory map of that shape and dtype, is filled and returned; ValueError if it
    does not fit. Texts whose number is known only when they have been read are taken as they come.
    """
    n = count(texts)
    if out is not None:
        _check_out(out, encoder, binary, n)
    rows = _new(encoder, binary, TEXTS_AT_ONCE if n is None else n) if out is None else out
    done = 0
    for batch in _shown(columns(texts, TEXTS_AT_ONCE), n, progress):
        end = done + len(batch)
        if end > len(rows):
            if out is not None:
                raise ValueError(f"out has {len(out)} rows, but there are more texts")
            rows.resize((end + GROWTH // rows[0].nbytes, rows.shape[1]), refcheck=False)
        encoder.embed(batch, rows[done:end], norm, threads)
        done = end
    if done < len(rows):
        if out is not None:
            raise ValueError(f"out has {len(out)} rows, but there are {done} texts")
        rows.resize((done, rows.shape[1]), refcheck=False)
    return rows


def token_vectors(encoder: Encoder, text: str, norm: bool, binary: bool) -> NDArray[Any]:
    """The row of each token of the text: (tokens, dim) float32, or packed when binary."""
    dense = encoder.token_vectors(encoder.token_ids([text])[0])
    if binary:
        return vectors.binarize(dense)
    return vectors.normalize(dense) if norm else dense


def width(encoder: Encoder, binary: bool) -> tuple[int, np.dtype[Any]]:
    """Columns and dtype of an array of vectors; ValueError if they can't be binary."""
    if not binary:
        return encoder.dim, np.dtype(np.float32)
    if encoder.dim % 64:
        raise ValueError(f"binary vectors need a multiple of 64 dimensions, not {encoder.dim}")
    return encoder.dim // 64, np.dtype(np.uint64)


def _new(encoder: Encoder, binary: bool, n: int) -> NDArray[Any]:
    columns, dtype = width(encoder, binary)
    return np.empty((n, columns), dtype)


def _check_out(out: NDArray[Any], encoder: Encoder, binary: bool, n: int | None) -> None:
    if not isinstance(out, np.ndarray):
        raise TypeError(f"out must be a NumPy array or memory map, not {type(out).__name__}")
    columns, dtype = width(encoder, binary)
    shape = (len(out) if n is None else n, columns)
    if out.shape != shape or out.dtype != dtype or not out.flags.c_contiguous:
        raise ValueError(
            f"out must be a C-contiguous {dtype} array of shape {shape}, "
            f"not {out.dtype} of shape {out.shape}"
        )


def _shown(lists: Iterable[Any], n: int | None, progress: bool) -> Iterable[Any]:
    """The lists of texts, with a bar that counts texts on a terminal."""
    if not progress:
        yield from lists
        return
    from tqdm import tqdm

    with tqdm(total=n, unit=" texts", unit_scale=True, disable=None) as bar:
        for batch in lists:
            yield batch
            bar.update(len(batch))
