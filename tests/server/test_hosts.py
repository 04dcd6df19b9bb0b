"""Which names a server answers to: a page of a stranger can't pass for it (DNS rebinding)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from wordllama import WordLlama
from wordllama.server import app
from wordllama.server.hosts import Hosts

from .conftest import Server


def status(server: Server, host: str | None, path: str = "/info") -> int:
    line = f"Host: {host}\r\n" if host is not None else ""
    answer = server.answers(f"GET {path} HTTP/1.1\r\n{line}Connection: close\r\n\r\n".encode())
    return int(answer.split()[1])


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:80", "[::1]:80", "192.168.1.7:8080"],
)
def test_loopback_and_addresses_are_answered(server: Server, host: str) -> None:
    assert status(server, host) == 200


@pytest.mark.parametrize(
    "host",
    ["rebound.example", "rebound.example:8080", "localhost.rebound.example", "127.0.0.1.example"],
)
@pytest.mark.parametrize("path", ["/info", "/health", "/metrics", "/v1/models", "/nothing"])
def test_other_names_are_refused(server: Server, host: str, path: str) -> None:
    assert status(server, host, path) == 403


@pytest.mark.parametrize("host", ["", "a b", "localhost@evil", "localhost/", ":80", "::1:"])
def test_what_is_no_name_is_refused(server: Server, host: str) -> None:
    assert status(server, host) in (400, 403)


def test_a_request_has_one_host(server: Server) -> None:
    assert status(server, None) == 400
    assert status(server, "localhost\r\nHost: localhost") == 400
    old = server.answers(b"GET /info HTTP/1.0\r\n\r\n")
    assert old.split()[1] == b"200", "HTTP/1.0 has no Host, and no browser sends it"


def test_names_are_added_and_a_key_allows_all(serve: Callable[..., Server]) -> None:
    named = serve("--allow-host", "search.example", "--allow-host", "wordllama")
    assert [status(named, each) for each in ("search.example", "wordllama:80", "other")] == [
        200,
        200,
        403,
    ]
    keyed = serve(WORDLLAMA_API_KEY="key")
    assert status(keyed, "any.example") == 401
    assert status(keyed, "any.example", "/health") == 200


def test_the_application_checks_as_the_command_does(wl: WordLlama) -> None:
    async def asked(host: str, **options: object) -> int:
        transport = httpx.ASGITransport(app(wl, **options))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return (await client.get("/info")).status_code

    assert asyncio.run(asked("a.example")) == 403
    assert asyncio.run(asked("a.example", hosts=["a.example"])) == 200
    assert asyncio.run(asked("a.example", hosts=["*"])) == 200
    assert asyncio.run(asked("localhost")) == 200


def test_names_are_compared_without_port_case_and_final_dot() -> None:
    hosts = Hosts(["a.example", "::1"])
    assert all(map(hosts.allow, ["A.Example", "a.example.", "a.example.:80", "[::1]", "::1"]))
    assert not any(map(hosts.allow, ["b.a.example", "a.example.b", "", "."]))
