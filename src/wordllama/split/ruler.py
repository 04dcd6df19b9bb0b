"""How much a span of a text is, in characters or tokens."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from wordllama.encode.encoder import Encoder
from wordllama.split.borders import Table

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


_MOST = 0.9
"""The share of a chunk that a repeated header may take: with more, hardly a row would be left, and
the chunks together could be many times the text."""


@dataclass(frozen=True)
class Ruler:
    """Measures spans of `text` in characters, or in tokens if there is a counter."""

    text: str
    count: Count | None = None
    known: dict[tuple[int, int], int] = field(default_factory=dict)
    """Sizes of spans that became chunks or might have."""
    tables: Sequence[Table] = ()
    """Those whose header is repeated where a chunk begins at one of their rows, in order."""
    room: int = 0
    """The size that such a header and the row after it may have."""
    headed: dict[int, Table | None] = field(default_factory=dict)
    """What `continued` gave."""

    def repeating_headers(self, tables: Sequence[Table], room: int) -> Ruler:
        """A ruler for chunks of up to `room` before which headers of these tables are put."""
        count = self.count or len
        short = [table for table in tables if len(table.header) <= _PER_TOKEN * room]
        sized = [replace(table, size=count(table.header)) for table in short]
        kept = [table for table in sized if table.size <= _MOST * room]
        return replace(self, tables=kept, room=room)

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
            return self.chunk_size(start, end) <= limit
        if (start, end) not in self.known:
            if self.reach(start, end, limit) < end:
                return False
            size = self.chunk_size(start, end)
            if size > limit:
                return False
            self.known[start, end] = size
        return self.known[start, end] <= limit

    def chunk_size(self, start: int, end: int) -> int:
        """The size of a chunk of that span, with the header that is put before it."""
        known = self.known.get((start, end))
        if known is not None:
            return known
        header = self.header(start)
        if self.count is None:
            return len(header) + end - start
        return self.count(header + self.text[start:end])

    def header(self, start: int) -> str:
        """What is put before a chunk that begins at `start`: perhaps a table's header."""
        table = self.continued(start)
        return table.header if table else ""

    def table_at(self, place: int) -> Table | None:
        """The table within which `place` lies, if its headers are repeated."""
        number = bisect_right(self.tables, place, key=lambda table: table.start) - 1
        inside = number >= 0 and self.tables[number].start < place < self.tables[number].end
        return self.tables[number] if inside else None

    def continued(self, start: int) -> Table | None:
        """The table that a chunk which begins at `start` goes on with, its header repeated."""
        if not self.tables:
            return None
        if start not in self.headed:
            table = self.table_at(start)
            fits = table and start >= table.rows and self._fits_before_row(table, start)
            self.headed[start] = table if fits else None
        return self.headed[start]

    def bare_row_end(self, start: int, end: int) -> int:
        """`end`, or that of a row before it in which a chunk begins that repeats no header.

        It is the last in its chunk, so that the next one begins at a row and may have the header.
        """
        table = self.table_at(start) if self.tables else None
        if table is None or start < table.rows or self.continued(start):
            return end
        end = min(end, table.end)
        return self.text.find("\n", start, end) + 1 or end

    def _fits_before_row(self, table: Table, start: int) -> bool:
        """Whether a row begins at `start`, and fits by itself and below the table's header."""
        if self.text[start - 1] != "\n":
            return False
        end = self.text.find("\n", start, table.end) + 1 or table.end
        if self.count is None:
            return table.size + end - start <= self.room
        return (
            self.size_up_to(start, end, self.room) <= self.room
            and self.count(table.header + self.text[start:end]) <= self.room
        )
