"""Standard streams that a shell has closed (`>&-`), or whose reader went away."""

from __future__ import annotations

import errno
import io
import os
import sys

STDOUT = "standard output"
"""The name of it in messages."""


class _Closed(io.RawIOBase):
    """Standard output where there is none: what writes to it fails, what does not goes on."""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        raise OSError(errno.EBADF, "it is closed", STDOUT)


def open_closed() -> None:
    """Put something in the place of closed streams.

    Their numbers are taken, so that no file that is opened gets them (and what a library prints);
    messages vanish; records for standard output are an error.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest free number, which is this one
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(_Closed(), write_through=True)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (it stays open)


def discard_output() -> None:
    """Let nothing come of what standard output still holds, when it can't be written."""
    if not isinstance(sys.stdout.buffer, _Closed):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
