"""JSON values that are not a line each: an array of records, or indented objects in a row."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from wordllama.files.damage import DamagedError
from wordllama.files.line_reading import BOM, check_utf8

CHUNK = 1 << 16
SPACE = re.compile(r"[ \t\r\n]*")
LINE_END = re.compile(r"[ \t]*[\r\n]+[ \t\r\n]*")
NEAR = 16
"""An error so near the end of what was read may be gone when more is read."""


def spans_lines(head: bytes) -> bool:
    r"""Whether a file that begins so holds an array, or an object that goes on after its brace.

    >>> spans_lines(b'[\n {"a": 1},'), spans_lines(b'{\r\n  "a": 1'), spans_lines(b'{"a": 1}\n')
    (True, True, False)
    """
    start = head.removeprefix(BOM).lstrip(b" \t\r\n")
    return start.startswith(b"[") or re.match(rb"\{[ \t]*[\r\n]", start) is not None


class Values:
    """The objects of an array, or objects one after another, read as they are asked for."""

    def __init__(self, stream: BinaryIO, file: str, decoder: Any, limit: int) -> None:
        self._stream = stream
        self._file = file
        self._decoder = decoder
        self._limit = limit
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._text = ""
        self._at = 0
        self._line = 1
        self._ended = False

    def __iter__(self) -> Iterator[tuple[int, Any, bytes]]:
        """The number of the line where each value begins, the value, and its JSON on one line.

        Raises DamagedError: what follows damage can't be told apart.
        """
        self._more(first=True)
        listed = self._next() == "["
        if listed:
            self._drop(self._at + 1)
        while self._next() not in ("]" if listed else "", ""):
            yield self._value()
            if listed and self._next() == ",":
                self._drop(self._at + 1)
                if self._next() == "]":
                    self._fail("a comma before the end of the list")
            elif listed and self._next() != "]":
                self._fail("no comma after a record" if self._next() else "the list has no end")
        if listed and not self._next():
            self._fail("the list has no end")
        if listed:
            self._drop(self._at + 1)
        if self._next():
            self._fail("more JSON after the end of the list")

    def _value(self) -> tuple[int, Any, bytes]:
        line = self._line
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                unfinished = error.msg.startswith("Unterminated string")
                certain = not unfinished and error.pos < len(self._text) - NEAR
                if certain or not self._more():
                    self._drop(error.pos)
                    self._fail(f"not JSON: {error.msg}")
            except (ValueError, RecursionError) as error:
                self._fail(f"not JSON: {error}")
            else:
                if end < len(self._text) or not self._more():
                    break
        json_line = LINE_END.sub(" ", self._text[self._at : end]).encode()
        self._drop(end)
        return line, value, json_line

    def _next(self) -> str:
        """The next character that is not white space; none at the end."""
        while True:
            match = SPACE.match(self._text, self._at)
            self._drop(match.end() if match else self._at)
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def _drop(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _more(self, first: bool = False) -> bool:
        """Read as much again as is held, so that long values are not looked at too often."""
        self._text, self._at = self._text[self._at :], 0
        if len(self._text) > self._limit:
            self._fail(f"a record longer than {self._limit:,} bytes; --max-record allows more")
        data = b"" if self._ended else self._stream.read(max(CHUNK, len(self._text)))
        if first:
            check_utf8(data, self._file)
            data = data.removeprefix(BOM)
        self._ended = not data
        try:
            self._text += self._decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            self._fail(f"not UTF-8: {error.reason}")
        return bool(data)

    def _fail(self, reason: str) -> NoReturn:
        raise DamagedError(f"{self._file}:{self._line}: {reason}")
