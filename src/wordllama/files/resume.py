"""Results kept in parts beside the output, so that a run that was killed can go on.

A part holds batches of results and is written under a temporary name and renamed, so what is there
is whole. It is a NumPy `npz` without pickles: records as JSON lines or an Arrow stream, new columns
as arrays or JSON.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.atomic import atomic_write
from wordllama.extras import require
from wordllama.files.batch import Batch, Column, Dicts, Mixed, Rows, concat
from wordllama.files.columnar import Table, strings
from wordllama.files.writing import write

PART_RECORDS = 1 << 15
PART_CHARACTERS = 1 << 25
"""A part is written once so many records have been read, or texts of so many characters made."""


class Parts:
    """What has been done of a job: `done` records were read, and their results lie in parts."""

    def __init__(self, folder: Path, job: Mapping[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._check(json.loads(json.dumps(job)))
        self._files = sorted(folder.glob("*.part"))
        self.done = int(self._files[-1].stem.split("-")[1]) if self._files else 0
        self._read = self.done
        self._held: list[Batch] = []
        self._characters = 0

    @property
    def made(self) -> int:
        """Records in the parts that are there."""
        return sum(int(path.stem.split("-")[2]) for path in self._files)

    def _check(self, job: dict[str, Any]) -> None:
        path = self.folder / "job.json"
        if not path.exists():
            with atomic_write(path) as file:
                file.write(json.dumps(job).encode())
            return
        before = json.loads(path.read_text(encoding="utf-8"))
        changed = [name for name in {**before, **job} if before.get(name) != job.get(name)]
        if changed:
            raise ValueError(
                f"{self.folder}: the interrupted run had another {', '.join(changed)}; "
                "run with the same, or delete that folder"
            )

    def write(self, batch: Batch) -> None:
        """Keep results for the next part."""
        self._held.append(batch)
        self._characters += sum(map(len, batch.texts))

    def checkpoint(self, records: int) -> None:
        """So many more records have been read, and what came of them was written."""
        self._read += records
        if self._read - self.done >= PART_RECORDS or self._characters >= PART_CHARACTERS:
            self._save()

    def _save(self) -> None:
        batch = concat(self._held)
        path = self.folder / f"{len(self._files):06d}-{self._read}-{len(batch)}.part"
        with atomic_write(path) as file:
            arrays: Any = _packed(batch)
            np.savez(file, **arrays)
        self._files.append(path)
        self.done, self._held, self._characters = self._read, [], 0

    def close(self) -> None:
        """Write what is held back as the last part."""
        if self._read > self.done:
            self._save()

    def batches(self) -> Iterator[Batch]:
        """All results, in order."""
        for path in self._files:
            with np.load(path, allow_pickle=False) as arrays:
                batch = _unpacked(arrays)
            if len(batch):
                yield batch


@contextmanager
def resumable(target: str | Path, format: str | None, job: Mapping[str, Any]) -> Iterator[Parts]:
    """Parts in `<target>.resume`, turned into `target` when the block ends without an error.

    `job` (JSON values) says what is done to what; ValueError if the parts there are of another job.
    """
    parts = Parts(Path(f"{target}.resume"), job)
    yield parts
    parts.close()
    with write(target, format) as out:
        for batch in parts.batches():
            out.write(batch)
    shutil.rmtree(parts.folder)


def _packed(batch: Batch) -> dict[str, NDArray[Any]]:
    """Every kind of records as it is: values would lose their types if all became JSON."""
    parts = batch.rows.parts if isinstance(batch.rows, Mixed) else (batch.rows,)
    about = {
        "column": batch.column,
        "added": list(batch.added),
        "arrow": [isinstance(rows, Table) for rows in parts],
        "lines": [isinstance(rows, Dicts) and rows.lines is not None for rows in parts],
        "order": list(batch.rows.order) if isinstance(batch.rows, Mixed) else None,
    }
    added = {f"column{n}": _column(column) for n, column in enumerate(batch.added.values())}
    packed = {f"rows{n}": _bytes(_packed_rows(rows)) for n, rows in enumerate(parts)}
    return {"about": _bytes(json.dumps(about).encode()), **packed, **added}


def _packed_rows(rows: Rows) -> bytes:
    return _arrow_bytes(rows) if isinstance(rows, Table) else b"\n".join(rows.json_lines())


def _unpacked(arrays: Mapping[str, NDArray[Any]]) -> Batch:
    about = json.loads(arrays["about"].tobytes())
    added: dict[str, Column] = {}
    for n, name in enumerate(about["added"]):
        array = arrays[f"column{n}"]
        added[name] = json.loads(array.tobytes()) if array.dtype == np.uint8 else array
    parts: list[Rows] = []
    texts: list[str] = []
    for n, (arrow, lines) in enumerate(zip(about["arrow"], about["lines"], strict=True)):
        rows, its_texts = _unpacked_rows(
            arrays[f"rows{n}"].tobytes(), arrow, lines, about["column"]
        )
        parts.append(rows)
        texts += its_texts
    if about["order"] is None:
        return Batch(texts, parts[0], added, about["column"])
    order = about["order"]
    return Batch([texts[i] for i in order], Mixed(tuple(parts), order), added, about["column"])


def _unpacked_rows(data: bytes, arrow: bool, lines: bool, column: str) -> tuple[Rows, list[str]]:
    if arrow:
        table = _arrow_rows(data)
        return table, strings(table.batch, column)
    written = data.split(b"\n") if data else []
    items = [json.loads(line) for line in written]
    return Dicts(items, written if lines else None), [item[column] for item in items]


def _bytes(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)


def _column(column: Column) -> NDArray[Any]:
    return column if isinstance(column, np.ndarray) else _bytes(json.dumps(column).encode())


def _arrow_bytes(rows: Rows) -> bytes:
    ipc = require("pyarrow.ipc", extra="files")
    batch = rows.arrow()
    sink = io.BytesIO()
    with ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return sink.getvalue()


def _arrow_rows(data: bytes) -> Table:
    ipc = require("pyarrow.ipc", extra="files")
    with ipc.open_stream(data) as stream:
        return Table(stream.read_next_batch())
