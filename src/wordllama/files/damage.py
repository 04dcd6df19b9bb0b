"""Records that cannot be read: where they stand and why, and what is done about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from wordllama.atomic import named_if_full, written_whole


@dataclass(frozen=True)
class Damage:
    """One record that could not be read."""

    file: str
    line: int
    reason: str
    record: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


OnDamage = Callable[[Damage], None]
"""What is done about a damaged record: raise, or return to skip it."""


class DamagedError(ValueError):
    """A record or file that cannot be read; says the file, the line and the reason."""


def refuse(damage: Damage) -> None:
    """Raise a `DamagedError`.

    >>> refuse(Damage("in.jsonl", 7, "not JSON", "{"))
    Traceback (most recent call last):
    ...
    wordllama.files.damage.DamagedError: in.jsonl:7: not JSON
    """
    raise DamagedError(str(damage))


class Rejects:
    """Skips damaged records and writes each to a JSONL file: file, line, reason, record.

    The file appears whole when the block ends without an error, or, if no damaged record came, not
    at all; one that was there before stays until then. `count` says how many came.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.count = 0
        self._stack = ExitStack()
        self._out: BinaryIO | None = None

    def __call__(self, damage: Damage) -> None:
        """Write one record; the reader goes on with the next."""
        if self._out is None:
            self._out = self._stack.enter_context(written_whole(self.path))
        self.count += 1
        with named_if_full(self.path):
            self._out.write(json.dumps(vars(damage)).encode() + b"\n")

    def __enter__(self) -> Rejects:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._out is None and self.path.is_file():
            self._stack.enter_context(written_whole(self.path))  # it is about an earlier run
        self._stack.__exit__(kind, error, trace)
