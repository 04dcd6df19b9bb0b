"""An index by its file alone: the model that it was made with is named in it."""

from __future__ import annotations

from os import PathLike, fspath
from typing import TYPE_CHECKING

from wordllama.model import WordLlama

if TYPE_CHECKING:
    from wordllama.index import Index


def open_index(
    path: str | PathLike[str],
    *,
    model: WordLlama | None = None,
    read_only: bool = False,
    timeout: float = 30.0,
) -> Index:
    """The index in a file that there is, with the model that it names (or with `model`).

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
    if model is None:
        if made.name is None:
            raise ValueError(
                f"{fspath(path)}: was made with a model that has no name (SHA-256 "
                f"{made.sha256[:12]}): give it, as open_index(path, model=...)"
            )
        try:
            model = _load(made.name, made.published_dim, made.dim, made.binary)
        except (FileNotFoundError, ValueError) as error:
            raise type(error)(
                f"{fspath(path)}: was made with the model {made.name}, which can't be loaded; give "
                f"it, as open_index(path, model=...): {error}"
            ) from error
    return model.index(path, read_only=read_only, timeout=timeout)


def _load(name: str, published_dim: int, dim: int, binary: bool) -> WordLlama:
    from wordllama.hub import registry

    if name not in registry.list_names():  # a folder has the width that it has
        return WordLlama.load(name, trunc_dim=dim, binary=binary, disable_download=True)
    trunc_dim = None if dim == published_dim else dim
    return WordLlama.load(name, dim=published_dim, trunc_dim=trunc_dim, binary=binary)
