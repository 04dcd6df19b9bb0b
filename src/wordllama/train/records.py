"""Rows of data sets, one after another: JSONL, CSV, TSV and Parquet files with named columns."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from wordllama.extras import require
from wordllama.files.delimited import HEAD_BYTES, told_quoted
from wordllama.modelfiles.jsonfile import parse_object
from wordllama.train.config import Data
from wordllama.train.stages import COLUMNS

Row = tuple[Any, ...]


def read_rows(data: Data) -> Iterator[Row]:
    """The rows of a data set, as tuples in the order of its kind: texts, and a float if scored.

    Rows with an empty text are left out. Raises FileNotFoundError, or ValueError that names file,
    row and column.
    """
    path = Path(data.path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such data file")
    readers = {".jsonl": _jsonl, ".csv": _csv, ".tsv": _tsv, ".parquet": _parquet}
    if path.suffix not in readers:
        raise ValueError(f"{path}: ends in {path.suffix!r}, expected {', '.join(readers)}")
    rows = readers[path.suffix](path, data.columns, COLUMNS[data.kind])
    try:
        for number, row in enumerate(islice(rows, data.limit)):
            checked = _checked(row, data, number)
            if checked is not None:
                yield checked
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text: {error}") from error


def _checked(row: Row, data: Data, number: int) -> Row | None:
    texts, score = (row[:2], row[2:]) if data.kind == "scored" else (row, ())
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            column = data.columns[i] if data.columns else i
            raise ValueError(
                f"{data.path}: row {number}, column {column!r} is {text!r}, expected a text"
            )
    if not all(text.strip() for text in texts):
        return None
    try:
        numbers = list(map(float, score))
    except (TypeError, ValueError, OverflowError):
        numbers = [math.nan]
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"{data.path}: row {number}: score is {score[0]!r}, expected a number")
    return (*texts, *numbers)


def _picked(names: list[str], columns: tuple[str, ...], width: int, path: Path) -> list[int]:
    if not columns:
        if len(names) < width:
            raise ValueError(f"{path}: has columns {names}, expected {width}")
        return list(range(width))
    missing = [column for column in columns if column not in names]
    if missing:
        raise ValueError(f"{path}: has no column {missing[0]!r}; there are {', '.join(names)}")
    return [names.index(column) for column in columns]


def _delimited(
    path: Path, columns: tuple[str, ...], width: int, delimiter: str = ","
) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        head = file.readlines(HEAD_BYTES)
        quoted = delimiter == "," or told_quoted(head, str(path), sum(map(len, head)) < HEAD_BYTES)
        style: Any = {"quoting": csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE}
        reader = csv.reader(chain(head, file), delimiter=delimiter, **style)
        try:
            names = next(reader, None)
            if names is None:
                return
            picked = _picked(names, columns, width, path)
            for values in reader:
                if len(values) <= max(picked):
                    raise ValueError(
                        f"{path}: line {reader.line_num} has {len(values)} fields, "
                        f"expected {len(names)}"
                    )
                yield tuple(values[i] for i in picked)
        except csv.Error as error:
            raise ValueError(f"{path}: line {reader.line_num}: {error}") from error


def _csv(path: Path, columns: tuple[str, ...], width: int) -> Iterator[Row]:
    return _delimited(path, columns, width)


def _tsv(path: Path, columns: tuple[str, ...], width: int) -> Iterator[Row]:
    return _delimited(path, columns, width, delimiter="\t")


def _jsonl(path: Path, columns: tuple[str, ...], width: int) -> Iterator[Row]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            record = parse_object(line, f"{path}: line {number}")
            picked = columns or tuple(record)[:width]
            missing = [column for column in picked if column not in record]
            if missing or len(picked) < width:
                expected = repr(missing[0]) if missing else f"{width} fields"
                raise ValueError(f"{path}: line {number} has no {expected}: {', '.join(record)}")
            yield tuple(record[column] for column in picked)


def _parquet(path: Path, columns: tuple[str, ...], width: int) -> Iterator[Row]:
    parquet = require("pyarrow.parquet", extra="train")
    arrow = require("pyarrow", extra="train")
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            picked = [names[i] for i in _picked(names, columns, width, path)]
            for batch in file.iter_batches(columns=picked):
                batch.validate(full=True)
                yield from zip(*(batch.column(name).to_pylist() for name in picked), strict=True)
    except (arrow.ArrowException, OSError, MemoryError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path}: not Parquet, or damaged: {reason}") from error
