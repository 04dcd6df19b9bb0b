"""The line on standard error that says that the model does not read the records."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from wordllama import coverage
from wordllama.encode.encoder import Encoder

EARLY = 0.1
"""The share of unread records that is told before all have been read."""


class Watch:
    """Looks at a sample of the records, and says once if the model does not read them."""

    def __init__(self, encoder: Encoder) -> None:
        self._watch = coverage.Watch(encoder)
        self._told = False

    def see(self, texts: Sequence[str]) -> None:
        """Look at some more of the records."""
        if not self._told:
            self._watch.see(texts)
            self._tell(EARLY)

    def end(self) -> None:
        """All have been seen."""
        self._tell(0)

    def _tell(self, share: float) -> None:
        finding = None if self._told else self._watch.finding
        if finding is not None and finding.share >= share:
            self._told = True
            print(f"warning: {finding}", file=sys.stderr)
