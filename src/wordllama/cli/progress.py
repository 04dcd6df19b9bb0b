"""A progress line on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from typing import Any


class Progress:
    """How much of the files has been read, records a second, and the time that remains."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._records = 0

    def begin(self, total: int) -> None:
        """Start over with `total` bytes to read (0: not known)."""
        self._records = 0
        if sys.stderr is None or not sys.stderr.isatty():
            return
        from tqdm import tqdm  # type: ignore[import-untyped, unused-ignore]

        self._bar = tqdm(
            total=total or None, unit="B", unit_scale=True, leave=False, delay=1, file=sys.stderr
        )

    def bytes(self, more: int) -> None:
        """So many more bytes have been read."""
        if self._bar is not None:
            self._bar.update(more)

    def records(self, more: int) -> None:
        """So many more records have been worked on."""
        self._records += more
        if self._bar is not None:
            seconds = self._bar.format_dict["elapsed"] or 1
            shown = f"{self._records:,} records, {self._records / seconds:,.0f}/s"
            self._bar.set_postfix_str(shown, refresh=False)

    def end(self) -> None:
        """All has been read."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
