"""Lines out of bytes: bounded in length, after a byte order mark, in whatever way they end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

RECORD_BYTES = 1 << 28
"""The longest record, where nothing else is asked for."""
HEAD = 1 << 16
BOM = b"\xef\xbb\xbf"
ENCODINGS = {
    b"\xff\xfe\0\0": "UTF-32LE",
    b"\0\0\xfe\xff": "UTF-32BE",
    b"\xff\xfe": "UTF-16LE",
    b"\xfe\xff": "UTF-16BE",
}
LONE_CR = re.compile(rb"\r(?![\r\n]|\Z)")


class TooLong(bytes):
    """The beginning of a line that is longer than the limit; the rest was skipped."""


def lines(stream: BinaryIO, file: str, limit: int = RECORD_BYTES) -> Iterator[bytes]:
    r"""The lines of a stream with their ends, each of at most `limit` bytes or `TooLong`.

    A line ends in LF; if the first ends in CR alone, CR ends lines, too. Raises ValueError for
    UTF-16 and UTF-32.

    >>> import io
    >>> list(lines(io.BytesIO(b"a\rb\r\rc"), "old.txt"))
    [b'a\r', b'b\r', b'\r', b'c']
    >>> [type(line).__name__ for line in lines(io.BytesIO(b"a\n" + b"b" * 9), "long.txt", 5)]
    ['bytes', 'TooLong']
    """
    head = stream.readline(min(HEAD, limit + 2))
    check_utf8(head, file)
    head = head.removeprefix(BOM)
    if LONE_CR.search(head):
        yield from _after_any_end(stream, head, limit)
        return
    line = head if head.endswith(b"\n") else head + stream.readline(limit + 2 - len(head))
    most = limit + 2  # with its end
    while line:
        if len(line) < most or line.endswith(b"\n"):
            yield line
        else:
            yield TooLong(line[:200])
            while line and not line.endswith(b"\n"):
                line = stream.readline(HEAD)
        line = stream.readline(most)


def _after_any_end(stream: BinaryIO, head: bytes, limit: int) -> Iterator[bytes]:
    *whole, last = head.splitlines(keepends=True)
    yield from whole
    held, length = [last], len(last)  # of the line whose end has not come
    while chunk := stream.read(HEAD):
        if not (b"\r" in chunk or b"\n" in chunk or held[-1].endswith(b"\r")):
            length += len(chunk)
            if length <= limit:
                held.append(chunk)
            continue
        *whole, last = (b"".join(held) + chunk).splitlines(keepends=True)
        if whole and length > limit:
            whole[0] = TooLong(whole[0][:200])
        yield from (TooLong(line[:200]) if len(line) > limit + 2 else line for line in whole)
        held, length = [last], len(last)
    for line in b"".join(held).splitlines(keepends=True):
        yield TooLong(line[:200]) if length > limit + 2 else line


def check_utf8(head: bytes, file: str) -> None:
    """Raise ValueError if a file begins as UTF-16 or UTF-32 does, with a mark or without.

    >>> check_utf8("id,text".encode("utf-16-le"), "in.csv")
    Traceback (most recent call last):
    ...
    ValueError: in.csv: the file is UTF-16LE, not UTF-8; convert it: iconv -f UTF-16LE -t UTF-8
    """
    encoding = next((name for mark, name in ENCODINGS.items() if head.startswith(mark)), None)
    if encoding is None and b"\0" in head:
        even, odd = head[::2], head[1::2]
        if 2 * odd.count(0) > len(odd) and even.count(0) <= len(even) // 20:
            encoding = "UTF-16LE"
        elif 2 * even.count(0) > len(even) and odd.count(0) <= len(odd) // 20:
            encoding = "UTF-16BE"
    if encoding is not None:
        raise ValueError(
            f"{file}: the file is {encoding}, not UTF-8; convert it: iconv -f {encoding} -t UTF-8"
        )
