"""What the server counts, in Prometheus form.

Where PROMETHEUS_MULTIPROC_DIR names a folder, all processes count in files there, and each gives
the sums over all of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
POWERS_OF_TWO = tuple(2**i for i in range(12))
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """Counters of one server, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "wordllama_requests", "Requests answered", ["path", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "wordllama_request_seconds",
            "From a request's arrival to the end of its answer",
            ["path"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.running = Gauge(
            "wordllama_requests_running",
            "Requests being answered",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.texts = Counter("wordllama_texts", "Texts embedded", registry=self.registry)
        self.tokens = Counter("wordllama_tokens", "Tokens embedded", registry=self.registry)
        self.batch_texts = Histogram(
            "wordllama_batch_texts",
            "Texts embedded in one call, of one or many requests",
            buckets=POWERS_OF_TWO,
            registry=self.registry,
        )

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if folder is None:
            return generate_latest(self.registry)
        for file in Path(folder).glob("gauge_live*_*.db"):
            process = file.stem.rpartition("_")[2]
            if not _lives(int(process)):
                mark_process_dead(process, folder)  # type: ignore[no-untyped-call]
        registry = CollectorRegistry()
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def _lives(process: int) -> bool:
    if os.name == "nt":  # there, kill ends it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


class Measured:
    """The application, with every request counted; paths that it does not have count as "other".

    A path that ends with {id} stands for all that begin like it.
    """

    def __init__(self, inner: ASGIApp, metrics: Metrics, paths: Iterable[str]) -> None:
        self._inner = inner
        self._metrics = metrics
        self._paths = frozenset(paths)
        self._open = [path for path in self._paths if path.endswith("{id}")]
        self._children: dict[tuple[str, int], tuple[Any, Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        start = time.perf_counter()
        status = 499  # the client hung up before there was an answer

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._metrics.running.inc()
        try:
            await self._inner(scope, receive, noted)
        finally:
            self._metrics.running.dec()
            requests, seconds = self._counters(self._label(scope["path"]), status)
            requests.inc()
            seconds.observe(time.perf_counter() - start)

    def _label(self, path: str) -> str:
        if path in self._paths:
            return path
        return next((each for each in self._open if path.startswith(each[:-4])), "other")

    def _counters(self, path: str, status: int) -> tuple[Any, Any]:
        key = (path, status)
        if key not in self._children:
            metrics = self._metrics
            self._children[key] = (metrics.requests.labels(*key), metrics.seconds.labels(path))
        return self._children[key]
