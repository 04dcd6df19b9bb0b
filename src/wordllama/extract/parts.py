"""The bytes of one file, which may be split into several files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Parts:
    """The first `size` bytes of a file, from parts in order."""

    paths: tuple[Path, ...]
    starts: tuple[int, ...]
    size: int

    def __str__(self) -> str:
        return " + ".join(str(path) for path in self.paths)

    def read(self, start: int, length: int) -> bytes:
        """The bytes from `start`; only the parts that hold them are opened.

        Raises:
            ValueError: they end after the last part.
        """
        if start + length > self.size:
            needed = f"bytes {start} to {start + length} are wanted"
            raise ValueError(f"{self}: {needed}, the file ends at byte {self.size}")
        pieces = []
        for path, begin in zip(self.paths, self.starts, strict=True):
            end = begin + path.stat().st_size
            first, last = max(start, begin), min(start + length, end)
            if first < last:
                with path.open("rb") as file:
                    file.seek(first - begin)
                    pieces.append(file.read(last - first))
        return b"".join(pieces)


def joined(paths: Sequence[str | Path]) -> Parts:
    """The parts as one.

    Raises:
        ValueError: no paths.
        FileNotFoundError: one of them is not a file.
    """
    files = tuple(Path(path) for path in paths)
    if not files:
        raise ValueError("paths must name at least one file, got none")
    starts, size = [], 0
    for path in files:
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file")
        starts.append(size)
        size += path.stat().st_size
    return Parts(files, tuple(starts), size)
