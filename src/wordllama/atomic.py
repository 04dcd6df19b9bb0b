"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")


@contextmanager
def atomic_write(path: str | Path) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `path` when the block ends, and vanishes if it fails.

    Until then it lies in the same folder under a temporary name. It can be read and sought, too.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with atomic_write(f"{folder}/digits") as file:
    ...         _ = file.write(b"123")
    ...     Path(f"{folder}/digits").read_bytes()
    b'123'
    """
    path = Path(path)
    temporary = _temporary(path)
    try:
        with temporary.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """A new folder that becomes `path` when the block ends, and vanishes if it fails.

    If `path` is a folder already, the new files take the places of those with the same names, one
    by one once all are written; its other files stay.

    Raises:
        ValueError: `path` is a file.
    """
    path = Path(os.path.abspath(path))
    if path.exists() and not path.is_dir():
        raise ValueError(f"{path}: is a file, expected a folder or nothing")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path)
    temporary.mkdir()
    try:
        yield temporary
        if path.exists():
            for file in sorted(temporary.iterdir()):
                file.replace(path / file.name)
        else:
            temporary.rename(path)
    finally:
        if temporary.exists():
            import shutil

            shutil.rmtree(temporary, ignore_errors=True)
