"""How a server's processes start, share the work, and end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from wordllama import WordLlama
from wordllama.server import Limits, serve
from wordllama.server.work import Work

from .conftest import Server

DEADLINE = 120
"""Seconds after which a test has failed."""


def sample(metrics: str, name: str) -> float:
    families = text_string_to_metric_families(metrics)
    return sum(s.value for family in families for s in family.samples if s.name == name)


def children(process: int) -> set[int]:
    """The worker processes of a server."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return {int(each) for each in listed if b"spawn_main" in command(each)}


def command(process: str) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def until(true: Callable[[], object]) -> None:
    """Ask again and again until it is true."""
    ended = threading.Event()
    timer = threading.Timer(DEADLINE, ended.set)
    timer.start()
    try:
        while not true():
            assert not ended.is_set()
    finally:
        timer.cancel()


def gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def shared(serve: Callable[..., Server]) -> Iterator[Server]:
    """A server of two workers."""
    return serve("--workers", "2", "--drain", "5")


def test_workers_share_requests_and_counts_and_are_replaced(shared: Server) -> None:
    def embed(_: int) -> int:
        body = {"inputs": ["a", "b"]}
        return httpx.post(f"{shared.url}/embed", json=body, timeout=DEADLINE).status_code

    def metrics() -> str:
        return httpx.get(f"{shared.url}/metrics", timeout=DEADLINE).text

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(embed, range(60))) == {200}
    assert sample(metrics(), "wordllama_texts_total") == 120
    before = children(shared.process.pid)
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    until(lambda: len(children(shared.process.pid) - {min(before)}) == 2)
    assert set(map(embed, range(10))) == {200}
    assert sample(metrics(), "wordllama_texts_total") == 140, "what the dead one counted is kept"
    assert sample(metrics(), "wordllama_requests_running") == 1
    workers = children(shared.process.pid)
    assert shared.end() == 0
    assert all(gone(each) for each in workers)


def test_workers_end_when_their_parent_is_killed(shared: Server) -> None:
    assert httpx.get(f"{shared.url}/health", timeout=DEADLINE).status_code == 200
    until(lambda: len(children(shared.process.pid)) == 2)
    workers = children(shared.process.pid)
    shared.process.kill()
    shared.process.wait()
    until(lambda: all(gone(each) for each in workers))


def test_workers_load_the_model_themselves(wl: WordLlama) -> None:
    with pytest.raises(ValueError, match=r"functools.partial\(WordLlama.load"):
        serve(wl, workers=2)


def test_a_worker_that_can_not_start_ends_the_server(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import os\nfrom functools import partial\nfrom wordllama import WordLlama\n"
        "from wordllama.server import serve\n"
        "def load(parent):\n"
        "    if os.getpid() != parent:\n        raise FileNotFoundError('the model is gone')\n"
        "    return WordLlama.load()\n"
        "if __name__ == '__main__':\n"
        "    serve(partial(load, os.getpid()), port=0, workers=2)\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=DEADLINE
    )
    assert done.returncode == 3
    assert "a worker could not start: the model is gone" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("workers", [1, 2])
def test_the_process_is_gone_when_the_drain_ends(
    serve: Callable[..., Server], workers: int
) -> None:
    server = serve(
        "--drain", "1", "--max-texts", "100000", "--max-body", "99999999", "--workers", str(workers)
    )
    texts = [f"{i} of {i * i} and {i * i * i}" for i in range(6000)]
    post = partial(httpx.post, timeout=DEADLINE)
    with ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(post, f"{server.url}/cluster", json={"texts": texts, "k": 3000})
            for _ in range(2)
        ]
        until(lambda: sample(_metrics(server), "wordllama_requests_running") == 3)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=30) == 0
        answers = [each.result() for each in asked]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert "the server is ending" in answers[0].json()["error"]


def _metrics(server: Server) -> str:
    return httpx.get(f"{server.url}/metrics", timeout=DEADLINE).text


def test_work_that_waits_is_dropped_with_its_request() -> None:
    begun, may_end = threading.Event(), threading.Event()
    done: list[int] = []

    def held() -> None:
        begun.set()
        may_end.wait(DEADLINE)

    async def cancelled() -> None:
        work = Work(threads=1)
        first = asyncio.create_task(work.run(held))
        second = asyncio.create_task(work.run(done.append, 1))
        await asyncio.sleep(0)
        assert begun.wait(DEADLINE)
        assert work.running
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        may_end.set()
        await first
        await work.run(int)
        assert not work.running

    asyncio.run(cancelled())
    assert done == []


@pytest.mark.parametrize(
    ("texts", "k", "status"),
    [
        (["a"] * 40, 40, 200),
        ([f"text {i}" for i in range(40)], 40, 200),
        ([f"text {i}" for i in range(40)], 39, 200),
        ([f"text {i}" for i in range(2048)], 257, 413),
        (["a"] * 2000 + ["b"] * 48, 2000, 200),
        ([f"text {i}" for i in range(2048)], 2048, 200),
    ],
)
def test_the_cost_of_clusters_is_bounded(
    all_texts: Server, texts: list[str], k: int, status: int
) -> None:
    answer = httpx.post(f"{all_texts.url}/cluster", json={"texts": texts, "k": k}, timeout=DEADLINE)
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["error"] == "k is 257; for 2048 texts it may be at most 256"


@pytest.fixture(scope="module")
def all_texts() -> Iterator[Server]:
    """A server with the limits that it has by default."""
    from .conftest import start

    server = start()
    yield server
    assert server.end() == 0


def test_a_port_in_use_is_one_line_and_an_exit_code(server: Server) -> None:
    port = server.url.rsplit(":", 1)[1]
    serving = [sys.executable, "-m", "wordllama", "serve", "--port", port]
    done = subprocess.run(serving, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "ddress already in use" in done.stderr


def test_sigterm_finishes_what_was_begun(serve: Callable[..., Server]) -> None:
    server = serve()
    text = b'{"text": "' + b"The cat sat on the mat. It rained. " * 25_000 + b'"}'
    head = f"POST /split HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(text)}\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head.encode() + text[:-1])
        until(lambda: sample(_metrics(server), "wordllama_requests_running") == 2)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: _refuses(server))
        connection.sendall(text[-1:])
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert re.search(rb'"pieces":\["The cat', answer)
    assert server.process.wait(timeout=30) == 0


def _refuses(server: Server) -> bool:
    try:
        server.connect().close()
    except (ConnectionRefusedError, ConnectionResetError):  # reset: closed while it waited
        return True
    return False


def test_limits_that_can_not_be_kept_are_refused() -> None:
    with pytest.raises(ValueError, match="held_bytes is 1"):
        Limits(held_bytes=1)
    with pytest.raises(ValueError, match="idle_seconds must be at least 1, not 0"):
        Limits(idle_seconds=0)
