"""An index behind a real server: what it answers, who may change it, and what it survives."""

from __future__ import annotations

import datetime
import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from wordllama import WordLlama, open_index
from wordllama.opening import IndexFile
from wordllama.server import app

from .conftest import Server, start

Serve = Callable[..., Server]
RECORDS = [
    {
        "id": "n1",
        "text": "The car needs new brakes.",
        "year": 2024,
        "day": datetime.date(2024, 5, 1),
    },
    {"id": "n2", "text": "Brake pads: 40 euros at the garage.", "year": 2025, "raw": b"\xff\x00"},
    {"id": 7, "text": "Holiday in Portugal, by train.", "year": 2025, "most": float("inf")},
]
WHERE: list[Any] = [
    *("1=1", "year = 2024; DROP TABLE records", [], ["year"], 5, {"year": {"=": [1]}}),
    *({"1=1": 1}, {'year" OR 1=1 --': 0}, {"wl_row": 0}, {"about.value": 1}, {"nope": None}),
    *({"year": {"LIKE": "%"}}, {"year": {"= 1 OR 1 =": 1}}, {"year": {"=": {"=": 1}}}),
    *({"year": {"in": [[1]]}}, {"year": [{}]}, {"text": list(range(9000))}, {"year": 10**30}),
]


def made(path: Path) -> Path:
    with WordLlama.load("l2_words").index(path) as index:
        index.add(RECORDS)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return made(tmp_path / "notes.db")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that some tests share, and leave with the records that it has at first."""
    return made(tmp_path_factory.mktemp("shared") / "notes.db")


@pytest.fixture(scope="module")
def http(shared: Path) -> Iterator[Callable[..., httpx.Response]]:
    """POST to a server of the index that is shared."""
    server = start("--index", str(shared))
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield lambda to, **body: client.post(to, json=body)
    assert server.end() == 0


def test_records_go_in_and_come_out_as_they_are(http: Callable[..., httpx.Response]) -> None:
    got = http("/get", ids=["n1", "nobody", 7]).json()["records"]
    assert got[0]["fields"] == {"year": 2024, "day": "2024-05-01", "raw": None, "most": None}
    assert got[1] is None
    assert got[2]["fields"]["most"] == "Infinity"
    before = http("/search", query="brakes").json()
    everything = http("/get", ids=["n1", "n2", 7]).json()["records"]
    assert http("/delete", ids=["n1", "n2", 7]).json() == {"deleted": 3}
    added = http("/add", records=everything).json()
    assert added == {"ids": ["n1", "n2", 7], "replaced": 0, "skipped": []}
    assert http("/get", ids=["n1", "n2", 7]).json()["records"] == everything
    assert http("/search", query="brakes").json() == before
    same = http(
        "/add", records=[{"id": "n9", "text": "The car needs new brakes!"}], skip_duplicates=0.9
    )
    assert [(each["id"], each["of"]) for each in same.json()["skipped"]] == [("n9", "n1")]
    assert (
        http("/add", records=[{"id": "n1", "text": "a", "fields": {"day": "May"}}]).status_code
        == 422
    )


def test_a_search_is_that_of_python(http: Callable[..., httpx.Response], shared: Path) -> None:
    index = open_index(shared, read_only=True)
    found = http("/search", query=["brakes", "by rail"], k=2, weight=0.3).json()["hits"]
    for hits, expected in zip(
        found, index.search(["brakes", "by rail"], 2, weight=0.3), strict=True
    ):
        assert [hit["id"] for hit in hits] == expected.ids
        assert [hit["score"] for hit in hits] == [hit.score for hit in expected]
    (hit,) = http("/search", query="brakes", k=1, explain=True).json()["hits"]
    assert hit["explanation"]["words"] == index.search("brakes", 1)[0].explain().words
    similar = http("/similar", id="n1", k=1, where={"year": {">=": 2025}}).json()["hits"]
    assert [hit["id"] for hit in similar] == ["n2"]
    unknown = http("/similar", id="n7")
    assert (unknown.status_code, "'n7'" in unknown.text) == (404, True)


def test_where_is_never_sql_and_nothing_costs_without_bound(
    http: Callable[..., httpx.Response],
) -> None:
    for where in WHERE:
        for to in ("/search", "/delete"):
            answer = http(to, **({"query": "car"} if to == "/search" else {}), where=where)
            assert answer.status_code == 422 or not any(answer.json().values()), where
    assert http("/delete", where={}).status_code == 422
    assert http("/search", query="car", where={"tag": "a" * 70_000}).status_code == 413
    assert (
        http(
            "/search", query="car", where={"year": {"<": 1}} | {f"c{n}": 1 for n in range(64)}
        ).status_code
        == 413
    )
    phrases = " ".join(f'"phrase {n}"' for n in range(65))
    assert http("/search", query=phrases).status_code == 413
    assert http("/search", query=phrases, operators=False).status_code == 200
    many = {f"c{n}": 1 for n in range(300)}
    assert http("/add", records=[{"text": "a", "id": "x", "fields": many}]).status_code == 422
    assert None not in http("/get", ids=["n1", "n2", 7]).json()["records"]


def test_only_its_own_page_and_who_has_the_key_may_write(path: Path, serve: Serve) -> None:
    server = serve("--index", str(path))
    body = b'{"ids": ["n1"]}'  # as a page sends it without asking the server first
    for origin, status in [("https://evil.example", 403), ("null", 403), (server.url, 200)]:
        answer = httpx.post(f"{server.url}/delete", content=body, headers={"origin": origin})
        assert answer.status_code == status
    page = httpx.get(f"{server.url}/?q=-car")
    assert page.headers["content-type"].startswith("text/html")
    assert "value='-car'" in page.text
    assert "<ol>" not in page.text
    keyed = serve("--index", str(path), "--read-only", WORDLLAMA_API_KEY="k")
    assert httpx.post(f"{keyed.url}/search", json={"query": "a"}).status_code == 401
    assert "n2" not in httpx.get(f"{keyed.url}/?q=brake").text
    head = {"authorization": "Bearer k"}
    assert httpx.get(f"{keyed.url}/info", headers=head).json()["model_id"] == "l2_words"
    assert httpx.get(f"{keyed.url}/index", headers=head).json()["read_only"]
    for to, sent in [("/add", {"records": ["a"]}), ("/delete", {"ids": ["n2"]})]:
        refused = httpx.post(keyed.url + to, json=sent, headers=head)
        assert (refused.status_code, "--read-only" in refused.text) == (403, True)


def test_the_page_shows_what_a_text_says_and_runs_nothing(path: Path, serve: Serve) -> None:
    hostile = "<script>alert('brakes')</script><img src=x onerror=alert(1)>"
    with open_index(path) as index:
        index.add([{"id": "'><b>", "text": hostile, "year": 1}])
    page = httpx.get(f"{serve('--index', str(path)).url}/", params={"q": "'><script>brakes"})
    assert page.text.count("<script") == page.text.count("<img") == page.text.count("<b>") == 0
    assert "&lt;script&gt;alert(&#x27;brakes&#x27;)" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_two_servers_share_a_file_that_is_read_while_it_is_written(
    path: Path, serve: Serve
) -> None:
    servers = [serve("--index", str(path)) for _ in range(2)]

    def work(n: int) -> int:
        url = servers[n % 2].url
        if n % 4 < 2:
            records = [{"id": f"{n}-{i}", "text": f"note {i} of {n}"} for i in range(20)]
            return httpx.post(f"{url}/add", json={"records": records}, timeout=60).status_code
        return httpx.post(f"{url}/search", json={"query": "note"}, timeout=60).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(20))) == {200}
    counts = [httpx.get(f"{server.url}/index").json()["records"] for server in servers]
    assert counts == [3 + 10 * 20] * 2
    assert open_index(path).check() == []


def test_what_was_acknowledged_outlives_a_kill(path: Path, serve: Serve) -> None:
    server = serve("--index", str(path))
    acknowledged: list[str] = []

    def write() -> None:
        for n in range(100_000):
            records = [{"id": f"{n}-{i}", "text": f"note {i} of {n}"} for i in range(20)]
            try:
                httpx.post(f"{server.url}/add", json={"records": records}).raise_for_status()
            except httpx.HTTPError:
                return
            acknowledged.extend(str(each["id"]) for each in records)
            if n == 5:
                killed.set()

    killed = threading.Event()
    writer = threading.Thread(target=write)
    writer.start()
    killed.wait(60)
    os.kill(server.process.pid, signal.SIGKILL)
    writer.join()
    server.process.wait()
    again = serve("--index", str(path))
    found = httpx.post(f"{again.url}/get", json={"ids": acknowledged}).json()["records"]
    assert None not in found
    assert httpx.get(f"{again.url}/index").json()["records"] % 20 == 3
    assert open_index(path).check() == []


def test_a_file_that_is_replaced_or_damaged_is_no_fault_of_the_client(
    path: Path, serve: Serve
) -> None:
    server = serve("--index", str(path))

    def statuses() -> set[int]:
        bodies = {"/search": {"query": "a"}, "/add": {"records": [{"id": "c", "text": "c"}]}}
        answers = [httpx.post(server.url + to, json=body) for to, body in bodies.items()]
        assert all(str(path.parent) not in answer.text for answer in answers)
        return {answer.status_code for answer in answers}

    assert statuses() == {200}
    path.rename(path.with_name("away.db"))
    assert statuses() == {500}
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE t (a)")
    assert statuses() == {500}
    path.with_name("away.db").rename(path)
    assert statuses() == {200}
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE blocks SET checksum = checksum + 1")
        other.execute("UPDATE about SET value = value + 1 WHERE key = 'compactions'")
    assert statuses() == {500}
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE blocks SET checksum = checksum - 1")
    assert statuses() == {200}


def test_a_writer_elsewhere_holds_up_only_those_who_write(path: Path) -> None:
    served = app(WordLlama.load("l2_words"), index=IndexFile(path, timeout=0.01))
    with (
        TestClient(served, base_url="http://localhost") as client,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        busy = client.post("/add", json={"records": [{"id": "x", "text": "a"}]})
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
        assert client.post("/search", json={"query": "a"}).status_code == 200
        other.execute("ROLLBACK")
        assert client.post("/add", json={"records": [{"id": "x", "text": "a"}]}).status_code == 200
