"""The clients that people have, against a running server."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from huggingface_hub import InferenceClient

from wordllama import WordLlama
from wordllama.server.endpoints import ENDPOINTS, Endpoint

from .conftest import Server

TEXTS = ["a red car", "the weather is fine", "", "snow in the mountains ☃"]


@pytest.fixture
def client(server: Server) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0)


@pytest.mark.parametrize("encoding_format", ["float", "base64"])
def test_openai_gets_the_models_unit_vectors(
    client: openai.OpenAI, wl: WordLlama, encoding_format: str
) -> None:
    answer = client.embeddings.create(
        input=TEXTS,
        model="any",
        encoding_format=encoding_format,  # type: ignore[arg-type]
    )
    given = [each.embedding for each in answer.data]
    if encoding_format == "base64":
        given = [np.frombuffer(b64decode(each), "<f4") for each in given]
    np.testing.assert_allclose(given, wl.embed(TEXTS, norm=True), atol=1e-6)
    assert [each.index for each in answer.data] == [0, 1, 2, 3]


def test_openai_gets_what_it_asks_for_by_default(client: openai.OpenAI, wl: WordLlama) -> None:
    answer = client.embeddings.create(input="one text", model="text-embedding-3-small")
    np.testing.assert_allclose(
        answer.data[0].embedding, wl.embed("one text", norm=True)[0], atol=1e-6
    )
    tokens = len(wl.tokenize("one text")[0].ids)
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (tokens, tokens)
    assert answer.model == "l2_supercat"


def test_openai_cuts_vectors_and_keeps_their_length_one(
    client: openai.OpenAI, wl: WordLlama
) -> None:
    cut = client.embeddings.create(input=TEXTS[:2], model="any", dimensions=64)
    small = WordLlama.load(trunc_dim=64)
    given = [each.embedding for each in cut.data]
    np.testing.assert_allclose(given, small.embed(TEXTS[:2], norm=True), atol=1e-6)


def test_openai_may_send_token_arrays(client: openai.OpenAI, wl: WordLlama) -> None:
    ids = [encoding.ids for encoding in wl.tokenize(TEXTS[:2])]
    many = client.embeddings.create(input=ids, model="any")
    one = client.embeddings.create(input=ids[0], model="any")
    wanted = wl.embed(TEXTS[:2], norm=True)
    np.testing.assert_allclose([each.embedding for each in many.data], wanted, atol=1e-6)
    np.testing.assert_allclose(one.data[0].embedding, wanted[0], atol=1e-6)
    assert many.usage.total_tokens == len(ids[0]) + len(ids[1])


def test_openai_lists_the_model(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["l2_supercat"]
    assert client.models.retrieve("l2_supercat").owned_by == "wordllama"
    with pytest.raises(openai.NotFoundError, match="'a/b' is not served here; 'l2_supercat'") as no:
        client.models.retrieve("a/b")
    assert (no.value.code, no.value.param) == ("model_not_found", "model")


def test_the_name_of_a_model_may_be_a_path(serve: Callable[..., Server]) -> None:
    named = serve("--name", "models/Ünï 1")
    client = openai.OpenAI(base_url=f"{named.url}/v1", api_key="none")
    assert client.models.retrieve("models/Ünï 1").id == "models/Ünï 1"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.path)
def test_null_is_the_default_everywhere(server: Server, endpoint: Endpoint) -> None:
    """LiteLLM and others send each field that they know."""
    optional = dict.fromkeys(endpoint.request.model_fields) | endpoint.example
    plain, nulls = (
        httpx.post(server.url + endpoint.path, json=body, timeout=60)
        for body in (endpoint.example, optional)
    )
    assert plain.status_code == nulls.status_code == 200
    assert without_id(plain.json()) == without_id(nulls.json())


def without_id(answer: Any) -> Any:
    return {**answer, "id": None} if isinstance(answer, dict) else answer


@pytest.mark.parametrize("path", ["/v1/rerank", "/v2/rerank"])
def test_cohere_ranks_documents_with_fields_of_their_own(
    server: Server, wl: WordLlama, path: str
) -> None:
    documents = [{"text": each, "title": each, "meta": {"n": [1]}} for each in TEXTS]
    asked = {
        "query": "vehicle",
        "documents": [TEXTS[0], *documents[1:]],
        "model": "rerank-v3.5",
        "top_n": 2,
        "rank_fields": ["text"],
        "max_chunks_per_doc": None,
        "max_tokens_per_doc": 512,
        "priority": 0,
    }
    answer = httpx.post(server.url + path, json=asked, timeout=60).json()
    best = wl.rank("vehicle", TEXTS)[:2]
    assert [TEXTS[each["index"]] for each in answer["results"]] == [text for text, _ in best]
    assert answer["id"]
    assert answer["meta"]["billed_units"] == {"search_units": 1}
    refused = httpx.post(server.url + path, json={**asked, "rank_fields": ["title"]}, timeout=60)
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith("rank_fields[0]: ")


def test_litellm_ranks_with_text_embeddings_inference(server: Server) -> None:
    asked = {"query": "vehicle", "texts": TEXTS, "top_n": 1}
    (best,) = httpx.post(f"{server.url}/rerank", json=asked, timeout=60).json()
    assert best["index"] == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"input": [[0, 32000]]},
            "input has token id 32000; the model.s last is 31999.*send strings",
        ),
        ({"input": [[-1]]}, "greater than or equal to 0"),
        ({"input": []}, "input: the list is empty; give at least one item"),
        ({"input": [[1], []]}, r"input\[1\]: the list is empty; give at least one item"),
        ({"input": "a", "dimensions": 257}, "dimensions is 257; the model has 256"),
        ({"input": ["a", None]}, r"input\[1\]: Input should be a valid string"),
        ({"input": "a", "extra_body": {"dimension": 3}}, "dimension: Extra inputs"),
    ],
)
def test_openai_raises_bad_request(
    client: openai.OpenAI, wrong: dict[str, object], message: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=message) as caught:
        client.embeddings.create(model="any", **wrong)  # type: ignore[arg-type]
    assert caught.value.type == "invalid_request_error"


def test_openai_raises_authentication_error_without_the_key(
    serve: Callable[..., Server],
) -> None:
    guarded = serve(WORDLLAMA_API_KEY="s3cret")
    wrong = openai.OpenAI(base_url=f"{guarded.url}/v1", api_key="wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError, match="Authorization: Bearer KEY"):
        wrong.embeddings.create(input="a", model="any")
    with pytest.raises(openai.AuthenticationError):
        wrong.models.list()
    right = openai.OpenAI(base_url=f"{guarded.url}/v1", api_key="s3cret")
    assert len(right.embeddings.create(input="a", model="any").data) == 1


@pytest.mark.parametrize("path", ["", "/embed"])
def test_huggingface_client_gets_the_vectors(server: Server, wl: WordLlama, path: str) -> None:
    client = InferenceClient(model=server.url + path)
    unit = client.feature_extraction(TEXTS[0])
    np.testing.assert_allclose(unit, wl.embed(TEXTS[0], norm=True), atol=1e-6)
    raw = client.feature_extraction(TEXTS, normalize=False)  # type: ignore[arg-type]
    np.testing.assert_allclose(raw, wl.embed(TEXTS), atol=1e-6)


def test_huggingface_client_truncates_by_choice(server: Server, wl: WordLlama) -> None:
    client = InferenceClient(model=f"{server.url}/embed")
    text = "start " * 3000 + "end " * 3000
    right = client.feature_extraction(text, truncate=True)
    np.testing.assert_allclose(right, wl.embed(text[:20000], norm=True), atol=1e-6)
    left = client.feature_extraction(text, truncate=True, truncation_direction="left")
    np.testing.assert_allclose(left, wl.embed(text[-20000:], norm=True), atol=1e-6)


def test_huggingface_client_compares_sentences(server: Server, wl: WordLlama) -> None:
    client = InferenceClient(model=f"{server.url}/similarity")
    scores = client.sentence_similarity("a vehicle", TEXTS)
    np.testing.assert_allclose(scores, [wl.similarity("a vehicle", t) for t in TEXTS], atol=1e-6)
