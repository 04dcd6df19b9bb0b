"""The API's OpenAPI description, and a page of it that needs nothing from elsewhere."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from wordllama import __version__
from wordllama.server import messages
from wordllama.server.endpoints import Endpoint
from wordllama.server.service import Service

REFERENCE = "#/components/schemas/{model}"
READABLE: dict[str, tuple[str, str, Any]] = {
    "/health": ("200 while the server answers", "", None),
    "/info": ("The model and the limits", "application/json", dict[str, Any]),
    "/v1/models": ("The one model, as OpenAI lists models", "application/json", messages.Models),
    "/metrics": ("Counters, as Prometheus reads them", "text/plain", str),
    "/openapi.json": ("This description", "application/json", dict[str, Any]),
    "/docs": ("This description as a page", "text/html", str),
}
GUARDED = ("/info", "/v1/models")


def document(service: Service, endpoints: Sequence[Endpoint], bearer: bool) -> dict[str, Any]:
    """The OpenAPI 3.1 description of the server, with its limits filled in."""
    types = [e.request for e in endpoints] + [e.response for e in endpoints]
    types += [kind for _, _, kind in READABLE.values() if kind is not None]
    types += [messages.OpenAIErrorResponse, messages.TEIErrorResponse]
    schemas, components = _schemas(types)
    paths: dict[str, Any] = {}
    for path, (summary, media, kind) in READABLE.items():
        content = {media: {"schema": schemas[repr(kind)]}} if media else None
        operation = {"summary": summary, "responses": {"200": _response(summary, content)}}
        if bearer and path in GUARDED:
            operation |= _guard(path, schemas)
        paths[path] = {"get": operation}
    for endpoint in endpoints:
        paths[endpoint.path] = {"post": _operation(endpoint, schemas, bearer)}
    components = {"schemas": components}
    if bearer:
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    whole = {
        "openapi": "3.1.0",
        "info": {"title": f"WordLlama: {service.name}", "version": __version__},
        "paths": paths,
        "components": components,
    }
    limits = service.limits
    filled: dict[str, Any] = _filled(
        whole,
        {
            "texts": limits.texts,
            "characters": limits.characters,
            "dim": service.model.dim,
            "last_token": service.model.encoder.n_tokens - 1,
        },
    )
    return filled


def page(document: dict[str, Any]) -> str:
    """The description as HTML, without scripts."""
    parts = [
        f"<!doctype html><meta charset=utf-8><title>{_text(document['info']['title'])}</title>"
    ]
    parts.append("<style>body{font:16px sans-serif;max-width:50em;margin:2em auto}</style>")
    parts.append(f"<h1>{_text(document['info']['title'])}</h1>")
    parts.append("<p>Machine-readable: <a href=openapi.json>openapi.json</a></p>")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parts.append(f"<h2><code>{method.upper()} {_text(path)}</code></h2>")
            parts.append(f"<p>{_text(operation['summary'])}</p>")
            if "requestBody" in operation:
                media = operation["requestBody"]["content"]["application/json"]
                name = media["schema"]["$ref"].rsplit("/", 1)[1]
                parts.append(_fields(document["components"]["schemas"][name]))
                parts.append(f"<pre>{_text(json.dumps(media['example'], indent=1))}</pre>")
    return "\n".join(parts)


def _fields(schema: dict[str, Any]) -> str:
    needed = set(schema.get("required", ()))
    names = (f"<b>{name}</b>" if name in needed else name for name in schema["properties"])
    return f"<p>{_text(schema.get('description', ''))}</p><p>Fields: {', '.join(names)}</p>"


def _text(value: str) -> str:
    return html.escape(value)


def _schemas(types: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(schema of each type by its repr, the components that they refer to)."""
    adapters = [(repr(kind), "validation", TypeAdapter(kind)) for kind in types]
    found, definitions = TypeAdapter.json_schemas(adapters, ref_template=REFERENCE)  # type: ignore
    return {key: schema for (key, _), schema in found.items()}, definitions["$defs"]


def _operation(endpoint: Endpoint, schemas: dict[str, Any], bearer: bool) -> dict[str, Any]:
    body = {"schema": schemas[repr(endpoint.request)], "example": endpoint.example}
    answer = {"application/json": {"schema": schemas[repr(endpoint.response)]}}
    error = _error_content(endpoint.path, schemas)
    invalid = "400" if endpoint.path.startswith("/v1/") else "422"
    operation = {
        "summary": endpoint.summary,
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {
            "200": _response("The answer", answer),
            invalid: _response("Something in the request is wrong", error),
            "413": _response("The body, a text, or the number of texts is too large", error),
            "503": _response("Too many requests at once; come back after Retry-After", error),
        },
    }
    if bearer:
        guard = _guard(endpoint.path, schemas)
        operation["security"] = guard["security"]
        operation["responses"] = {**operation["responses"], **guard["responses"]}  # type: ignore
    return operation


def _guard(path: str, schemas: dict[str, Any]) -> dict[str, Any]:
    refused = _response("The key is missing or wrong", _error_content(path, schemas))
    return {"security": [{"key": []}], "responses": {"401": refused}}


def _error_content(path: str, schemas: dict[str, Any]) -> dict[str, Any]:
    openai = path.startswith("/v1/")
    kind = messages.OpenAIErrorResponse if openai else messages.TEIErrorResponse
    return {"application/json": {"schema": schemas[repr(kind)]}}


def _response(text: str, content: dict[str, Any] | None) -> dict[str, Any]:
    return {"description": text} | ({"content": content} if content else {})


def _filled(node: Any, limits: dict[str, int]) -> Any:
    """The schema with the names of limits replaced by the running server's."""
    if isinstance(node, dict):
        bounds = ("maxItems", "maxLength", "maximum")
        return {
            key: limits[value]
            if key in bounds and isinstance(value, str)
            else _filled(value, limits)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_filled(each, limits) for each in node]
    return node
