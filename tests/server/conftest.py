"""A real server process, with one request's worth of limits small enough to run into."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[str]

    def end(self) -> int:
        """The exit code after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def start(*options: str, **environment: str) -> Server:
    """`wordllama serve` on a free port, listening."""
    process = subprocess.Popen(
        [sys.executable, "-m", "wordllama", "serve", "--port", "0", *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stderr is not None
    said = process.stderr.readline()
    assert " on http://" in said, said + process.stderr.read()
    return Server(said.split()[-1], process)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The default model with small limits, no key."""
    options = ("--max-body", "200000", "--max-texts", "40", "--max-characters", "20000")
    running = start(*options)
    yield running
    assert running.end() == 0, "the server did not live to the end of the tests"


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts more servers, which end with the test."""
    started: list[Server] = []

    def started_with(*options: str, **environment: str) -> Server:
        started.append(start(*options, **environment))
        return started[-1]

    yield started_with
    for each in started:
        each.process.kill()
        each.process.wait()
        assert each.process.stderr is not None
        each.process.stderr.close()
