"""What lies in the file: records, blocks and what is known of them, read and written in SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.index import blocks
from wordllama.index.blocks import ROWS, Block
from wordllama.index.fields import COLUMN_TYPES, from_sql, quoted

AT_ONCE = 500
"""Values of one IN (...), of which SQLite takes 999 in old versions."""
Id = str | int


@dataclass(frozen=True)
class Layout:
    """How vectors and tokens of the model lie in a block."""

    dim: int
    binary: bool
    n_tokens: int

    @property
    def width(self) -> int:
        """Numbers of a stored vector."""
        return self.dim // 64 if self.binary else self.dim


class Store:
    """The tables behind one connection. Its callers begin and end transactions."""

    def __init__(self, connection: sqlite3.Connection, name: str, layout: Layout) -> None:
        self.connection = connection
        self.name = name
        self.layout = layout

    # -- what is known of all --------------------------------------------------------------------

    def about(self) -> dict[str, Any]:
        """The table `about`."""
        return dict(self.connection.execute("SELECT key, value FROM about"))

    def say(self, **about: str | int) -> None:
        """Set entries of the table `about`."""
        sql = "INSERT OR REPLACE INTO about VALUES (?, ?)"
        self.connection.executemany(sql, about.items())

    def text_columns(self) -> tuple[str, ...] | None:
        """The columns that were the text of the records that had columns."""
        said = self.about()["text_columns"]
        return tuple(said.split("\n")) if said else None

    def fields(self) -> dict[str, str]:
        """Name and kind of each field, in the order in which they came."""
        return dict(self.connection.execute("SELECT name, kind FROM fields ORDER BY rowid"))

    def set_fields(self, before: dict[str, str], after: dict[str, str]) -> None:
        """Make columns for new fields, and note the kinds."""
        for name in [name for name in after if name not in before]:
            column = COLUMN_TYPES.get(after[name], "NUMERIC")
            self.connection.execute(f"ALTER TABLE records ADD COLUMN {quoted(name)} {column}")
        changed = [(name, kind) for name, kind in after.items() if before.get(name) != kind]
        sql = "INSERT INTO fields VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET kind = ?2"
        self.connection.executemany(sql, changed)

    def stems(self) -> dict[int, str]:
        """The stem of each token that has come."""
        return dict(self.connection.execute("SELECT token, stem FROM stems"))

    def add_stems(self, stems: dict[int, str]) -> None:
        """Note the stems of tokens that had not come."""
        sql = "INSERT OR IGNORE INTO stems VALUES (?, ?)"
        self.connection.executemany(sql, stems.items())

    def clear_stems(self) -> None:
        """Forget all stems."""
        self.connection.execute("DELETE FROM stems")

    # -- records ---------------------------------------------------------------------------------

    def add_records(self, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert (row, id, text, value of each of `names`)."""
        columns = ", ".join(["wl_row", "id", "text", *map(quoted, names)])
        marks = ", ".join("?" * (3 + len(names)))
        self.connection.executemany(f"INSERT INTO records ({columns}) VALUES ({marks})", rows)

    def rows_of(self, ids: Sequence[Id]) -> dict[Id, int]:
        """The row of each id that there is."""
        found: dict[Id, int] = {}
        for part, marks in _parts(ids):
            sql = f"SELECT id, wl_row FROM records WHERE id IN ({marks})"
            found.update(self.connection.execute(sql, part))
        return found

    def records(self, rows: Sequence[int]) -> dict[int, tuple[Id, str, dict[str, Any]]]:
        """(id, text, fields) of each row that there is."""
        fields = self.fields()
        found = {}
        for part, marks in _parts(rows):
            sql = f"{_select(fields)} WHERE wl_row IN ({marks})"
            for row, *record in self.connection.execute(sql, part):
                found[row] = _record(record, fields)
        return found

    def page(self, after: int) -> list[tuple[int, Id, str, dict[str, Any]]]:
        """(row, id, text, fields) of the next records after a row; none if it was the last."""
        fields = self.fields()
        sql = f"{_select(fields)} WHERE wl_row > ? ORDER BY wl_row LIMIT {ROWS}"
        found = self.connection.execute(sql, [after])
        return [(row, *_record(record, fields)) for row, *record in found]

    def ids(self) -> list[Id]:
        """The ids in order of rows."""
        return [id for (id,) in self.connection.execute("SELECT id FROM records ORDER BY wl_row")]

    def rows(self) -> Iterator[tuple[int]]:
        """The row of every record, rising, each as a tuple of one."""
        return self.connection.execute("SELECT wl_row FROM records ORDER BY wl_row")

    def pages(self) -> Iterator[list[tuple[int, str]]]:
        """(row, text) of all records in order, in lists."""
        after = -1
        sql = f"SELECT wl_row, text FROM records WHERE wl_row > ? ORDER BY wl_row LIMIT {ROWS}"
        while page := self.connection.execute(sql, [after]).fetchall():
            yield page
            after = page[-1][0]

    def count(self) -> int:
        """How many records there are."""
        return int(self.connection.execute("SELECT count(*) FROM records").fetchone()[0])

    def delete(self, rows: Sequence[int], generation: int) -> None:
        """Delete records; their rows stay in the blocks until these are written anew."""
        for part, marks in _parts(rows):
            self.connection.execute(f"DELETE FROM records WHERE wl_row IN ({marks})", part)
        dead = [(row, generation) for row in rows]
        self.connection.executemany("INSERT INTO deleted VALUES (?, ?)", dead)

    def deleted(self, after: int) -> list[int]:
        """Rows that were deleted in generations after this one."""
        sql = "SELECT wl_row FROM deleted WHERE generation > ? ORDER BY wl_row"
        return [row for (row,) in self.connection.execute(sql, [after])]

    # -- blocks ----------------------------------------------------------------------------------

    def add_block(self, block: Block) -> None:
        """Write a block after all others, together with small ones before it."""
        while not blocks.is_full(block):
            last = self.connection.execute(
                "SELECT last, count FROM blocks ORDER BY last DESC LIMIT 1"
            ).fetchone()
            if not last or last[1] > len(block) or last[1] + len(block) > ROWS:
                break  # merging only what is no larger, each row is written a few times at most
            (before,) = self.blocks(last[0] - 1)
            if len(before.tokens) + len(block.tokens) > blocks.TOKENS:
                break
            self.connection.execute("DELETE FROM blocks WHERE last = ?", last[:1])
            block = blocks.joined([before, block])
        columns = blocks.packed(block, self.layout.n_tokens)
        self.connection.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", columns)

    def blocks(self, after: int) -> Iterator[Block]:
        """The blocks that hold rows after this one, whole, in order.

        ValueError names the rows of a block that is damaged.
        """
        sql = "SELECT * FROM blocks WHERE last > ? ORDER BY last"
        for columns in self.connection.execute(sql, [after]):
            yield self._unpacked(columns)

    def blocks_with(self, rows: NDArray[np.int64]) -> Iterator[Block]:
        """Of the blocks that hold any of these rows (rising): those rows."""
        place = 0
        while place < len(rows):
            sql = "SELECT * FROM blocks WHERE last >= ? ORDER BY last LIMIT 1"
            columns = self.connection.execute(sql, [int(rows[place])]).fetchone()
            if columns is None:
                raise ValueError(f"{self.name}: no block has row {rows[place]}; use rebuild=True")
            block = self._unpacked(columns)
            end = int(np.searchsorted(rows, block.rows[-1], side="right"))
            yield block.take(np.searchsorted(block.rows, rows[place:end]))
            place = end

    def block_rows(self) -> int:
        """How many rows the blocks have, dead ones too."""
        return int(self.connection.execute("SELECT total(count) FROM blocks").fetchone()[0])

    def clear_blocks(self) -> None:
        """Delete all blocks, and forget which of their rows are dead."""
        self.connection.execute("DELETE FROM blocks")
        self.connection.execute("DELETE FROM deleted")

    def _unpacked(self, columns: Any) -> Block:
        layout = self.layout
        try:
            return blocks.unpacked(columns, layout.width, layout.binary, layout.n_tokens)
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{self.name}: the block of {columns[1]} rows up to {columns[0]} is damaged: "
                f"{error}; its texts may be whole: make it anew from them with rebuild=True"
            ) from error


def _select(fields: dict[str, str]) -> str:
    columns = ", ".join(["wl_row", "id", "text", *map(quoted, fields)])
    return f"SELECT {columns} FROM records"


def _record(record: Sequence[Any], fields: dict[str, str]) -> tuple[Id, str, dict[str, Any]]:
    id, text, *values = record
    pairs = zip(fields.items(), values, strict=True)
    return id, text, {name: from_sql(value, kind) for (name, kind), value in pairs}


def _parts(values: Sequence[Any]) -> Iterator[tuple[Sequence[Any], str]]:
    for start in range(0, len(values), AT_ONCE):
        part = values[start : start + AT_ONCE]
        yield part, ", ".join("?" * len(part))
