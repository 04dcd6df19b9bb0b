"""The tables of an index, and the opening of a file that holds them. docs/indexing.md has them all.

Only this is the truth: what a search needs in memory is made anew from it.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from wordllama.index.errors import explained

FORMAT = 2
"""SQLite's user_version of a file as this version of the package writes it."""
APPLICATION = 0x774C6C78
"""SQLite's application_id of an index: "wLlx"."""
PAGE = 8192
LOG_BYTES = 64 << 20
"""What is left of the log file after a large addition."""

TABLES = {
    "about": "CREATE TABLE about (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "records": (
        "CREATE TABLE records (wl_row INTEGER PRIMARY KEY, id NOT NULL UNIQUE, text TEXT NOT NULL)"
    ),
    "fields": "CREATE TABLE fields (name TEXT PRIMARY KEY, kind TEXT NOT NULL)",
    "stems": "CREATE TABLE stems (token INTEGER PRIMARY KEY, stem TEXT NOT NULL)",
    "blocks": (
        "CREATE TABLE blocks (last INTEGER PRIMARY KEY, count INTEGER NOT NULL, rows BLOB, "
        "vectors BLOB NOT NULL, scales BLOB, tokens BLOB NOT NULL, lengths BLOB NOT NULL, "
        "checksum INTEGER NOT NULL)"
    ),
    "deleted": "CREATE TABLE deleted (wl_row INTEGER PRIMARY KEY, generation INTEGER NOT NULL)",
    "sources": (
        "CREATE TABLE sources (source INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
        "path TEXT NOT NULL UNIQUE, folder TEXT, size INTEGER NOT NULL, mtime INTEGER NOT NULL, "
        "sha256 TEXT NOT NULL, options TEXT NOT NULL, run INTEGER NOT NULL, done INTEGER)"
    ),
    "origins": (
        "CREATE TABLE origins (wl_row INTEGER PRIMARY KEY, source INTEGER NOT NULL, "
        "run INTEGER NOT NULL)"
    ),
}
INDEXES = {"origins": "CREATE INDEX origins_by_source ON origins (source, run)"}
SINCE = {"sources": 2, "origins": 2}
"""In which format a table came, for those that were not in the first."""


def connect(path: Path | None, read_only: bool, timeout: float) -> sqlite3.Connection:
    """A connection to the file, or to a new database in memory; nothing is made or checked yet.

    Raises FileNotFoundError, and ValueError for a file that is none of SQLite's.
    """
    if path is None:
        return _set_up(
            sqlite3.connect(":memory:", 0, isolation_level=None, check_same_thread=False)
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent}")
    if path.is_dir():
        raise IsADirectoryError(f"{path}: is a folder, expected a file")
    if read_only and not path.exists():
        raise FileNotFoundError(f"{path}: there is no such index")
    mode = "ro" if read_only else "rwc"
    if read_only and not _writable(path.parent) and not _log(path).exists():
        mode = "ro&immutable=1"  # nobody can write there, and SQLite could not make its lock file
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    with explained(str(path)):
        connection = sqlite3.connect(
            uri, timeout, isolation_level=None, check_same_thread=False, uri=True
        )
        try:
            _set_up(connection).execute("PRAGMA schema_version")
        except sqlite3.DatabaseError as error:
            connection.close()
            if "not a database" in str(error):
                raise _of_another_kind(path) from None
            raise
        return connection


def _set_up(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -4000")
    return connection


def _of_another_kind(path: Path) -> ValueError:
    """The error for a file that SQLite has refused.

    No other file is looked into: closing it gives up the locks that other connections of this
    process have on it (that is how POSIX locks are), another process then takes the log for
    nobody's and deletes it, and what is written after that is lost.
    """
    with path.open("rb") as file:
        return ValueError(f"{path}: is not an index: it begins with {file.read(16)!r}")


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def is_new(connection: sqlite3.Connection, name: str) -> bool:
    """Whether nothing is in the database yet; ValueError if something else is than an index."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    if not application and not schema:
        return True
    if application != APPLICATION:
        tables = [table for kind, table, *_ in schema if kind == "table"]
        raise ValueError(f"{name}: is a database of another program, with tables {tables}")
    if version > FORMAT:
        raise ValueError(
            f"{name}: has format {version}, but this version of wordllama reads up to {FORMAT}: "
            "run pip install -U wordllama"
        )
    _check_schema(schema, name, version)
    return False


def _check_schema(schema: list[tuple[str, str, str, str | None]], name: str, version: int) -> None:
    """ValueError unless there are our tables and, beside them, at most indexes of a user's own."""
    tables = {}
    for kind, entry, _, sql in schema:
        if kind == "index" or entry.startswith("sqlite_"):
            continue
        if kind != "table" or entry not in TABLES:
            raise ValueError(f"{name}: holds the {kind} {entry!r}, which no index has")
        tables[entry] = sql or ""
    for entry in _tables(range(version + 1)):
        sql = TABLES[entry]
        ours = tables.get(entry, "")
        grows = entry == "records"  # a column for each field
        if not (ours.startswith(sql[:-1]) if grows else ours == sql) or "generated" in ours.lower():
            raise ValueError(f"{name}: the table {entry!r} is not as an index has it: {ours!r}")


def create(connection: sqlite3.Connection, about: dict[str, str | int]) -> None:
    """Make the tables, in one transaction that the caller has begun."""
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    _make(connection, _tables(range(FORMAT + 1)))
    first = {"text_columns": "", "generation": 0, "compactions": 0, "next_row": 0}
    connection.executemany("INSERT INTO about VALUES (?, ?)", (first | about).items())


def is_old(connection: sqlite3.Connection) -> bool:
    """Whether the file is of an older format than this version writes."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0]) < FORMAT


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file of an older format to this one, in one transaction that the caller has begun."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    _make(connection, _tables(range(version + 1, FORMAT + 1)))
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def _tables(formats: range) -> list[str]:
    """The tables that came with these formats."""
    return [table for table in TABLES if SINCE.get(table, 1) in formats]


def _make(connection: sqlite3.Connection, tables: list[str]) -> None:
    for table in tables:
        connection.execute(TABLES[table])
        if table in INDEXES:
            connection.execute(INDEXES[table])
