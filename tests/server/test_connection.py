"""What a client may do to a connection: bounded in size, in time and in number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from .conftest import Server, read, start

HOST = b"Host: localhost\r\n"
GET = b"GET /health HTTP/1.1\r\n" + HOST
POST = b"POST /dedup HTTP/1.1\r\n" + HOST
LAST = GET + b"Connection: close\r\n\r\n"
BODY = b'{"texts":["a","b"]}'
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


def statuses(answer: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"HTTP/1.1 (\d{3})", answer)]


def test_requests_before_garbage_keep_their_answers(server: Server) -> None:
    whole = POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    answer = server.answers(GET + b"\r\n" + whole + b"\x00 garbage \xff\r\n\r\n")
    assert statuses(answer) == [200, 200, 400]
    assert b'"kept":[0,1]' in answer
    answer = server.answers(whole + POST + CHUNKED + b"no number\r\n")
    assert statuses(answer) == [200, 400]


def test_garbage_in_a_body_ends_the_request_it_belongs_to(server: Server) -> None:
    assert statuses(server.answers(POST + CHUNKED + b"5\r\n{", b"\r\nno number\r\n")) == [400]


@pytest.mark.parametrize(
    "sent",
    [b"GET /health\r\n\r\n", b"GET /health HTTP/0.9\r\n\r\n", b"GET /\r\n\r\n"],
)
def test_http_0_9_is_refused(server: Server, sent: bytes) -> None:
    assert statuses(server.answers(sent)) == [505]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"CONNECT a:443 HTTP/1.1\r\n" + HOST + b"\r\n", 501),
        (POST + b"Content-Length: -1\r\n\r\n", 400),
        (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (POST + b"Content-Length: 3\r\n" + CHUNKED + b"0\r\n\r\n", 400),
        (POST + b"Content-Length: 9999999999999999999999\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET health HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ],
)
def test_what_is_not_http_is_refused(server: Server, sent: bytes, status: int) -> None:
    answer = server.answers(sent)
    assert statuses(answer) == [status]
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]


MEGABYTE = b"a" * 1_000_000


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + MEGABYTE,
        b"GET /" + MEGABYTE + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        GET + b"A: " + MEGABYTE,
        GET + MEGABYTE + b": a\r\n\r\n",
        GET + b"".join(b"A%d: b\r\n" % i for i in range(100_000)) + b"\r\n",
        POST + CHUNKED + b"0\r\n" + b"".join(b"A%d: b\r\n" % i for i in range(100_000)) + b"\r\n",
        POST + CHUNKED + b"1;" + MEGABYTE + b"\r\na\r\n0\r\n\r\n",
        b"\r\n" * 1_000_000,
    ],
    ids=["line", "url", "value", "name", "headers", "trailers", "extension", "nothing"],
)
@pytest.mark.parametrize("options", [{}, {"WORDLLAMA_API_KEY": "key"}], ids=["keyless", "key"])
def test_headers_are_bounded_before_the_key(
    both: dict[bool, Server], options: dict[str, str], sent: bytes
) -> None:
    server = both[bool(options)]
    assert statuses(server.answers(sent))[0] in ((431, 401) if options else (431,))
    assert server.peak() < 250_000


@pytest.fixture(scope="module")
def both() -> Iterator[dict[bool, Server]]:
    """Servers without and with a key."""
    servers = {False: start(), True: start(WORDLLAMA_API_KEY="key")}
    yield servers
    assert [each.end() for each in servers.values()] == [0, 0]


def test_large_headers_pass(server: Server) -> None:
    answer = server.answers(GET + b"A: " + b"a" * 60_000 + b"\r\nConnection: close\r\n\r\n")
    assert statuses(answer) == [200]


def test_a_head_that_begins_at_the_end_of_a_large_part_is_not_long(server: Server) -> None:
    body = b'{"texts":["' + b"a" * 15_000 + b'"]}' + b" " * 180_000
    first = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body + GET[:10]
    assert statuses(server.answers(first, LAST[10:])) == [200, 200]


def test_so_many_requests_may_be_sent_ahead(server: Server) -> None:
    assert statuses(server.answers((GET + b"\r\n") * 50 + LAST)) == [200] * 51
    many = statuses(server.answers((GET + b"\r\n") * 3000))
    assert many[-1] == 503
    assert set(many[:-1]) == {200}


def test_a_client_that_sends_no_more_gets_its_answer(server: Server) -> None:
    whole = POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    assert statuses(server.answers(GET + b"\r\n", half_closed=True)) == [200]
    assert statuses(server.answers(whole + whole, half_closed=True)) == [200, 200]
    assert server.answers(whole[:-1], half_closed=True) == b""


def test_javas_offer_of_http_2_is_passed_over(server: Server) -> None:
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n"
    whole = POST + offer + b"Content-Length: %d\r\n\r\n" % len(BODY)
    answer = server.answers(whole, BODY + GET + offer + b"\r\n" + LAST)
    assert statuses(answer) == [200, 200, 200]
    assert b'"kept":[0,1]' in answer


def test_what_does_not_arrive_or_begin_in_time_is_given_up(serve: Callable[..., Server]) -> None:
    server = serve("--timeout", "1", "--idle", "1")
    started = POST + b"Content-Length: 100\r\n\r\n{"
    late = [b"GET /hea", GET, started, POST + CHUNKED + b"5\r\n{", b"\r\n", GET + b"\r\n" + started]
    connections = [server.connect() for _ in late]
    for connection, sent in zip(connections, late, strict=True):
        connection.sendall(sent)
    idle, kept = server.connect(), server.connect()
    kept.sendall(GET + b"\r\n")
    assert [statuses(read(each)) for each in connections] == [[408]] * 5 + [[200, 408]]
    assert read(idle) == b""
    assert statuses(read(kept)) == [200]


def test_an_answer_that_is_not_taken_is_given_up(serve: Callable[..., Server]) -> None:
    server = serve("--timeout", "1", "--idle", "1", "--max-held", "20000000")
    body = json.dumps({"inputs": ["a"] * 2048}).encode()
    head = b"POST /embed HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(body)
    connections = [server.connect() for _ in range(12)]
    for connection in connections:
        connection.sendall(head + body)
    answers = []
    with httpx.Client(base_url=server.url, timeout=60) as http:
        while running := re.search(r"running ([\d.]+)", http.get("/metrics").text):
            assert server.process.poll() is None
            if float(running[1]) == 1:  # only that which asks
                break
    answers = [read(connection) for connection in connections]
    first = [statuses(answer)[0] for answer in answers]
    assert set(first) == {200, 503}, "what others have not taken is counted"
    cut = [answer for answer in answers if answer.startswith(b"HTTP/1.1 200")]
    assert all(len(answer) < 5_000_000 for answer in cut)


def test_slow_bodies_are_counted_in_all(serve: Callable[..., Server]) -> None:
    server = serve("--max-body", "15000000", "--max-held", "60000000")
    part = POST + b"Content-Length: 15000000\r\n\r\n" + b'"' + b"a" * 14_000_000
    connections = [server.connect() for _ in range(12)]
    refused = 0
    for connection in connections:
        try:
            connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            refused += 1
    small = httpx.post(f"{server.url}/embed", json={"inputs": "a"}, timeout=60)
    assert small.status_code in (200, 503)
    assert server.peak() < 300_000
    for connection in connections:
        connection.close()
    assert httpx.get(f"{server.url}/health", timeout=60).status_code == 200


def test_idle_clients_lock_nobody_out(serve: Callable[..., Server]) -> None:
    server = serve(files=256)
    info = httpx.get(f"{server.url}/info", timeout=60).json()
    assert 100 < info["max_connections"] < 256
    idle = [server.connect() for _ in range(300)]
    body = json.dumps({"inputs": "a"}).encode()
    head = b"POST /embed HTTP/1.1\r\n" + HOST + b"Connection: close\r\nContent-Length: %d\r\n\r\n"
    assert statuses(server.answers(head % len(body) + body)) == [200]
    for each in idle:
        each.close()


def test_a_full_house_is_said(serve: Callable[..., Server]) -> None:
    server = serve("--max-connections", "3")
    busy = [server.connect() for _ in range(3)]
    for connection in busy:
        connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 100\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100")  # the request is begun
    with server.connect() as late:
        assert statuses(read(late)) == [503]
    busy.pop().close()
    httpx.Client(transport=httpx.HTTPTransport(retries=5)).get(f"{server.url}/health")
