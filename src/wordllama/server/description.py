"""The API's OpenAPI description."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from wordllama import __version__
from wordllama.server import answers
from wordllama.server.endpoints import Endpoint, Readable, all_endpoints, all_readable
from wordllama.server.refusals import in_openai_form
from wordllama.server.service import Service

REFERENCE = "#/components/schemas/{model}"


def document(service: Service) -> dict[str, Any]:
    """The OpenAPI 3.1 description of the server, with its limits filled in."""
    bearer = service.has_key
    posted, read = all_endpoints(service), all_readable(service)
    types = [e.request for e in posted] + [e.response for e in posted]
    types += [each.response for each in read if each.media]
    types += [answers.OpenAIErrorResponse, answers.TEIErrorResponse]
    schemas, components = _schemas(types)
    paths: dict[str, Any] = {
        each.path: {"get": _read(each, service, schemas, bearer)} for each in read
    }
    for endpoint in posted:
        paths.setdefault(endpoint.path, {})["post"] = _operation(endpoint, schemas, bearer)
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


def _schemas(types: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(schema of each type by its repr, the components that they refer to)."""
    adapters = [(repr(kind), "validation", TypeAdapter(kind)) for kind in types]
    found, definitions = TypeAdapter.json_schemas(adapters, ref_template=REFERENCE)  # type: ignore
    return {key: schema for (key, _), schema in found.items()}, definitions["$defs"]


def _read(
    readable: Readable, service: Service, schemas: dict[str, Any], bearer: bool
) -> dict[str, Any]:
    media = readable.media.partition(";")[0]
    content = {media: {"schema": schemas[repr(readable.response)]}} if media else None
    operation: dict[str, Any] = {
        "summary": readable.summary,
        "responses": {"200": _response(readable.summary, content)},
    }
    if "{id}" in readable.path:
        name = {"type": "string", "enum": [service.name]}
        operation["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": name}]
        unknown = _response("It has another name", _error_content(readable.path, schemas))
        operation["responses"]["404"] = unknown
    if readable.query:
        text = {"type": "string"}
        operation["parameters"] = [{"name": readable.query, "in": "query", "schema": text}]
    if bearer and not readable.open:
        guard = _guard(readable.path, schemas)
        operation["security"] = guard["security"]
        operation["responses"] |= guard["responses"]
    return operation


def _operation(endpoint: Endpoint, schemas: dict[str, Any], bearer: bool) -> dict[str, Any]:
    body = {"schema": schemas[repr(endpoint.request)], "example": endpoint.example}
    answer = {"application/json": {"schema": schemas[repr(endpoint.response)]}}
    error = _error_content(endpoint.path, schemas)
    invalid = "400" if in_openai_form(endpoint.path) else "422"
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
    for status, why in endpoint.refusals.items():
        operation["responses"][str(status)] = _response(why, error)  # type: ignore[index]
    if bearer:
        guard = _guard(endpoint.path, schemas)
        operation["security"] = guard["security"]
        operation["responses"] = {**operation["responses"], **guard["responses"]}  # type: ignore
    return operation


def _guard(path: str, schemas: dict[str, Any]) -> dict[str, Any]:
    refused = _response("The key is missing or wrong", _error_content(path, schemas))
    return {"security": [{"key": []}], "responses": {"401": refused}}


def _error_content(path: str, schemas: dict[str, Any]) -> dict[str, Any]:
    in_form = in_openai_form(path)
    kind = answers.OpenAIErrorResponse if in_form else answers.TEIErrorResponse
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
