"""Threads for what would hold up the event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Work:
    """Runs functions in threads of its own, and knows whether any still runs.

    A thread can't be stopped. What waits for one is dropped when the request that wants it is
    cancelled; what runs then goes on, and `running` tells the end of the process not to wait.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1)
        self._unfinished: set[Future[Any]] = set()

    @property
    def running(self) -> bool:
        """Whether a function has not come back yet."""
        return any(future.running() for future in list(self._unfinished))

    async def run(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """What the function gives."""
        future = self._pool.submit(function, *arguments, **named)
        self._unfinished.add(future)
        future.add_done_callback(self._unfinished.discard)
        try:
            return await asyncio.wrap_future(future)
        finally:
            del future  # its exception would hold this frame, in a circle, and so the request
