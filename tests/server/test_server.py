"""Endpoints, limits, errors, batching and the end of a server process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from wordllama import WordLlama
from wordllama.server import Limits, app
from wordllama.server.admission import Admission
from wordllama.server.limits import RefusedError

from .conftest import Server

DOCS = ["the weather is fine", "a red car", "snow in the mountains", "a truck"]


@pytest.fixture
def http(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.url, timeout=60)


def test_rerank_is_rank(http: httpx.Client, wl: WordLlama) -> None:
    wanted = [(DOCS.index(doc), pytest.approx(score)) for doc, score in wl.rank("vehicle", DOCS)]
    ours = http.post("/rerank", json={"query": "vehicle", "texts": DOCS, "return_text": True})
    assert [(each["index"], each["score"]) for each in ours.json()] == wanted
    assert [each["text"] for each in ours.json()] == [DOCS[i] for i, _ in wanted]
    body = {"query": "vehicle", "documents": [*DOCS[:2], {"text": DOCS[2]}, DOCS[3]], "top_n": 2}
    cohere = http.post("/v1/rerank", json=body).json()
    assert [(e["index"], e["relevance_score"]) for e in cohere["results"]] == wanted[:2]
    with_text = http.post("/v1/rerank", json=body | {"return_documents": True}).json()
    assert with_text["results"][0]["document"]["text"] == DOCS[wanted[0][0]]


def test_toolkit_endpoints_give_what_the_methods_give(http: httpx.Client, wl: WordLlama) -> None:
    texts = [*DOCS, "a red car!"]
    dedup = http.post("/dedup", json={"texts": texts, "threshold": 0.8}).json()
    (of,) = dedup.pop("of")
    assert dedup == {"kept": [0, 1, 2, 3], "duplicates": [4], "unread": []}
    (duplicate,) = wl.find_duplicates(texts, 0.8).duplicates
    assert of == {
        "index": duplicate.of,
        "against": False,
        "similarity": pytest.approx(duplicate.score),
        "exact": False,
    }
    body = {"texts": texts, "against": ["A red  car!"], "against_only": True, "fold": True}
    leaked = http.post("/dedup", json=body).json()
    assert leaked["of"][-1:] == [{"index": 0, "against": True, "similarity": 1.0, "exact": True}]
    cluster = http.post("/cluster", json={"texts": texts, "k": 2, "random_state": 0}).json()
    labels, inertia = wl.cluster(texts, 2, random_state=0)
    assert cluster == {"labels": labels, "inertia": pytest.approx(inertia)}
    text = "Rain fell all day.\n" * 60 + "The engine of the car is loud.\n" * 60
    split = http.post("/split", json={"text": text, "target_size": 400}).json()
    assert split["pieces"] == wl.split(text, target_size=400)
    pair = {"a": "a fast car", "b": "a quick vehicle", "pairs": 1}
    explained = http.post("/explain", json=pair).json()
    assert explained["similarity"] == pytest.approx(wl.similarity(pair["a"], pair["b"]), abs=1e-6)
    (best,) = explained["pairs"]
    assert (best["a"]["text"], best["b"]["text"]) == ("car", "vehicle")


def test_texts_that_the_model_does_not_read(http: httpx.Client) -> None:
    texts = ["ዛሬ አየሩ ጥሩ ነው", "ሾርባው ጣፋጭ ነበር", "መኪናው ተበላሽቷል", "ሾርባው ጣፋጭ ነበር", "a car"]
    dedup = http.post("/dedup", json={"texts": texts})
    copy = {"index": 1, "against": False, "similarity": 1.0, "exact": True}
    kept = {"kept": [0, 1, 2, 4], "duplicates": [3], "of": [copy], "unread": [0, 1, 2]}
    assert dedup.json() == kept
    unchecked = http.post("/dedup", json={"texts": texts, "check": False}).json()
    assert unchecked["duplicates"] == [2, 3]
    for path, body in {
        "/dedup": {"texts": texts},
        "/cluster": {"texts": texts, "k": 2},
        "/rerank": {"query": "a car", "texts": texts},
        "/v1/rerank": {"query": "a car", "documents": [{"text": text} for text in texts]},
        "/embed": {"inputs": texts},
        "/v1/embeddings": {"input": texts[0]},
        "/similarity": {"inputs": {"source_sentence": "a car", "sentences": texts}},
    }.items():
        said = http.post(path, json=body).headers.get("wordllama-warning", "")
        assert "m2v_multilingual reads Amharic" in said, path
    assert "wordllama-warning" not in http.post("/embed", json={"inputs": DOCS}).headers
    assert "wordllama-warning" not in http.post("/embed", json={"inputs": [[7]]}).headers


def test_info_health_and_docs(http: httpx.Client) -> None:
    assert http.get("/health").status_code == 200
    info = http.get("/info").json()
    assert (info["model_id"], info["max_client_batch_size"]) == ("l2_supercat", 40)
    page = http.get("/docs").text
    assert "POST /v1/embeddings" in page
    assert "http://" not in page.replace("http://127.0.0.1", "")


def test_metrics_are_prometheus_and_count(http: httpx.Client) -> None:
    def sample(name: str, **labels: str) -> float:
        families = text_string_to_metric_families(http.get("/metrics").text)
        samples = [s for family in families for s in family.samples]
        return sum(
            s.value for s in samples if s.name == name and labels.items() <= s.labels.items()
        )

    def counts() -> list[float]:
        return [
            sample("wordllama_texts_total"),
            sample("wordllama_requests_total", path="/embed", status="200"),
            sample("wordllama_requests_total", path="/embed", status="422"),
            sample("wordllama_requests_total", path="other", status="404"),
            sample("wordllama_request_seconds_count", path="/embed"),
        ]

    before = counts()
    http.post("/embed", json={"inputs": ["a", "b"]})
    http.post("/embed", json={"inputs": 5})
    http.get("/nothing")
    assert np.subtract(counts(), before).tolist() == [2, 1, 1, 1, 2]


@pytest.mark.parametrize("path", ["/v1/embeddings", "/embed", "/rerank", "/cluster", "/split"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"k": NaN}', b'"\xff"', b"{}"])
def test_what_is_not_the_right_json_is_refused(http: httpx.Client, path: str, body: bytes) -> None:
    answer = http.post(path, content=body)
    assert answer.status_code == (400 if path.startswith("/v1/") else 422)
    error = answer.json()["error"]
    assert (error["message"] if path.startswith("/v1/") else error) != ""


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/embed", {"inputs": ["a"] * 41}, 413, "inputs has 41 items; at most 40"),
        ("/embed", {"inputs": [[1]] * 41}, 413, "inputs has 41 items; at most 40"),
        ("/embed", {"inputs": [1] * 20001}, 413, "inputs[0] has 20001 tokens; at most 20000"),
        ("/embed", {"inputs": ["b", "a" * 20001]}, 413, "inputs[1] has 20001 characters"),
        ("/embed", {"inputs": "a" * 200001}, 413, "the body is larger than 200000 bytes"),
        ("/rerank", {"query": "a", "texts": ["a"] * 41}, 413, "texts has 41 items"),
        ("/dedup", {"texts": ["a"] * 41}, 413, "texts has 41 items"),
        ("/dedup", {"texts": ["a"], "against": ["a"] * 41}, 413, "against has 41 items"),
        ("/dedup", {"texts": ["a"], "against_only": True}, 422, "against_only needs other texts"),
        ("/dedup", {"texts": ["a"], "threshold": 2}, 422, "threshold: Input should be less"),
        ("/cluster", {"texts": ["a", "b"], "k": 0}, 422, "k: Input should be greater"),
        ("/split", {"text": "a" * 20001}, 413, "text[0] has 20001 characters"),
        ("/embed", {"inputs": "a", "prompt_name": "query"}, 422, "prompt_name"),
        ("/similarity", {"inputs": {"source_sentence": "a"}}, 422, "inputs.sentences: Field"),
    ],
)
def test_limits_and_fields_are_told_by_name(
    http: httpx.Client, path: str, body: dict[str, object], status: int, message: str
) -> None:
    answer = http.post(path, json=body)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(message)


def test_wrong_paths_and_methods_have_json_bodies(http: httpx.Client) -> None:
    assert http.get("/v1/nothing").json()["error"]["type"] == "invalid_request_error"
    assert http.get("/nothing").json()["error_type"] == "NotFound"
    wrong = http.delete("/embed")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


def test_a_body_of_100_mb_is_refused_and_not_held(serve: Callable[..., Server]) -> None:
    server = serve()
    answer = httpx.post(f"{server.url}/embed", content=b'"' + b"a" * 100_000_000, timeout=60)
    assert answer.status_code == 413
    assert server.peak() < 400_000
    assert httpx.get(f"{server.url}/health").status_code == 200


def test_more_requests_than_allowed_at_once_are_told_to_come_back(wl: WordLlama) -> None:
    limited = app(wl, limits=Limits(requests=1))

    async def asked_at_once() -> list[httpx.Response]:
        transport = httpx.ASGITransport(limited)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            asked = [client.post("/dedup", json={"texts": DOCS}) for _ in range(8)]
            answers = await asyncio.gather(*asked)
            return [*answers, await client.post("/dedup", json={"texts": DOCS})]

    *at_once, later = asyncio.run(asked_at_once())
    assert {answer.status_code for answer in at_once} == {200, 503}
    (refused, *_) = (answer for answer in at_once if answer.status_code == 503)
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error_type"] == "Overloaded"
    assert later.status_code == 200


def test_bodies_are_held_up_to_a_bound_in_all() -> None:
    admission = Admission(Limits(body_bytes=100, held_bytes=1600))
    with ExitStack() as held:
        for _ in range(16):
            held.enter_context(admission.place()).hold(100)
        with admission.place() as place, pytest.raises(RefusedError):
            place.hold(1)
    with admission.place() as place:
        place.hold(100)
    assert admission.bytes == 0


def test_a_client_that_hangs_up_is_forgotten(server: Server, http: httpx.Client) -> None:
    for begun in (
        b"POST /embed HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
        b"POST /e",
    ):
        with server.connect() as connection:
            connection.sendall(begun)
    assert http.get("/health").status_code == 200


def test_concurrent_requests_get_their_own_vectors(http: httpx.Client, wl: WordLlama) -> None:
    texts = [f"text number {i} of many " * (1 + i % 7) for i in range(400)]

    def asked(i: int) -> list[float]:
        return http.post("/embed", json={"inputs": texts[i : i + 3]}).json()[0]  # type: ignore

    with ThreadPoolExecutor(32) as pool:
        vectors = list(pool.map(asked, range(0, 400, 2)))
    np.testing.assert_allclose(vectors, wl.embed(texts[::2], norm=True), atol=1e-6)
