"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")


@contextmanager
def named_if_full(name: str | Path) -> Iterator[None]:
    """Put the name of what is written on the error of a full disk, which has none."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) and error.filename is None:
            error.filename = str(name)
        raise


@contextmanager
def _named(path: Path, temporary: Path) -> Iterator[None]:
    """Let errors name `path`, which the caller knows, and not what stands in for it."""
    try:
        with named_if_full(path):
            yield
    except OSError as error:
        name = str(error.filename)
        if name != str(temporary) and not name.startswith(f"{temporary}{os.sep}"):
            raise
        name = name.replace(str(temporary), str(path), 1)
        raise OSError(error.errno, error.strerror, name) from error


@contextmanager
def atomic_write(
    path: str | Path, ready: Callable[[Path], None] | None = None
) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `path` when the block ends, and vanishes if it fails.

    Until then it lies in the same folder under a temporary name, which `ready` is told once the
    file is whole. It can be read and sought, too.

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
        with _named(path, temporary):
            with temporary.open("x+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if ready is not None:
                ready(temporary)
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def written_whole(
    path: str | Path, ready: Callable[[Path], None] | None = None
) -> Iterator[BinaryIO]:
    """As `atomic_write`, through symbolic links; a pipe or a device is written as bytes come."""
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path}: is a folder, expected a file")
    if path.exists() and not path.is_file():
        with path.open("wb") as device:
            yield device
        return
    with atomic_write(path.resolve(), ready) as file:
        yield file


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """A new folder that becomes `path` when the block ends, and vanishes if it fails.

    If `path` is a folder already, the new files take the places of those with the same names, all
    at once where the system can exchange two folders (else one by one); its other files stay.

    Raises:
        ValueError: `path` is a file.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_dir():
        raise ValueError(f"{path}: is a file, expected a folder or nothing")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path)
    try:
        with _named(path, temporary):
            temporary.mkdir()
            yield temporary
            if not path.exists():
                temporary.rename(path)
            elif not (_joined_by_other_files(temporary, path) and _exchange(temporary, path)):
                for file in sorted(temporary.iterdir()):
                    file.replace(path / file.name)
    finally:
        if temporary.exists():
            import shutil

            shutil.rmtree(temporary, ignore_errors=True)


def _joined_by_other_files(new: Path, old: Path) -> bool:
    """Link the files that only `old` has into `new`; False where `new` can't stand in for it."""
    if os.path.samefile(old, os.curdir):
        return False  # this process would be left in a folder that is gone
    try:
        new.chmod(stat.S_IMODE(old.stat().st_mode))
        for entry in os.scandir(old):
            if not (new / entry.name).exists():
                os.link(entry.path, new / entry.name, follow_symlinks=False)
    except (OSError, NotImplementedError):  # a folder in it, or no links in this file system
        return False
    return True


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in a single step; False where the system can't."""
    if sys.platform == "win32":
        return False
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    a, b, swap, here = os.fsencode(one), os.fsencode(other), 2, -100
    if sys.platform == "darwin":
        return bool(libc.renamex_np(a, b, swap) == 0)
    rename = getattr(libc, "renameat2", None)
    return rename is not None and rename(here, a, here, b, swap) == 0
