"""What lies in the file: records and what is known of them, read and written in SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from wordllama.index.blocks import ROWS, Layout
from wordllama.index.blockstore import Blocks, StoredBlocks
from wordllama.index.fields import COLUMN_TYPES, from_sql, quoted

AT_ONCE = 500
"""Values of one IN (...), of which SQLite takes 999 in old versions."""
Id = str | int


class Store:
    """The tables behind one connection. Its callers begin and end transactions."""

    def __init__(self, connection: sqlite3.Connection, name: str, layout: Layout) -> None:
        self.connection = connection
        self.name = name
        self.layout = layout
        self.blocks: Blocks = StoredBlocks(connection, name, layout)

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
            column = COLUMN_TYPES.get(after[name], "TEXT")
            self.connection.execute(f"ALTER TABLE records ADD COLUMN {quoted(name)} {column}")
        changed = [(name, kind) for name, kind in after.items() if before.get(name) != kind]
        sql = "INSERT INTO fields VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET kind = ?2"
        self.connection.executemany(sql, changed)

    def large_numbers(self, name: str) -> Iterator[tuple[Id, int]]:
        """Ids and whole numbers of a field, of those that may be no float."""
        column, most = quoted(name), 1 << 53
        sql = f"SELECT id, {column} FROM records WHERE {column} > {most} OR {column} < -{most}"
        return self.connection.execute(sql)

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
        for part, marks in parts(ids):
            sql = f"SELECT id, wl_row FROM records WHERE id IN ({marks})"
            found.update(self.connection.execute(sql, part))
        return found

    def ids_of_texts(self, texts: Sequence[str]) -> list[tuple[str, Id]]:
        """(text, id) of the records with one of these texts, in order."""
        if not texts:
            return []
        sql = "SELECT text, id FROM records WHERE text IN (SELECT value FROM json_each(?))"
        return self.connection.execute(f"{sql} ORDER BY wl_row", [json.dumps(texts)]).fetchall()

    def records(self, rows: Sequence[int]) -> dict[int, tuple[Id, str, dict[str, Any]]]:
        """(id, text, fields) of each row that there is."""
        fields = self.fields()
        found = {}
        for part, marks in parts(rows):
            sql = f"{_select(fields)} WHERE wl_row IN ({marks})"
            for row, *record in self.connection.execute(sql, part):
                found[row] = _record(record, fields)
        return found

    def ids(self) -> list[Id]:
        """The ids in order of rows."""
        return [id for (id,) in self.connection.execute("SELECT id FROM records ORDER BY wl_row")]

    def rows(self) -> Iterator[tuple[int]]:
        """The row of every record, rising, each as a tuple of one."""
        return self.connection.execute("SELECT wl_row FROM records ORDER BY wl_row")

    def pages(self, after: int = -1) -> Iterator[list[tuple[int, str]]]:
        """(row, text) of all records after a row, in order, in lists."""
        sql = f"SELECT wl_row, text FROM records WHERE wl_row > ? ORDER BY wl_row LIMIT {ROWS}"
        while page := self.connection.execute(sql, [after]).fetchall():
            yield page
            after = page[-1][0]

    def texts(self, rows: Sequence[int]) -> list[tuple[int, str]]:
        """(row, text) of each row (rising) that there is."""
        found: list[tuple[int, str]] = []
        for part, marks in parts(rows):
            sql = f"SELECT wl_row, text FROM records WHERE wl_row IN ({marks}) ORDER BY wl_row"
            found += self.connection.execute(sql, part)
        return found

    def texts_holding(self, part: str) -> Iterator[tuple[int, str]]:
        """(row, text) of the records that hold some of a to z and digits, in any case, in order.

        Those with a zero character, where SQLite stops to look, come in any case.
        """
        sql = "SELECT wl_row, text FROM records WHERE text LIKE ? OR instr(text, char(0))"
        return self.connection.execute(f"{sql} ORDER BY wl_row", [f"%{part}%"])

    def count(self) -> int:
        """How many records there are."""
        return int(self.connection.execute("SELECT count(*) FROM records").fetchone()[0])

    def delete(self, rows: Sequence[int], generation: int) -> None:
        """Delete records; their rows stay in the blocks until these are written anew."""
        for part, marks in parts(rows):
            self.connection.execute(f"DELETE FROM records WHERE wl_row IN ({marks})", part)
        dead = [(row, generation) for row in rows]
        self.connection.executemany("INSERT INTO deleted VALUES (?, ?)", dead)

    def forget_deleted(self) -> None:
        """Note that no block has rows of deleted records any more."""
        self.connection.execute("DELETE FROM deleted")

    def deleted(self, after: int) -> list[int]:
        """Rows that were deleted in generations after this one."""
        sql = "SELECT wl_row FROM deleted WHERE generation > ? ORDER BY wl_row"
        return [row for (row,) in self.connection.execute(sql, [after])]


def _select(fields: dict[str, str]) -> str:
    columns = ", ".join(["wl_row", "id", "text", *map(quoted, fields)])
    return f"SELECT {columns} FROM records"


def _record(record: Sequence[Any], fields: dict[str, str]) -> tuple[Id, str, dict[str, Any]]:
    id, text, *values = record
    pairs = zip(fields.items(), values, strict=True)
    return id, text, {name: from_sql(value, kind) for (name, kind), value in pairs}


def parts(values: Sequence[Any]) -> Iterator[tuple[Sequence[Any], str]]:
    """The values in parts, each with the marks of one IN (...)."""
    for start in range(0, len(values), AT_ONCE):
        part = values[start : start + AT_ONCE]
        yield part, ", ".join("?" * len(part))
