"""SQLite's errors, in words that name the file and say what to do."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def explained(name: str, timeout: float = 0) -> Iterator[None]:
    """Turn what SQLite raises about the index `name` into the error that Python has for it.

    Raises:
        OSError: the disk is full, or can't be read or written.
        PermissionError: the file or its folder can't be written.
        TimeoutError: another process has been writing for `timeout` seconds.
        ValueError: the file is damaged, or is none of SQLite's.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _explained(error, name, timeout) from error


def _explained(error: sqlite3.DatabaseError, name: str, timeout: float) -> Exception:
    said = str(error)
    if "is full" in said:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
    if "readonly" in said:
        return PermissionError(errno.EACCES, "can't be written", name)
    if "unable to open" in said:
        return PermissionError(errno.EACCES, "can't be opened, or its folder not be written", name)
    if "locked" in said:
        return TimeoutError(
            f"{name}: another process has been writing to it for {timeout:g} s; "
            "try again, or wait longer: timeout=..."
        )
    if "disk I/O error" in said:
        return OSError(errno.EIO, os.strerror(errno.EIO), name)
    if "too big" in said:
        return ValueError(f"{name}: a text or a field is longer than SQLite can keep (1 GB)")
    if "not a database" in said or "malformed" in said or "corrupt" in said:
        return ValueError(f"{name}: the file is damaged ({said}); take it from a copy")
    return error
