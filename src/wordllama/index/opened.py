"""An open index file: its connections, its locks, and the memory that follows what it holds."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np

from wordllama.encode.encoder import Encoder
from wordllama.index import schema
from wordllama.index.embedding import layout_of
from wordllama.index.errors import explained
from wordllama.index.memory import Draft, empty
from wordllama.index.schema import connect
from wordllama.index.store import Store
from wordllama.index.unstored import UnstoredBlocks
from wordllama.index.where import Guard
from wordllama.index.writing import Change
from wordllama.keywords import Terms

_OPEN: WeakSet[Opened] = WeakSet()
_LEFT_TO_PARENT: list[object] = []
"""Connections that came through a fork: SQLite forbids to use them here, even to close them."""


class Opened:
    """The file (or database in memory) of an index and what is known of it in this process."""

    def __init__(
        self,
        path: Path | None,
        encoder: Encoder,
        binary: bool,
        *,
        read_only: bool,
        language: str | None,
        rebuild: bool,
        timeout: float,
        model: tuple[str, int],
    ) -> None:
        self.path = path
        self.name = ":memory:" if path is None else str(path)
        self.read_only = read_only
        self.timeout = timeout
        self.encoder = encoder
        self.layout = layout_of(encoder, binary)
        self._make_locks()
        self.memory = empty(self.layout)
        self._language = language
        self._model_name: dict[str, str | int] = {"model": model[0], "model_dim": model[1]}
        self._connection: sqlite3.Connection | None = None
        self._forked = False
        self._generation = self._compactions = -1
        self.stored = np.zeros(self.layout.n_tokens, bool)
        """Of which tokens the file has the stem."""
        try:
            with explained(self.name, timeout):
                self._connect()
                self.terms = Terms(encoder, self._language_of_words(rebuild))
                if rebuild:
                    self._rebuild()
                else:
                    self._check_model(self.store.about())
        except BaseException:
            self.close()
            raise
        _OPEN.add(self)

    # -- connections -----------------------------------------------------------------------------

    def _connect(self) -> None:
        self._seen = -1
        self._connection = self._reader = connect(self.path, self.read_only, self.timeout)
        if schema.is_new(self._connection, self.name):
            self._create(self._connection)
        elif not self.read_only and schema.is_old(self._connection):
            self._migrate(self._connection)
        if self.path is not None:
            if not self.read_only:
                self._write_ahead(self._connection)
            self._reader = connect(self.path, True, self.timeout)
        self.store = self._store(self._reader)
        self.guard = Guard(self._reader)

    def _store(self, connection: sqlite3.Connection) -> Store:
        store = Store(connection, self.name, self.layout)
        if self.path is None:
            store.blocks = UnstoredBlocks(store, self.encoder)
        return store

    def _make_locks(self) -> None:
        """A file is read while it is written, over a connection of its own; a memory is not.

        Who takes both locks takes that for writing first.
        """
        self._write_lock = threading.RLock()
        self.read_lock = self._write_lock if self.path is None else threading.RLock()

    def _language_of_words(self, rebuild: bool) -> str:
        known = str(self.store.about()["language"])
        if self._language in (None, known):
            return known
        if rebuild:
            return str(self._language)
        raise ValueError(
            f"{self.name}: its words are stemmed as {known}, not {self._language}; to do it anew, "
            "use rebuild=True"
        )

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Let readers go on while a writer writes; the file keeps that once it is set."""
        with suppress(sqlite3.OperationalError):  # another process is using it, and sets it
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA journal_size_limit = {schema.LOG_BYTES}")

    def _create(self, connection: sqlite3.Connection) -> None:
        if self.read_only:
            raise ValueError(f"{self.name}: is an empty database, not an index")
        language = self._language or "english"
        Terms(self.encoder, language)  # says if there is no such language
        connection.execute(f"PRAGMA page_size = {schema.PAGE}")
        connection.execute("BEGIN IMMEDIATE")
        if schema.is_new(connection, self.name):  # nobody else was faster
            about = self._model() | self._model_name | {"language": language}
            schema.create(connection, about)
        connection.execute("COMMIT")

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        if schema.is_old(connection):  # nobody else was faster
            schema.migrate(connection)
        connection.execute("COMMIT")

    def _model(self) -> dict[str, str | int]:
        return {
            "model_sha256": self.encoder.sha256,
            "dim": self.layout.dim,
            "binary": int(self.layout.binary),
            "tokens": self.layout.n_tokens,
        }

    def _check_model(self, about: dict[str, Any]) -> None:
        """ValueError unless the file is of our model, which others may have changed."""
        ours = self._model()
        if any(about[key] != value for key, value in ours.items()):
            described = [
                f"{m.get('model') or 'without a name'} with {m['dim']} "
                f"{'binary' if m['binary'] else 'dense'} dimensions and SHA-256 "
                f"{str(m['model_sha256'])[:12]}"
                for m in (about, ours | self._model_name)
            ]
            raise ValueError(
                f"{self.name}: was made with the model {described[0]}, not with this one, "
                f"{described[1]}; to embed its texts anew: wl.index({self.name!r}, rebuild=True), "
                f"or wordllama index --rebuild {self.name} -m MODEL"
            )
        if about["language"] != self.terms.language:
            raise ValueError(f"{self.name}: its words were stemmed anew by others; open it again")

    def _rebuild(self) -> None:
        with self.writing(refresh=False) as change:
            change.embed_anew()
            change.store.say(**self._model(), **self._model_name, language=self.terms.language)

    def close(self) -> None:
        """Close the connections; nothing can be done any more."""
        if self._connection is not None:
            self._reader.close()
            self._connection.close()
        self._connection = None
        _OPEN.discard(self)

    def check_open(self) -> sqlite3.Connection:
        """The connection; ValueError if the index was closed."""
        if self._forked:
            self._forked = False
            self._connect()
        if self._connection is None:
            raise ValueError(f"{self.name}: the index is closed")
        return self._connection

    def after_fork(self) -> None:
        """In the child of a fork: leave the connections alone, and open others when needed."""
        self._make_locks()
        if self.path is not None and self._connection is not None:
            _LEFT_TO_PARENT.append((self._connection, self._reader, self.store, self.guard))
            self._connection, self._forked = None, True

    # -- reading ---------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """The store, with the memory as the file is now, and stays until the block ends.

        One thread at a time.
        """
        with self.read_lock, explained(self.name, self.timeout):
            self.check_open()
            connection = self._reader
            begins = not connection.in_transaction
            if begins:
                connection.execute("BEGIN")
            try:
                self._refresh()
                yield self.store
            finally:
                if begins and connection.in_transaction:
                    connection.execute("COMMIT")

    def snapshot(self) -> Store:
        """A store that goes on seeing what is committed now; its user closes its connection."""
        with self.reading():
            connection = connect(self.path, self.path is not None, self.timeout)
            if self.path is None:
                self._reader.backup(connection)
            store = self._store(connection)
            connection.execute("BEGIN")
            store.about()  # the transaction sees what is there at its first look
            return store

    def _refresh(self) -> None:
        """Take in, within a transaction, what was committed since the last look."""
        (version,) = self._reader.execute("PRAGMA data_version").fetchone()
        if version == self._seen:
            return
        about = self.store.about()
        self._check_model(about)
        generation, compactions = int(about["generation"]), int(about["compactions"])
        if (generation, compactions) != (self._generation, self._compactions):
            self._follow(generation, compactions)
        self._seen = version

    def _follow(self, generation: int, compactions: int) -> None:
        anew = compactions != self._compactions
        memory = empty(self.layout) if anew else self.memory
        known = int(memory.rows[-1]) if len(memory) else -1
        stems = self.store.stems()
        self.terms.learn(stems)
        self.stored[list(stems)] = True
        draft = Draft(memory, self.terms)
        if anew:
            draft.reserve(self.store.blocks.count())
        for block in self.store.blocks.after(known):
            new = int(np.searchsorted(block.rows, known, side="right"))
            draft.append(block.take(np.arange(new, len(block))) if new else block)
        dead = np.array(self.store.deleted(-1 if anew else self._generation), np.int64)
        for block in self.store.blocks.of(dead):
            draft.delete(block)
        self.memory = draft.finish()
        self._generation, self._compactions = generation, compactions

    # -- writing ---------------------------------------------------------------------------------

    @contextmanager
    def writing(self, refresh: bool = True) -> Iterator[Change]:
        """A transaction: committed when the block ends, undone if it fails."""
        if self.read_only:
            raise PermissionError(f"{self.name}: was opened with read_only=True")
        with self._write_lock, explained(self.name, self.timeout):
            connection = self.check_open()
            if connection.in_transaction:
                raise RuntimeError(f"{self.name}: the records that are added come from a change")
            connection.execute("BEGIN IMMEDIATE")
            try:
                if refresh:
                    with self.reading():
                        pass  # from here on nobody else changes the file
                store = self._store(connection)
                change = Change(store, self.memory, self.terms, self.encoder, self.stored)
                yield change
                memory = change.finish()
                with self.read_lock:
                    # If anything comes between the two, all is read anew.
                    self._generation = self._compactions = self._seen = -1
                    connection.execute("COMMIT")
                    self.memory, self.stored = memory, change.stored
                    self._generation, self._compactions = change.generation, change.compactions
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def vacuum(self) -> None:
        """Write the blocks anew without dead rows, and give the file's free pages back."""
        with self._write_lock:
            with self.writing():
                pass  # a reader that is open keeps this in the log, which tells before all else
            self._empty_log()
            with self.writing() as change:
                change.compact()
            with explained(self.name, self.timeout):
                self.check_open().execute("VACUUM")
            self._empty_log()

    def _empty_log(self) -> None:
        """Write what the log holds into the file; TimeoutError if readers still need the log."""
        with explained(self.name, self.timeout):
            log = self.check_open().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (busy, *_) = log.fetchone()
        if busy:
            raise TimeoutError(
                f"{self.name}: no room can be given back while a reader is open, and one has been "
                f"for {self.timeout:g} s: read what to_arrow() or records() gave to its end, or "
                "drop it, and vacuum again"
            )


def _after_fork() -> None:
    for opened in list(_OPEN):
        opened.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
