"""The table of blocks: what was made of the texts, kept so that nobody has to make it again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wordllama.index import blocks
from wordllama.index.blocks import ROWS, Block, Layout


class Blocks(Protocol):
    """The blocks of an index, wherever they come from."""

    def add(self, block: Block) -> None:
        """Keep a block, which comes after all others."""

    def after(self, row: int) -> Iterator[Block]:
        """The blocks that hold rows after this one, whole, in order."""

    def of(self, rows: NDArray[np.int64]) -> Iterator[Block]:
        """Of the blocks that hold any of these rows (rising): those rows."""

    def count(self) -> int:
        """How many rows they have."""

    def clear(self) -> None:
        """Delete them all."""


class StoredBlocks:
    """The blocks in a file. ValueError names the rows of one that is damaged."""

    def __init__(self, connection: sqlite3.Connection, name: str, layout: Layout) -> None:
        self._connection = connection
        self._name = name
        self._layout = layout

    def add(self, block: Block) -> None:
        """Write a block after all others, together with small ones before it."""
        while not blocks.is_full(block):
            last = self._connection.execute(
                "SELECT last, count FROM blocks ORDER BY last DESC LIMIT 1"
            ).fetchone()
            if not last or last[1] > len(block) or last[1] + len(block) > ROWS:
                break  # merging only what is no larger, each row is written a few times at most
            (before,) = self.after(last[0] - 1)
            if len(before.tokens) + len(block.tokens) > blocks.TOKENS:
                break
            self._connection.execute("DELETE FROM blocks WHERE last = ?", last[:1])
            block = blocks.joined([before, block])
        columns = blocks.packed(block, self._layout.n_tokens)
        self._connection.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", columns)

    def after(self, row: int) -> Iterator[Block]:
        """The blocks that hold rows after this one, whole, in order."""
        sql = "SELECT * FROM blocks WHERE last > ? ORDER BY last"
        for columns in self._connection.execute(sql, [row]):
            yield self._unpacked(columns)

    def of(self, rows: NDArray[np.int64]) -> Iterator[Block]:
        """Of the blocks that hold any of these rows (rising): those rows."""
        place = 0
        while place < len(rows):
            sql = "SELECT * FROM blocks WHERE last >= ? ORDER BY last LIMIT 1"
            columns = self._connection.execute(sql, [int(rows[place])]).fetchone()
            if columns is None:
                self._check_gone(int(rows[place]))
                return
            block = self._unpacked(columns)
            end = int(np.searchsorted(rows, block.rows[-1], side="right"))
            yield block.take(np.searchsorted(block.rows, rows[place:end]))
            place = end

    def _check_gone(self, row: int) -> None:
        """ValueError if there is a record of this row; others may have deleted it meanwhile."""
        sql = "SELECT 1 FROM records WHERE wl_row = ?"
        if self._connection.execute(sql, [row]).fetchone():
            raise ValueError(f"{self._name}: no block has row {row}; use rebuild=True")

    def count(self) -> int:
        """How many rows they have, dead ones too."""
        return int(self._connection.execute("SELECT total(count) FROM blocks").fetchone()[0])

    def clear(self) -> None:
        """Delete them all."""
        self._connection.execute("DELETE FROM blocks")

    def _unpacked(self, columns: Any) -> Block:
        layout = self._layout
        try:
            return blocks.unpacked(columns, layout.width, layout.binary, layout.n_tokens)
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{self._name}: the block of {columns[1]} rows up to {columns[0]} is damaged: "
                f"{error}; its texts may be whole: make it anew from them with "
                "rebuild=True (wordllama index --rebuild)"
            ) from error
