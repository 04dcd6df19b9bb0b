"""How much a span of a text is, in characters or tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from wordllama.encode.encoder import Encoder

Count = Callable[[str], int]
"""A text -> how many tokens it has."""


class TokenCount:
    """Counts a model's tokens, of one text or of many at once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def __call__(self, text: str) -> int:
        """Tokens of the text."""
        return len(self._encoder.token_ids([text])[0])

    def many(self, texts: list[str]) -> list[int]:
        """Tokens of each text."""
        counts: list[int] = np.diff(self._encoder.token_ids(texts)[1]).tolist()
        return counts


_BLOCK = 1024
"""Spans counted in one call of `many`: bounds the memory."""

_PER_TOKEN = 16
"""A span of more characters a token than this is counted from its beginning on, by doubling."""


@dataclass(frozen=True)
class Ruler:
    """Measures spans of `text` in characters, or in tokens if there is a counter."""

    text: str
    count: Count | None = None
    known: dict[tuple[int, int], int] = field(default_factory=dict)
    """Sizes of spans that became chunks or might have."""

    def size(self, start: int, end: int) -> int:
        """Size of `text[start:end]`."""
        return end - start if self.count is None else self.count(self.text[start:end])

    def reach(self, start: int, end: int, limit: int) -> int:
        """`end`, or the end of a long text's beginning that is over `limit`: found by doubling.

        So no span is counted much further than it fits, however long it is.
        """
        if self.count is None:
            return end
        length = _PER_TOKEN * limit
        while length < end - start and self.size(start, start + length) <= limit:
            length *= 2
        return min(end, start + length)

    def size_up_to(self, start: int, end: int, limit: int) -> int:
        """Size of `text[start:end]`, or of a beginning of it that is over `limit`."""
        return self.size(start, self.reach(start, end, limit))

    def sizes(self, offsets: Sequence[int], limit: int) -> Iterator[int]:
        """Sizes of the spans between offsets; of a long one perhaps only of a part over `limit`.

        A counter with `many` is asked for a block of spans at once.
        """
        many = getattr(self.count, "many", None)
        if many is None:
            for start, end in pairwise(offsets):
                yield self.size_up_to(start, end, limit)
            return
        short = _PER_TOKEN * limit
        for first in range(0, len(offsets) - 1, _BLOCK):
            spans = list(pairwise(offsets[first : first + _BLOCK + 1]))
            counted = iter(many([self.text[a:b] for a, b in spans if b - a <= short]))
            for start, end in spans:
                if end - start <= short:
                    yield next(counted)
                else:
                    yield self.size_up_to(start, end, limit)

    def chunk_fits(self, start: int, end: int, limit: int) -> bool:
        """Whether a chunk of that span is within `limit`; its size is remembered."""
        if self.count is None:
            return end - start <= limit
        if (start, end) not in self.known:
            size = self.size_up_to(start, end, limit)
            if size > limit:
                return False
            self.known[start, end] = size
        return self.known[start, end] <= limit

    def chunk_size(self, start: int, end: int) -> int:
        """The size of a chunk of that span."""
        known = self.known.get((start, end))
        return self.size(start, end) if known is None else known
