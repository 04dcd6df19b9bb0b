"""The blocks of an index in memory: they are not kept, as the memory has what is in them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from wordllama.encode.encoder import Encoder
from wordllama.index.blocks import ROWS, Block
from wordllama.index.embedding import block_of
from wordllama.index.store import Store


class UnstoredBlocks:
    """Blocks made anew from the texts, to the last bit as they were, when they are asked for.

    So they have no rows of records that are deleted.
    """

    def __init__(self, store: Store, encoder: Encoder) -> None:
        self._store = store
        self._encoder = encoder

    def add(self, block: Block) -> None:
        """Nothing: its texts are in the store."""

    def after(self, row: int) -> Iterator[Block]:
        """The blocks that hold rows after this one, whole, in order."""
        return map(self._made, self._store.pages(row))

    def of(self, rows: NDArray[np.int64]) -> Iterator[Block]:
        """Of the blocks that hold any of these rows (rising): those rows."""
        for start in range(0, len(rows), ROWS):
            texts = self._store.texts(rows[start : start + ROWS].tolist())
            if texts:
                yield self._made(texts)

    def count(self) -> int:
        """How many rows they have."""
        return self._store.count()

    def clear(self) -> None:
        """Nothing."""

    def _made(self, texts: list[tuple[int, str]]) -> Block:
        rows = np.array([row for row, _ in texts], np.int64)
        listed = [text for _, text in texts]
        return block_of(rows, listed, self._encoder, self._store.layout.binary)
