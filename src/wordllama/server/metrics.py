"""What the server counts, in Prometheus form."""

from __future__ import annotations

import time
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
            "wordllama_requests_running", "Requests being answered", registry=self.registry
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
        return generate_latest(self.registry)


class Measured:
    """The application, with every request counted; paths that it does not have count as "other"."""

    def __init__(self, inner: ASGIApp, metrics: Metrics, paths: frozenset[str]) -> None:
        self._inner = inner
        self._metrics = metrics
        self._paths = paths
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
            path = scope["path"] if scope["path"] in self._paths else "other"
            requests, seconds = self._counters(path, status)
            requests.inc()
            seconds.observe(time.perf_counter() - start)

    def _counters(self, path: str, status: int) -> tuple[Any, Any]:
        key = (path, status)
        if key not in self._children:
            metrics = self._metrics
            self._children[key] = (metrics.requests.labels(*key), metrics.seconds.labels(path))
        return self._children[key]
