"""A matrix in a model's file, read a block of rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 16 << 20
"""Values that are decoded at once (64 MiB of float32)."""


@dataclass(frozen=True)
class Matrix:
    """Where a tensor is and how to decode its rows; nothing is read before `blocks`."""

    source: str
    name: str
    shape: tuple[int, int]
    dtype: str
    """As the file's format calls it."""
    raw: Callable[[int, int], bytes]
    """Rows from, to -> their bytes as they lie in the file."""
    decode: Callable[[bytes], NDArray[np.float32]]
    """Such bytes -> float32 (rows, columns)."""

    def blocks(self, rows: int | None = None) -> Iterator[tuple[bytes, NDArray[np.float32]]]:
        """The bytes and the values of each block of the first `rows` rows (all where None).

        Raises:
            ValueError: a row holds NaN or infinity; the message names it.
        """
        end = self.shape[0] if rows is None else rows
        step = max(1, BLOCK // self.shape[1])
        for start in range(0, end, step):
            raw = self.raw(start, min(start + step, end))
            values = self.decode(raw)
            finite = np.isfinite(values).all(axis=1)
            if not finite.all():
                row = start + int(np.argmin(finite))
                raise ValueError(f"{self.source}: {self.name!r} has NaN or infinity in row {row}")
            yield raw, values

    def read(self) -> NDArray[np.float32]:
        """All rows, float32."""
        out = np.empty(self.shape, np.float32)
        start = 0
        for _, values in self.blocks():
            out[start : start + len(values)] = values
            start += len(values)
        return out
