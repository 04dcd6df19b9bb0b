"""A real server process, with one request's worth of limits small enough to run into."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from wordllama import WordLlama


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[str]

    def connect(self) -> socket.socket:
        """A connection that nothing was sent on."""
        host, port = self.url.removeprefix("http://").split(":")
        return socket.create_connection((host, int(port)), timeout=60)

    def answers(self, *parts: bytes, half_closed: bool = False) -> bytes:
        """All that comes back for the bytes, until the server closes the connection."""
        with self.connect() as connection:
            try:
                for part in parts:
                    connection.sendall(part)
                if half_closed:
                    connection.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it is refused before all is sent
            return read(connection)

    def peak(self) -> int:
        """kB of memory at most."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])  # type: ignore[index]

    def end(self) -> int:
        """The exit code after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def read(connection: socket.socket) -> bytes:
    """What comes until the end."""
    answer = bytearray()
    try:
        while part := connection.recv(1 << 16):
            answer += part
    except ConnectionResetError:
        pass
    return bytes(answer)


def start(*options: str, files: int | None = None, **environment: str) -> Server:
    """`wordllama serve` on a free port, listening; with at most so many open `files`."""
    command = [sys.executable, "-m", "wordllama", "serve", "--port", "0", *options]
    if files is not None:
        command = ["bash", "-c", f'ulimit -n {files}; exec "$@"', "bash", *command]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stderr is not None
    said = process.stderr.readline()
    assert " on http://" in said, said + process.stderr.read()
    return Server(said.split()[-1], process)


@pytest.fixture(scope="session")
def small(wl: WordLlama, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], list[str]]:
    """Options for small limits, and an index of its own, of the default model."""

    def options() -> list[str]:
        path = tmp_path_factory.mktemp("index") / "notes.db"
        wl.index(path).close()
        limits = ["--max-body", "200000", "--max-texts", "40", "--max-characters", "20000"]
        return [*limits, "--index", str(path)]

    return options


@pytest.fixture(scope="session")
def server(small: Callable[[], list[str]]) -> Iterator[Server]:
    """The default model with small limits, an index that is empty at first, no key."""
    running = start(*small())
    yield running
    assert running.end() == 0, "the server did not live to the end of the tests"


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts more servers, which end with the test."""
    started: list[Server] = []

    def started_with(*options: str, files: int | None = None, **environment: str) -> Server:
        started.append(start(*options, files=files, **environment))
        return started[-1]

    yield started_with
    for each in started:
        each.process.kill()
        each.process.wait()
        assert each.process.stderr is not None
        each.process.stderr.close()
