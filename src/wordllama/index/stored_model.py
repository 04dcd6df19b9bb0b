"""Which model a file was made with, read before there is that model to open the file with."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path

from wordllama.index import schema
from wordllama.index.errors import explained


@dataclass(frozen=True)
class StoredModel:
    """The model of an index."""

    name: str | None
    """What it was loaded by; None if it has no name."""
    published_dim: int
    """The width by which it was loaded, of which `dim` are left."""
    dim: int
    binary: bool
    sha256: str


def made_with(path: str | PathLike[str], timeout: float = 30.0) -> StoredModel:
    """The model that the index in a file was made with.

    Raises FileNotFoundError without such a file, and ValueError for one that is not an index.
    """
    file = Path(fspath(path)).expanduser()
    with (
        explained(str(file), timeout),
        closing(schema.connect(file, True, timeout)) as connection,
    ):
        if schema.is_new(connection, str(file)):
            raise ValueError(f"{file}: is an empty database, not an index")
        about = dict(connection.execute("SELECT key, value FROM about"))
    keys = {"model": str, "model_dim": int, "dim": int, "binary": int, "model_sha256": str}
    if any(not isinstance(about.get(key), kind) for key, kind in keys.items()):
        raise ValueError(f"{file}: does not say which model it was made with")
    name, published_dim, dim, binary, sha256 = (about[key] for key in keys)
    return StoredModel(name or None, published_dim, dim, bool(binary), sha256)
