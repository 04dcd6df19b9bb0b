"""Requests near the right ones and far from them: never 500, never the end, never much memory.

WORDLLAMA_FUZZ=20000 makes so many of each kind instead of the few here; WORDLLAMA_FUZZ_SEED others.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from wordllama.server.endpoints import ENDPOINTS, INDEX_ENDPOINTS, READABLE

from .conftest import Server, read, start

REQUESTS = int(os.environ.get("WORDLLAMA_FUZZ", "400"))
SEED = int(os.environ.get("WORDLLAMA_FUZZ_SEED", "0"))
EVERY = (*ENDPOINTS, *INDEX_ENDPOINTS)
ANSWERS = {200, 400, 401, 403, 404, 405, 408, 413, 422, 431, 501, 503, 505}

ATOMS: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        2.0,
        0.5,
        31999,
        32000,
        2**31,
        2**63,
        2**64,
        10**30,
        1e308,
        -0.0,
    ),
    *("", "a", "a red car", "<s>", "\x00", "☃" * 50, "a" * 20_000, "<" * 5000, "\ud7ff", "é\u0301"),
    *(
        [],
        {},
        [[]],
        [{}],
        [""],
        [0],
        [[0]],
        [["a"]],
        {"text": "a"},
        {"text": None},
        {"a": {"b": []}},
    ),
    *(
        ["a"] * 41,
        [1] * 20_001,
        [[1]] * 41,
        [None] * 500,
        [{}] * 5000,
        ["a", 1],
        [1, "a"],
        [1, [1]],
    ),
]
KEYS = [*sorted({name for each in EVERY for name in each.request.model_fields}), "", "a", "é"]
PARTS = [
    *(b"GET ", b"POST ", b"HEAD ", b"OPTIONS ", b"PUT ", b"CONNECT ", b"PRI ", b" ", b"\r\n"),
    *(each.path.encode() for each in (*EVERY, *READABLE)),
    *(b"*", b"//", b"/%00", b"/%ff", b"http://a/embed", b"?a=b", b"/../", b" HTTP/1.1\r\n"),
    *(b" HTTP/1.0\r\n", b" HTTP/0.9\r\n", b" HTTP/2.0\r\n", b"Host: localhost\r\n", b"Host: a\r\n"),
    *(b"Content-Length: 14\r\n", b"Content-Length: 0\r\n", b"Content-Length: x\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Expect: 100-continue\r\n"),
    *(b"Connection: Upgrade\r\nUpgrade: h2c\r\n", b"Upgrade: websocket\r\nConnection: upgrade\r\n"),
    *(b'{"inputs":"a"}', b"e\r\n", b"0\r\n\r\n", b"\r\n\r\n", b"\x00", b"\xff", b"A: " + b"a" * 99),
    *(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"ffffffffffffffff\r\n", b"1;a=b\r\n"),
    b"POST /embed HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\n\r\n",
]  # fmt: skip


@pytest.fixture(scope="module")
def fuzzed(small: Callable[[], list[str]]) -> Iterator[Server]:
    """A server with small limits, which outlives all of it; its log tells of unread texts only."""
    server = start(*small(), "--timeout", "1", "--idle", "1", "--max-connections", "50")
    yield server
    assert httpx.get(f"{server.url}/health", timeout=60).status_code == 200
    metrics = httpx.get(f"{server.url}/metrics", timeout=60).text
    assert 'status="500"' not in metrics
    assert server.peak() < 400_000
    assert server.end() == 0
    assert server.process.stderr is not None
    said = server.process.stderr.read().splitlines()
    assert all("does not read" in line for line in said), said


def changed(chance: random.Random, node: Any, depth: int = 0) -> Any:
    """The JSON value with something else somewhere."""
    if depth > 3 or chance.random() < 0.25:
        return chance.choice(ATOMS)
    if isinstance(node, dict) and node:
        node = dict(node)
        kind = chance.random()
        if kind < 0.2:
            del node[chance.choice(list(node))]
        elif kind < 0.5:
            node[chance.choice(KEYS)] = chance.choice(ATOMS)
        else:
            key = chance.choice(list(node))
            node[key] = changed(chance, node[key], depth + 1)
        return node
    if isinstance(node, list) and node:
        node = list(node)
        i = chance.randrange(len(node))
        node[i : i + chance.randrange(2)] = [changed(chance, node[i], depth + 1)]
        return node
    return chance.choice(ATOMS)


def body(chance: random.Random, example: Any) -> bytes:
    """A request's body, in JSON or nearly."""
    value = example
    for _ in range(chance.choice([1, 1, 2, 4])):
        value = changed(chance, value)
    text = bytearray(json.dumps(value, ensure_ascii=chance.random() < 0.5).encode())
    if text and chance.random() < 0.3:
        for _ in range(chance.randrange(1, 4)):
            i = chance.randrange(len(text) + 1)
            text[i : i + chance.randrange(3)] = chance.choice(
                [b"", b'"', b"[", b"}", b"\\", b"\xff", b"\\ud800", b"NaN", b"1e999", b"[" * 999]
            )
    return bytes(text)


def test_bodies_near_the_right_ones_are_answered(fuzzed: Server) -> None:
    chance = random.Random(SEED)
    bodies = [
        (each.path, body(chance, each.example))
        for each in (chance.choice(EVERY) for _ in range(REQUESTS))
    ]
    with (
        httpx.Client(base_url=fuzzed.url, timeout=60) as http,
        ThreadPoolExecutor(4) as pool,
    ):

        def asked(sent: tuple[str, bytes]) -> None:
            answer = http.post(sent[0], content=sent[1])
            assert answer.status_code in (200, 400, 404, 413, 422), sent
            assert answer.json() is not None, sent

        list(pool.map(asked, bodies))


def test_bytes_far_from_http_are_answered_or_dropped(fuzzed: Server) -> None:
    chance = random.Random(SEED)
    sent = [stream(chance) for _ in range(REQUESTS)]

    def asked(parts: list[bytes]) -> None:
        answer = fuzzed.answers(*parts, half_closed=len(parts) % 3 > 0)
        statuses = {int(each) for each in re.findall(rb"HTTP/1.1 (\d{3}) ", answer)} - {100}
        assert statuses <= ANSWERS, (parts, answer)
        assert not answer or answer.startswith(b"HTTP/1.1 "), (parts, answer)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(asked, sent))


def stream(chance: random.Random) -> list[bytes]:
    """What a client sends, in parts."""
    whole = b"".join(chance.choice(PARTS) for _ in range(chance.randrange(1, 12)))
    cuts = sorted(chance.randrange(len(whole) + 1) for _ in range(chance.randrange(4)))
    return [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


def test_clients_that_stop_at_any_byte_are_given_up(fuzzed: Server) -> None:
    whole = PARTS[-1] + b'{"inputs":"a"}'
    chance = random.Random(SEED)
    connections = [fuzzed.connect() for _ in range(40)]
    for connection in connections:
        connection.sendall(whole[: chance.randrange(len(whole))])
    answers: list[bytes] = list(map(read, connections))
    assert {answer.split(b" ")[1] for answer in answers if answer} <= {b"408"}


@pytest.mark.parametrize("make", [dict, list, str])
def test_what_is_no_object_is_refused(fuzzed: Server, make: Callable[[], Any]) -> None:
    for endpoint in EVERY:
        answer = httpx.post(fuzzed.url + endpoint.path, json=make(), timeout=60)
        assert answer.status_code in (400, 422)
