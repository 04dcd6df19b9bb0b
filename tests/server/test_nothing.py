"""Requests without texts are refused in a line that says what is missing; exact copies go at 1."""

from __future__ import annotations

import httpx
import pytest

from wordllama.server.endpoints import ENDPOINTS, INDEX_ENDPOINTS

from .conftest import Server

EVERY = (*ENDPOINTS, *INDEX_ENDPOINTS)
LISTS = [
    (endpoint.path, name)
    for endpoint in EVERY
    for name, value in endpoint.example.items()
    if isinstance(value, list)
]


@pytest.mark.parametrize(("path", "name"), LISTS)
def test_a_request_without_texts_is_refused(server: Server, path: str, name: str) -> None:
    (body,) = (endpoint.example for endpoint in EVERY if endpoint.path == path)
    refused = httpx.post(server.url + path, json=body | {name: []})
    assert 400 <= refused.status_code < 500
    assert name in refused.text


def test_at_1_the_first_of_each_text_stays(server: Server) -> None:
    body = {"texts": ["a", "b", "a", "", ""], "threshold": 1}
    answer = httpx.post(server.url + "/dedup", json=body)
    kept = answer.json()
    assert (kept["kept"], kept["duplicates"]) == ([0, 1, 3], [2, 4])
    assert kept["unread"] == []
    assert [of["index"] for of in kept["of"]] == [0, 3]
