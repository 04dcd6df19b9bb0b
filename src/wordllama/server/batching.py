"""Texts of concurrent requests embedded together, without holding up the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from wordllama import kernel
from wordllama.encode.encoder import Encoder
from wordllama.server.work import Work

SMALL = 8192
"""Characters or tokens: a request of fewer is joined with the others of the moment and embedded in
the event loop (well under a millisecond); a larger one goes to a thread of its own."""


@dataclass(frozen=True)
class Embedded:
    """Vectors (n, dim) float32, not normalised, and the number of tokens of each text."""

    vectors: NDArray[np.float32]
    tokens: NDArray[np.int64]


class ForeignTokenError(Exception):
    """A token id that the model does not have."""

    def __init__(self, token: int, last: int) -> None:
        super().__init__(
            f"token id {token}; the model's last is {last}. Ids of another tokenizer mean other "
            "words here: send strings (LangChain: check_embedding_ctx_length=False)"
        )


class Batcher:
    """Embeds for many requests at once: all that arrive in one turn of the event loop are joined.

    `observe` is told the number of texts of each batch.
    """

    def __init__(self, encoder: Encoder, work: Work, observe: Callable[[int], object]) -> None:
        self._encoder = encoder
        self._work = work
        self._observe = observe
        self._waiting: list[tuple[list[str], asyncio.Future[Embedded]]] = []

    async def embed(self, texts: list[str]) -> Embedded:
        """The texts' vectors; what else is in the batch makes no difference to them."""
        if sum(map(len, texts)) >= SMALL:
            self._observe(len(texts))
            return await self._work.run(embed, self._encoder, texts, 0)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Embedded] = loop.create_future()
        self._waiting.append((texts, future))
        if len(self._waiting) == 1:
            loop.call_soon(self._flush)
        return await future

    async def embed_ids(self, arrays: list[list[int]]) -> Embedded:
        """Vectors of arrays of token ids; ForeignTokenError of one beyond the vocabulary."""
        self._observe(len(arrays))
        if sum(map(len, arrays)) < SMALL:
            return embed_ids(self._encoder, arrays, 1)
        return await self._work.run(embed_ids, self._encoder, arrays, 0)

    def _flush(self) -> None:
        waiting = [(texts, future) for texts, future in self._waiting if not future.done()]
        self._waiting.clear()
        joined = list(chain.from_iterable(texts for texts, _ in waiting))
        try:
            done = embed(self._encoder, joined, 1)
        except Exception as error:
            for _, future in waiting:
                future.set_exception(error)
            return
        self._observe(len(joined))
        start = 0
        for texts, future in waiting:
            part = slice(start, start + len(texts))
            future.set_result(Embedded(done.vectors[part], done.tokens[part]))
            start += len(texts)


def embed(encoder: Encoder, texts: list[str], threads: int) -> Embedded:
    """Vectors and token counts of the texts."""
    return pooled(encoder, *encoder.token_ids(texts, threads), threads)


def embed_ids(encoder: Encoder, arrays: list[list[int]], threads: int) -> Embedded:
    """Vectors of arrays of token ids; ForeignTokenError of one beyond the vocabulary."""
    highest = max(map(max, arrays))
    if highest >= encoder.n_tokens:
        raise ForeignTokenError(highest, encoder.n_tokens - 1)
    offsets = np.cumsum([0, *map(len, arrays)], dtype=np.int64)
    return pooled(encoder, np.array(list(chain(*arrays)), dtype=np.int32), offsets, threads)


def pooled(
    encoder: Encoder, ids: NDArray[np.int32], offsets: NDArray[np.int64], threads: int
) -> Embedded:
    """Means of the rows of each text's ids."""
    vectors = np.empty((len(offsets) - 1, encoder.dim), dtype=np.float32)
    kernel.pool(ids, offsets, encoder.rows, vectors, False, threads)
    return Embedded(vectors, np.diff(offsets))
