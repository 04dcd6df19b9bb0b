"""What is wrong is refused at no more cost than reading it."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wordllama.server import Limits
from wordllama.server.endpoints import ENDPOINTS, Endpoint
from wordllama.server.limits import RefusedError
from wordllama.server.reading import SMALL, count, parsed

from .conftest import Server

LISTED = [each for each in ENDPOINTS if any(isinstance(v, list) for v in each.example.values())]
MANY = 5_000_000


def field_of(endpoint: Endpoint) -> str:
    return next(name for name, value in endpoint.example.items() if isinstance(value, list))


@pytest.mark.parametrize("endpoint", LISTED, ids=lambda each: each.path)
@pytest.mark.parametrize("item", [{}, [], None, 1.5, True, "a", [[]], {"text": 1}, [{}], -1])
def test_errors_do_not_grow_with_the_items(endpoint: Endpoint, item: object) -> None:
    wrong = endpoint.example | {field_of(endpoint): [item] * 2000 + [{"b": 1}] * 2000}
    with pytest.raises(ValidationError) as caught:
        endpoint.request.model_validate(wrong)
    assert caught.value.error_count() <= 8


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.path)
def test_errors_do_not_grow_with_the_fields(endpoint: Endpoint) -> None:
    with pytest.raises(ValidationError) as caught:
        endpoint.request.model_validate(endpoint.example | {str(i): i for i in range(2000)})
    assert caught.value.error_count() == 1
    with pytest.raises(ValidationError) as caught:
        endpoint.request.model_validate({str(i): i for i in range(2000)})
    assert caught.value.error_count() <= 4


def test_each_body_of_15_mb_costs_its_reading(serve: Callable[..., Server]) -> None:
    server = serve()
    bodies = [
        b"[" + b"{}," * MANY + b"{}]",
        b"[" + b"[]," * MANY + b"[]]",
        b"[" + b'"",' * MANY + b'""]',
        b"[" + b"1," * MANY + b"1]",
        b"[" * 3 * MANY,
        b'{"a":' * (MANY // 2),
        b'"' + b'\\"' * MANY + b'"',
        b'"' * 3 * MANY,
    ]
    with httpx.Client(base_url=server.url, timeout=120) as http:
        for path, start in [
            ("/v1/embeddings", b'{"input":'),
            ("/v1/rerank", b'{"query":"a","documents":'),
            ("/dedup", b'{"texts":'),
        ]:
            for body in bodies:
                assert http.post(path, content=start + body + b"}").status_code in (400, 413, 422)
                assert http.get("/health").status_code == 200
    assert server.peak() < 450_000, "24 refused bodies of 15 MB, of which one is held at a time"


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"a":['])
@pytest.mark.parametrize("depth", [300, 2000, 6000])
def test_deep_nesting_is_refused(opening: bytes, depth: int) -> None:
    embed = next(each for each in ENDPOINTS if each.path == "/embed")
    with pytest.raises(RefusedError) as caught:
        parsed(embed.request, b'{"inputs":' + opening * depth)
    assert caught.value.status == 422


def test_what_documents_hold_may_be_nested_and_is_ignored() -> None:
    rerank = next(each for each in ENDPOINTS if each.path == "/v1/rerank")
    nested = b'{"text":"a","b":' + b"[" * 500 + b"]" * 500 + b"}"
    parsed(rerank.request, b'{"query":"a","documents":[' + nested + b"]}")


def test_a_key_is_repeated_in_part() -> None:
    embed = next(each for each in ENDPOINTS if each.path == "/embed")
    with pytest.raises(RefusedError) as caught:
        parsed(embed.request, b'{"inputs":"a","' + b"k" * 1_000_000 + b'":1}')
    assert len(caught.value.message) < 200


strings = st.text(st.sampled_from('a,"\\[]{}é'), max_size=5)
json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | strings,
    lambda inner: st.lists(inner) | st.dictionaries(strings, inner),
)


@given(json, st.booleans())
def test_values_are_counted_whatever_strings_hold(value: object, escaped: bool) -> None:
    import json as plain

    def inside(node: object) -> tuple[int, int]:
        """(strings, arrays and objects; all values)."""
        if isinstance(node, str):
            return 1, 1
        if not isinstance(node, list | dict):
            return 0, 1
        nodes = list(node) + list(node.values()) if isinstance(node, dict) else node
        parts = [inside(each) for each in nodes]
        return 1 + sum(a for a, _ in parts), 1 + sum(b for _, b in parts)

    body = plain.dumps(value, ensure_ascii=escaped).encode()
    containers, values = inside(value)
    low, high = Limits(texts=1, characters=1), Limits()
    assert orjson.loads(body) == value
    assert count(body, high) >= 48 * (values - containers)
    if containers > low.strings:
        with pytest.raises(RefusedError, match="too many"):
            count(body, low)


def test_counting_stops_at_each_bound() -> None:
    limits = Limits(texts=1, characters=1000)
    assert count(b"[" + b"1," * 3000 + b"1]", limits) > 3000
    with pytest.raises(RefusedError, match="too many numbers; at most 4000"):
        count(b"[" + b"1," * 5000 + b"1]", limits)
    assert count(b'["' + b",[{" * 100_000 + b'"]', limits) < 1000
    for item in (b"[],", b"{},", b'"",'):
        with pytest.raises(RefusedError, match="too many values"):
            count(b"[" + item * 2000 + b"1]", limits)
    assert limits.body_bytes > SMALL
