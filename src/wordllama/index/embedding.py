"""Texts to what an index keeps of them: vectors and token ids, from one pass over the texts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama import kernel, vectors
from wordllama.encode import pooling
from wordllama.encode.encoder import Encoder
from wordllama.index.blocks import Block, Layout, quantized


def layout_of(encoder: Encoder, binary: bool) -> Layout:
    """How the model's vectors and tokens are kept; ValueError if they can't be binary."""
    pooling.width(encoder, binary)
    return Layout(encoder.dim, binary, encoder.n_tokens)


def block_of(rows: NDArray[np.int64], texts: list[str], encoder: Encoder, binary: bool) -> Block:
    """The block of some texts. Each is tokenized once."""
    ids, offsets = encoder.token_ids(texts)
    dense = np.empty((len(texts), encoder.dim), np.float32)
    kernel.pool(ids, offsets, encoder.rows, dense)
    if binary:
        return Block(rows, vectors.binarize(dense), None, ids, offsets)
    return Block(rows, *quantized(dense), ids, offsets)


def query_of(texts: list[str], encoder: Encoder, binary: bool) -> NDArray[Any]:
    """Vectors of queries: float32 of unit length, or bits."""
    return pooling.pooled(encoder, texts, True, binary)
