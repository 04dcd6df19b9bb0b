"""How much is held and answered at once; what is more is told to come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wordllama.server.limits import Limits, RefusedError


class Admission:
    """Counts the bytes that requests hold, and the requests that are worked on."""

    def __init__(self, limits: Limits) -> None:
        self.places = self.requests = self.bytes = 0
        self.limits = limits

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A request's place, which is given back at the end."""
        place = Place(self)
        self.places += 1
        try:
            yield place
        finally:
            self.places -= 1
            place.leave()


class Place:
    """What one request takes of the server.

    >>> admission = Admission(Limits(requests=1, held_bytes=100, body_bytes=100))
    >>> with admission.place() as place, admission.place() as another:
    ...     place.hold(90)
    ...     another.hold(20)
    Traceback (most recent call last):
    ...
    wordllama.server.limits.RefusedError: too much to do at once; try again in a second
    """

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._bytes = 0
        self._working = False

    def hold(self, size: int) -> None:
        """Count `size` bytes more; RefusedError (503) where other requests leave no room."""
        admission = self._admission
        others = admission.bytes - self._bytes
        if others and admission.bytes + size > admission.limits.held_bytes:
            raise RefusedError(503, "too much to do at once; try again in a second")
        admission.bytes += size
        self._bytes += size

    def begin(self) -> None:
        """Count a request that has come whole; RefusedError (503) of one too many."""
        if self._admission.requests >= self._admission.limits.requests:
            raise RefusedError(503, "too many requests at once; try again in a second")
        self._admission.requests += 1
        self._working = True

    def leave(self) -> None:
        """Give everything back."""
        self._admission.bytes -= self._bytes
        self._admission.requests -= self._working
        self._bytes, self._working = 0, False
