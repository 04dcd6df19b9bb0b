"""The files that records come from, as an index notes them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace

from wordllama.index.store import parts

LEFT_OUT = "\n"
"""Ends the options of a file of which records were left out as duplicates."""
DOUBTED = "?"
"""Begins the SHA-256 of such a file once it must be looked at again."""


@dataclass(frozen=True)
class Source:
    """A file that was taken up."""

    number: int
    name: str
    """What the ids of its records begin with."""
    path: str
    folder: str | None
    """The folder that was given, in which it is; None if it was given itself."""
    size: int
    mtime: int
    """In nanoseconds; 0 if it says nothing: the file was read as soon as it was written."""
    sha256: str
    options: str
    """How it was read."""
    run: int
    """Rises whenever the file is read from its beginning."""
    done: int | None
    """How many of its records were taken up; None if all were."""

    @property
    def asked(self) -> str:
        """`options` as they were asked for."""
        return self.options.removesuffix(LEFT_OUT)

    @property
    def left_out(self) -> bool:
        """Whether records of it were left out as duplicates of others."""
        return self.options.endswith(LEFT_OUT)

    def with_left_out(self) -> Source:
        """It with a note that records of it were left out as duplicates."""
        return replace(self, options=self.asked + LEFT_OUT)


_COLUMNS = "source, name, path, folder, size, mtime, sha256, options, run, done"


class Sources:
    """The tables `sources` and `origins` behind a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def all(self) -> list[Source]:
        """The files, in order of name; none in a file of format 1, which has no such table."""
        exists = "SELECT 1 FROM sqlite_master WHERE name = 'sources'"
        if not self.connection.execute(exists).fetchone():
            return []
        sql = f"SELECT {_COLUMNS} FROM sources ORDER BY name"
        return [Source(*row) for row in self.connection.execute(sql)]

    def get(self, path: str) -> Source | None:
        """The file at a path, if it is known."""
        return self._one("path", path)

    def numbered(self, number: int) -> Source | None:
        """The file of this number, if there is one."""
        return self._one("source", number)

    def _one(self, column: str, value: str | int) -> Source | None:
        sql = f"SELECT {_COLUMNS} FROM sources WHERE {column} = ?"
        row = self.connection.execute(sql, [value]).fetchone()
        return None if row is None else Source(*row)

    def put(self, source: Source) -> Source:
        """Note a file, in the place of what its number had (0: of nothing)."""
        values = [source.number or None, *list(vars(source).values())[1:]]
        marks = ", ".join("?" * len(values))
        found = self.connection.execute(
            f"INSERT OR REPLACE INTO sources ({_COLUMNS}) VALUES ({marks})", values
        )
        return replace(source, number=int(found.lastrowid or 0))

    def remove(self, number: int) -> None:
        """Forget a file."""
        self.connection.execute("DELETE FROM sources WHERE source = ?", [number])
        self.connection.execute("DELETE FROM origins WHERE source = ?", [number])

    def doubt(self) -> None:
        """Have all files looked at again of which records were left out as duplicates."""
        sql = "UPDATE sources SET sha256 = ? || ltrim(sha256, ?), mtime = 0 WHERE options LIKE ?"
        self.connection.execute(sql, [DOUBTED, DOUBTED, f"%{LEFT_OUT}"])

    def doubted(self) -> list[Source]:
        """The files that `doubt` meant, and that were not looked at since."""
        return [source for source in self.all() if source.sha256.startswith(DOUBTED)]

    def origins(self, rows: Iterable[int]) -> dict[int, tuple[int, int]]:
        """The file (its number) and the run of those of the rows that come from one."""
        found = {}
        for part, marks in parts(list(rows)):
            sql = f"SELECT wl_row, source, run FROM origins WHERE wl_row IN ({marks})"
            for row, source, run in self.connection.execute(sql, part):
                found[row] = (source, run)
        return found

    def claim(self, rows: Iterable[tuple[int, Source]]) -> None:
        """Note that rows come from the current run of their file."""
        self.connection.executemany(
            "INSERT OR REPLACE INTO origins VALUES (?, ?, ?)",
            ((row, source.number, source.run) for row, source in rows),
        )

    def left_over(self, source: Source) -> list[int]:
        """Rows of earlier runs, whose records are still there; they are forgotten here."""
        sql = (
            "SELECT wl_row FROM origins JOIN records USING (wl_row) "
            "WHERE source = ? AND run < ? ORDER BY wl_row"
        )
        key = [source.number, source.run]
        rows = [row for (row,) in self.connection.execute(sql, key)]
        self.connection.execute("DELETE FROM origins WHERE source = ? AND run < ?", key)
        return rows
