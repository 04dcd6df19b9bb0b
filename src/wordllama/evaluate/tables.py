"""Rows of TSV, CSV and JSONL files, as dictionaries."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from wordllama.files.delimited import told_quoted
from wordllama.modelfiles.jsonfile import parse_object

Row = dict[str, Any]


def read_rows(path: Path) -> list[Row]:
    r"""The rows of a .tsv or .csv with a header line, or of a .jsonl of objects.

    What a TSV's quote marks mean is told as everywhere (`files.delimited.told_quoted`).

    Raises:
        ValueError: no rows, or a row that does not fit; the message names file and line.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "rows.tsv")
    >>> _ = path.write_text('text\tlabel\n"so" he said\tno\n')
    >>> read_rows(path)
    [{'text': '"so" he said', 'label': 'no'}]
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 at byte {error.start}") from error
    if path.suffix == ".jsonl":
        lines = content.split("\n")
        rows = [
            parse_object(line, f"{path}:{number}")
            for number, line in enumerate(lines, 1)
            if line.strip()
        ]
    else:
        rows = _fields(path, content)
    if not rows:
        raise ValueError(f"{path}: holds no rows")
    return rows


def _fields(path: Path, content: str) -> list[Row]:
    if path.suffix == ".csv":
        records = _quoted(path, content, ",")
    elif told_quoted([f"{line}\n" for line in content.split("\n")], str(path)):
        records = _quoted(path, content, "\t")
    else:
        records = [line.rstrip("\r").split("\t") for line in content.split("\n")]
    records = [record for record in records if any(record)]
    header = records[0] if records else []
    for number, record in enumerate(records, 1):
        if len(record) != len(header):
            expected = f"the header has {len(header)}"
            raise ValueError(f"{path}: row {number} has {len(record)} fields, {expected}")
    return [dict(zip(header, record, strict=True)) for record in records[1:]]


def _quoted(path: Path, content: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit((1 << 31) - 1)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    try:
        return list(reader)
    except csv.Error as error:
        raise ValueError(f"{path}:{reader.line_num}: {error}") from error
