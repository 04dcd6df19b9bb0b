"""How much is answered at once; what is more is told to come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wordllama.server.limits import Limits, RefusedError

BODIES = 16
"""So many bodies of the largest size may be worked on at once."""


class Admission:
    """Counts the requests whose bodies have come and that are not answered yet."""

    def __init__(self, limits: Limits) -> None:
        self._requests = self._bytes = 0
        self._most_requests = limits.requests
        self._most_bytes = limits.body_bytes * BODIES

    @contextmanager
    def place(self, size: int) -> Iterator[None]:
        """A place for a request with a body of so many bytes; RefusedError (503) if all are taken.

        >>> with Admission(Limits(requests=1)).place(10):
        ...     pass
        """
        if self._requests >= self._most_requests or self._bytes + size > self._most_bytes:
            raise RefusedError(503, "too many requests at once; try again in a second")
        self._requests += 1
        self._bytes += size
        try:
            yield
        finally:
            self._requests -= 1
            self._bytes -= size
