"""All connections of a process, and how long one may take for anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from wordllama.server.limits import Limits


class Connection(Protocol):
    """What is needed of a connection here."""

    transport: asyncio.Transport


class Connections:
    """All connections of a process."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: set[Connection] = set()
        self._idle: dict[Connection, None] = {}
        """Those without a request, in the order in which they became so."""

    def add(self, connection: Connection) -> bool:
        """Take one more; beyond the limit, end the one that is idle longest.

        False where none is idle.
        """
        if len(self._open) >= self.limits.connections:
            if not self._idle:
                return False
            longest = next(iter(self._idle))
            self.remove(longest)
            longest.transport.abort()
        self._open.add(connection)
        self.idle(connection)
        return True

    def idle(self, connection: Connection) -> None:
        """Note that the connection has no request now."""
        if connection in self._open:
            self._idle[connection] = None

    def busy(self, connection: Connection) -> None:
        """Note that the headers of a request have come."""
        self._idle.pop(connection, None)

    def remove(self, connection: Connection) -> None:
        """Forget the connection."""
        self._open.discard(connection)
        self._idle.pop(connection, None)


class Deadline:
    """Calls `action` after `seconds`, unless it is stopped before."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, action: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._action = action
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to count, if it has not begun."""
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._fire)

    def stop(self) -> None:
        """Count no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        self._action()
