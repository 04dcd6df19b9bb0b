"""An index by its file alone: the model that it was made with is named in it."""

from __future__ import annotations

import threading
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from wordllama.model import WordLlama

if TYPE_CHECKING:
    from wordllama.index import Index, StoredModel


def open_index(
    path: str | PathLike[str],
    *,
    model: WordLlama | str | None = None,
    read_only: bool = False,
    timeout: float = 30.0,
) -> Index:
    """The index in a file that there is, with the model that it names.

    `model` is another name of that model, or the model itself.

    A model that is loaded by name or from a folder is named in the index; `WordLlama.index` makes
    one. A model of a hub's repository is not fetched because a file names it: it must be here.

    Raises:
        FileNotFoundError: there is no such file, or the model is not on this machine.
        ValueError: the file is not an index, names no model, or was made with another one.

    >>> import tempfile
    >>> from wordllama import open_index
    >>> path = f"{tempfile.mkdtemp()}/letters.db"
    >>> with WordLlama.load("l2_words").index(path) as index:
    ...     _ = index.add(["Dear Anna, the baby is well.", "The invoice is overdue."])
    >>> open_index(path, read_only=True).search("payment", k=1).texts
    ['The invoice is overdue.']
    """
    from wordllama.index import made_with

    made = made_with(path, timeout)
    if isinstance(model, str):
        model = _load(model, made, disable_download=False)
    model = model or _model(path, made)
    return model.index(path, read_only=read_only, timeout=timeout)


def model_of(path: str | PathLike[str], timeout: float = 30.0) -> WordLlama:
    """The model that the index in a file was made with. Raises what `open_index` does."""
    from wordllama.index import made_with

    return _model(path, made_with(path, timeout))


class IndexFile:
    """The index in a file, for a process that runs long: it notices another file in its place."""

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        model: WordLlama | None = None,
        read_only: bool = False,
        timeout: float = 30.0,
    ) -> None:
        self.path = Path(fspath(path)).expanduser()
        self.read_only = read_only
        self._model = model
        self._timeout = timeout
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._opened = self._identity()
        self.current()

    def current(self) -> Index:
        """The index. Raises what `open_index` does, and ValueError for another file in its place.

        Without that, old records would be found, and new ones go into a file that nobody can open.
        To open the other file would ruin it: SQLite takes the log of the first for that of the
        other, and leaves it there even when the last process closes the first.
        """
        with self._lock:
            if self._opened not in (None, self._identity()):
                self._close()
                raise ValueError(
                    f"{self.path}: is gone, or another file is in its place; end all processes "
                    f"that have it open, delete {self.path.name}-wal, then start them again"
                )
            if self._index is None:
                self._index = open_index(
                    self.path, model=self._model, read_only=self.read_only, timeout=self._timeout
                )
            return self._index

    def is_at_fault(self, error: Exception) -> bool:
        """Whether an error is the file's, and not that of a request; it is then opened anew."""
        if isinstance(error, OSError) or not str(error).startswith(f"{self.path}: "):
            return False  # a file that is locked or on a full disk is the same when opened anew
        self.close()
        return True

    def close(self) -> None:
        """Close the file; `current` opens it again."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._index is not None:
            self._index.close()
        self._index = None

    def _identity(self) -> object:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino


def _model(path: str | PathLike[str], made: StoredModel) -> WordLlama:
    if made.name is None:
        raise ValueError(
            f"{fspath(path)}: was made with a model that has no name (SHA-256 "
            f"{made.sha256[:12]}): give it, as open_index(path, model=...) (--model)"
        )
    try:
        return _load(made.name, made, disable_download=True)
    except (FileNotFoundError, ValueError) as error:
        raise type(error)(
            f"{fspath(path)}: was made with the model {made.name}, which can't be loaded; give "
            f"it, as open_index(path, model=...) (--model): {error}"
        ) from error


def _load(name: str, made: StoredModel, disable_download: bool) -> WordLlama:
    """The model of this name, as wide as the vectors of the index."""
    from wordllama.hub import registry

    dim, binary = made.dim, made.binary
    if name not in registry.list_names():  # a folder has the width that it has
        return WordLlama.load(name, trunc_dim=dim, binary=binary, disable_download=disable_download)
    published = made.published_dim or 256
    trunc_dim = None if dim == published else dim
    return WordLlama.load(name, dim=published, trunc_dim=trunc_dim, binary=binary)
