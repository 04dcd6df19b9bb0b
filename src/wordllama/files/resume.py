"""Results kept in parts beside the output, so that a run that was killed can go on.

A part is a NumPy `npz` without pickles: a batch of results (records as JSON lines or an Arrow
stream, new columns as arrays or JSON), and of which job it is and which records it was made from.
Each file begins with a SHA-256 of its name and its rest. So parts that are missing, damaged, or of
another job are noticed before anything is written.

Killed at any moment, the folder of the parts is whole, or gone: once the output has its place, one
rename takes the folder away, under a name that nothing goes on from.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wordllama.atomic import atomic_write
from wordllama.files.batch import Batch, concat
from wordllama.files.batch_arrays import label_of, pack, unpack
from wordllama.files.damage import DamagedError
from wordllama.files.writing import write

PART_RECORDS = 1 << 15
PART_CHARACTERS = 1 << 25
"""A part is written once so many records have been read, or texts of so many characters made."""

JOB, FINISHED = "job", "finished"


class Part(NamedTuple):
    """What a part says of itself."""

    job: str
    """SHA-256 of the job."""
    first: int
    """Records that had been read before it."""
    read: int
    """Records that had been read after it."""
    made: int
    """Records that it holds."""


class Parts:
    """What has been done of a job: `done` records were read, and their results lie in parts.

    ValueError if the folder is of another job, DamagedError if a part is missing or damaged.
    """

    def __init__(self, folder: Path, job: Mapping[str, Any]) -> None:
        self.folder = folder
        self._job = _digest(job)
        self._check(json.loads(json.dumps(job)))
        self._parts: list[Part] = []
        for number in range(self._count()):
            self._parts.append(self._opened(number)[0])
        self._records = self.done
        self._held: list[Batch] = []
        self._characters = 0

    @property
    def done(self) -> int:
        """Records that have been read for the parts that are there."""
        return self._parts[-1].read if self._parts else 0

    @property
    def made(self) -> int:
        """Records in the parts that are there."""
        return sum(part.made for part in self._parts)

    def _check(self, job: dict[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / JOB
        if not path.exists():
            if self._count():
                raise self._damaged(f"{JOB} is missing")
            _write(path, json.dumps(job).encode())
            return
        before = json.loads(self._read(path))
        changed = [name for name in {**before, **job} if before.get(name) != job.get(name)]
        if changed:
            raise ValueError(
                f"{self.folder}: changed since the interrupted run: {', '.join(changed)}; "
                "run it as before, or delete that folder to start again"
            )

    def _count(self) -> int:
        """How many parts there are: their names are the numbers from 0, none left out."""
        names = {path.name for path in self.folder.glob("*.part")}
        for number in range(len(names)):
            if _name(number) not in names:
                raise self._damaged(f"{_name(number)} is missing")
        return len(names)

    def _opened(self, number: int) -> tuple[Part, Mapping[str, Any]]:
        """What a part says of itself, and its arrays, which are made when they are asked for."""
        data = io.BytesIO(self._read(self.folder / _name(number)))
        arrays: Mapping[str, Any] = np.load(data, allow_pickle=False)
        part = Part(*label_of(arrays))
        first = self._parts[number - 1].read if number else 0
        if (part.job, part.first) != (self._job, first):
            raise self._damaged(f"{_name(number)} does not go with the others")
        return part, arrays

    def _read(self, path: Path) -> bytes:
        data = _read(path)
        if data is None:
            raise self._damaged(f"{path.name} is damaged")
        return data

    def _damaged(self, what: str) -> DamagedError:
        return DamagedError(f"{self.folder}: {what}; delete that folder to start again")

    def write(self, batch: Batch) -> None:
        """Keep results for the next part."""
        self._held.append(batch)
        self._characters += sum(map(len, batch.texts))

    def checkpoint(self, records: int) -> None:
        """So many more records have been read, and what came of them was written."""
        self._records += records
        if self._records - self.done >= PART_RECORDS or self._characters >= PART_CHARACTERS:
            self._save()

    def _save(self) -> None:
        batch = concat(self._held)
        part = Part(self._job, self.done, self._records, len(batch))
        packed = io.BytesIO()
        arrays: Any = pack(part, batch)
        np.savez(packed, **arrays)
        _write(self.folder / _name(len(self._parts)), packed.getvalue())
        self._parts.append(part)
        self._held, self._characters = [], 0

    def close(self) -> None:
        """Write what is held back as the last part."""
        if self._records > self.done:
            self._save()

    def batches(self) -> Iterator[Batch]:
        """All results, in order."""
        for number in range(len(self._parts)):
            batch = unpack(self._opened(number)[1])
            if len(batch):
                yield batch

    def finish(self, output: Path) -> None:
        """Note how the output, which is about to be given its name, can be known again."""
        facts = {"job": self._job, "made": self.made, "stamp": _stamp(output)}
        _write(self.folder / FINISHED, json.dumps(facts).encode())


@dataclass(frozen=True)
class Finished:
    """What stands for `Parts` where the output has its place already."""

    made: int
    """Records in the output."""

    def write(self, batch: Batch) -> None:
        """There is nothing left to write."""

    def close(self) -> None:
        """Nothing is held back."""


@contextmanager
def resumable(target: str | Path, format: str | None, job: Mapping[str, Any]) -> Iterator[Parts]:
    """Parts in `<target>.resume`, turned into `target` when the block ends without an error.

    `job` (JSON values) says what is done to what; ValueError if the parts there are of another job.
    """
    parts = Parts(_folder(target), job)
    yield parts
    parts.close()
    with write(target, format, ready=parts.finish) as out:
        for batch in parts.batches():
            out.write(batch)
    _remove(parts.folder)


def finished(target: str | Path, job: Mapping[str, Any]) -> Finished | None:
    """What a run of this job did that was killed after `target` had its place, else None.

    What such a run (of any job) left is removed.
    """
    folder, waste = _folder(target), _waste(_folder(target))
    output = _stamp(Path(target))
    kept, left = _told(folder, output), _told(waste, output)
    if kept:
        _remove(folder)
    _delete(waste)
    facts = kept or left
    return Finished(facts["made"]) if facts and facts["job"] == _digest(job) else None


def _folder(target: str | Path) -> Path:
    return Path(f"{target}.resume")


def _waste(folder: Path) -> Path:
    """What the folder is called once its output has its place."""
    return folder.with_name(f".{folder.name}.finished")


def _remove(folder: Path) -> None:
    """Take the folder of a finished job away in one step, then delete it."""
    waste = _waste(folder)
    shutil.rmtree(waste, ignore_errors=True)
    folder.rename(waste)
    _delete(waste)


def _delete(waste: Path) -> None:
    """Delete what a finished job left, last of all what tells of its output."""
    for path in [*waste.glob("*.part"), waste / JOB]:
        path.unlink(missing_ok=True)
    shutil.rmtree(waste, ignore_errors=True)


def _told(folder: Path, output: list[int] | None) -> dict[str, Any] | None:
    """What was noted when a job was finished, if the output is the one that it is about."""
    data = _read(folder / FINISHED)
    facts: dict[str, Any] | None = json.loads(data) if data else None
    return facts if facts and facts["stamp"] == output else None


def _stamp(path: Path) -> list[int] | None:
    """Size and time of a file, which a rename does not change; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return [stat.st_size, stat.st_mtime_ns]


def _name(number: int) -> str:
    return f"{number:06d}.part"


def _digest(job: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()


def _write(path: Path, data: bytes) -> None:
    with atomic_write(path) as file:
        file.write(_seal(path, data) + b"\n")
        file.write(data)


def _read(path: Path) -> bytes | None:
    """What was written; None where there is nothing, or something else."""
    try:
        digest, _, data = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    return data if digest == _seal(path, data) else None


def _seal(path: Path, data: bytes) -> bytes:
    """A hash of what a file holds and of its name, so that none can stand for another."""
    digest = hashlib.sha256(path.name.encode() + b"\n")
    digest.update(data)
    return digest.hexdigest().encode()
