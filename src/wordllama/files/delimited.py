"""Records in CSV and TSV: every value is a string and passes through as it stands."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from wordllama.files.batch import Batch, Dicts
from wordllama.files.lines import BATCH_BYTES, Reading, choose, numbered

FIELD_BYTES = 64 << 20
"""The longest field; a quote that is never closed is found by then at the latest."""


def read_delimited(stream: Iterable[bytes], reading: Reading, delimiter: str) -> Iterator[Batch]:
    """A record a row, after a row of column names; blank rows are none."""
    csv.field_size_limit(FIELD_BYTES)
    lines = _Lines(stream, reading.file)
    rows = _rows(csv.reader(lines, delimiter=delimiter, strict=True), lines, reading)
    header = next(rows, None)
    if header is None:
        return
    names = header[1]
    if len(set(names)) < len(names):
        raise ValueError(f"{reading.file}:1: two columns have the same name: {', '.join(names)}")
    column = choose(names, dict.fromkeys(names, ""), reading.column, reading.file)
    place = names.index(column)
    texts: list[str] = []
    items: list[dict[str, Any]] = []
    room = BATCH_BYTES
    for number, row in rows:
        if len(row) != len(names):
            reason = f"{len(row)} fields where the header has {len(names)}"
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


class _Lines:
    """Decoded lines; remembers those of the row that is being read, and what was not UTF-8."""

    def __init__(self, stream: Iterable[bytes], file: str) -> None:
        self._lines = numbered(stream, file)
        self.bad: str | None = None
        self.row: list[bytes] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        _, line = next(self._lines)
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
