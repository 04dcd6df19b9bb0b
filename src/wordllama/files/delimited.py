"""Records in CSV and TSV: every value is a string and passes through as it stands."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO

from wordllama.files.batch import Batch, Dicts
from wordllama.files.damage import DamagedError
from wordllama.files.line_reading import TooLong, lines
from wordllama.files.lines import BATCH_BYTES, Reading, choose

HEAD_BYTES = 1 << 20
"""So much of a TSV tells whether its quote marks are part of the texts."""


def read_delimited(stream: BinaryIO, reading: Reading, delimiter: str) -> Iterator[Batch]:
    """A record a row, after a row of column names; blank rows are none. See `told_delimiter`."""
    csv.field_size_limit((1 << 31) - 1)  # whole rows are limited
    raw = lines(stream, reading.file, reading.limit)
    head = _head(raw, HEAD_BYTES if delimiter == "\t" else 1)
    begin = [line.decode("utf-8", "replace") for line in head]
    if reading.column is None or delimiter not in reading.column:
        delimiter = told_delimiter(begin[0] if begin else "", delimiter)
    quoted = reading.quotes
    if quoted is None:
        whole = sum(map(len, head)) < HEAD_BYTES
        quoted = delimiter != "\t" or told_quoted(begin, reading.file, whole)
    style: Any = {"strict": True, "quoting": csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE}
    source = _Lines(chain(head, raw), reading)
    rows = _rows(csv.reader(source, delimiter=delimiter, **style), source, reading)
    header = next(rows, None)
    if header is None:
        return
    names = header[1]
    if len(set(names)) < len(names):
        raise ValueError(f"{reading.file}:1: two columns have the same name: {', '.join(names)}")
    column = choose(names, names, reading.column, reading.file)
    place = names.index(column)
    texts: list[str] = []
    items: list[dict[str, Any]] = []
    room = BATCH_BYTES
    for number, row in rows:
        if len(row) != len(names):
            reason = f"{len(row)} field{'s' * (len(row) != 1)} where the header has {len(names)}"
            reading.damaged(number, reason, delimiter.join(row))
            continue
        texts.append(row[place])
        items.append(dict(zip(names, row, strict=True)))
        room -= sum(map(len, row))
        if len(texts) >= reading.size or room < 0:
            yield Batch(texts, Dicts(items), column=column)
            texts, items, room = [], [], BATCH_BYTES
    if texts:
        yield Batch(texts, Dicts(items), column=column)


def _head(raw: Iterator[bytes], size: int) -> list[bytes]:
    head: list[bytes] = []
    while size > 0 and (line := next(raw, None)) is not None:
        head.append(line)
        size -= len(line)
    return head


def told_delimiter(header: str, delimiter: str) -> str:
    """The delimiter that a row of names has: the one expected, or another if only that gives names.

    >>> told_delimiter("id;text\\n", ","), told_delimiter("text\\n", ",")
    (';', ',')
    """
    if len(_fields(header, delimiter)) == 1:
        for other in ";\t|,":
            names = _fields(header, other)
            if len(names) > 1 and all(names) and len(set(names)) == len(names):
                return other
    return delimiter


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def told_quoted(head: Sequence[str], file: str, whole: bool = True) -> bool:
    r"""Whether the first lines of a TSV, or the `whole`, tell that fields are quoted as in CSV.

    They are not, and stand as they are, if that gives every line the header's number of fields
    (more than one) and in some of them a quote mark has no other. Raises ValueError if they would
    fit in both ways.

    >>> told_quoted(['id\ttext', '1\t"Yes," he said'], "in.tsv")
    False
    >>> told_quoted(['id\ttext', '1\t"Yes"'], "in.tsv")
    True
    """
    rows = [line.rstrip("\r\n").split("\t") for line in head]
    rows = [row for row in rows if any(row)]
    fit = len({len(row) for row in rows}) == 1 and len(rows[0]) > 1
    if not fit or all(_well_quoted(field) for row in rows for field in row):
        return True
    if _fits_quoted(head, len(rows[0]), whole):
        raise ValueError(
            f"{file}: a quote mark may begin a field of several lines or be part of a text; say "
            "which with --quotes or --no-quotes, or write the file as CSV or JSONL"
        )
    return False


def _fits_quoted(head: Sequence[str], width: int, whole: bool) -> bool:
    """Whether lines give rows of `width` fields if quotes are CSV's; the last row may be cut."""
    reader = csv.reader(head, delimiter="\t", strict=True)
    try:
        return all(len(row) == width for row in reader if row)
    except csv.Error as error:
        return not whole and "unexpected end" in str(error)


def _well_quoted(field: str) -> bool:
    if not field.startswith('"'):
        return True
    return len(field) > 1 and field.endswith('"') and '"' not in field[1:-1].replace('""', "")


class _Lines:
    """Decoded lines; remembers those of the row that is being read, and what was not UTF-8."""

    def __init__(self, raw: Iterable[bytes], reading: Reading) -> None:
        self._lines = iter(raw)
        self._reading = reading
        self._number = 0
        self.room = reading.limit
        """Bytes that the row may still have."""
        self.bad: str | None = None
        self.row: list[bytes] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._number += 1
        self.room -= len(line)
        if isinstance(line, TooLong) or self.room < 0:  # where the next row begins can't be told
            reason = self._reading.too_long()
            raise DamagedError(f"{self._reading.file}:{self._number}: {reason}")
        self.row.append(line)
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            self.bad = self.bad or f"not UTF-8 at byte {error.start} of a line"
            return line.decode("utf-8", "replace")


def _rows(reader: Any, lines: _Lines, reading: Reading) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line each begins on; damaged ones are reported."""
    while True:
        number = reader.line_num + 1
        lines.row.clear()
        lines.room = reading.limit
        try:
            row = next(reader, None)
        except csv.Error as error:
            reading.damaged(number, f"not a row: {error}", b"".join(lines.row))
            continue
        if row is None:
            return
        if lines.bad is not None:
            reason, lines.bad = lines.bad, None
            reading.damaged(number, reason, b"".join(lines.row))
        elif row:
            yield number, row
