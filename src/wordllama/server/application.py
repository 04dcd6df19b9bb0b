"""The ASGI application: routes, the key, Host, and what happens to a request on its way."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Iterable
from functools import partial
from inspect import isawaitable
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from wordllama.model import WordLlama
from wordllama.opening import IndexFile
from wordllama.server import description, messages, page, reading
from wordllama.server.admission import Place
from wordllama.server.endpoints import HTML, JSON, Endpoint, Readable, all_endpoints, all_readable
from wordllama.server.hosts import Hosts, check_origin
from wordllama.server.limits import Limits, RefusedError
from wordllama.server.metrics import Measured
from wordllama.server.refusals import ENDING, FAILED, NO_KEY, refused
from wordllama.server.service import Service, count_inputs

log = logging.getLogger("wordllama.server")

NUMBER_CHARACTERS = 13
"""A float32 in JSON, with its comma."""
WARNING = "wordllama-warning"
"""The header of an answer about texts that the model does not read."""
PIECE = 64 << 10
"""Bytes: an answer that is larger counts as held until the client has taken most of it."""


def app(
    model: WordLlama,
    *,
    name: str = "wordllama",
    limits: Limits | None = None,
    api_key: str | None = None,
    hosts: Iterable[str] = (),
    index: IndexFile | None = None,
) -> ASGIApp:
    """The application that serves `model` (dense) under `name`, and an `index` of this model.

    With `api_key`, all but /, /health, /metrics, /openapi.json and /docs want
    `Authorization: Bearer KEY`. Without one, requests are answered whose Host is localhost, an IP
    address or one of `hosts` ("*": any): a page of a stranger can't pass for this server.
    Raises ValueError for a binary model or an empty key.
    """
    service = Service(model, name, limits or Limits(), index)
    return application(service, api_key=api_key, hosts=hosts)


def application(service: Service, *, api_key: str | None, hosts: Iterable[str] = ()) -> ASGIApp:
    """The application of a service."""
    if api_key == "":
        raise ValueError("api_key is empty; leave it out to serve without one")
    service.has_key = api_key is not None
    service.document = description.document(service)
    posted, read = all_endpoints(service), all_readable(service)
    routes = [Route(each.path, _Post(each, service, api_key), methods=["POST"]) for each in posted]
    routes += [_get(each, service, api_key) for each in read]
    handlers: Any = {HTTPException: partial(_http_error, service)}
    inner: ASGIApp = Starlette(routes=routes, exception_handlers=handlers)
    if api_key is None:
        inner = _known(inner, Hosts(hosts))
    paths = [*(each.path for each in posted), *(each.path for each in read)]
    return Measured(inner, service.metrics, paths)


def _known(inner: ASGIApp, hosts: Hosts) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                hosts.check(scope)
            except RefusedError as refusal:
                await refused(scope["path"], refusal)(scope, receive, send)
                return
        await inner(scope, receive, send)

    return answer


def _get(readable: Readable, service: Service, api_key: str | None) -> Route:
    async def respond(request: Request) -> Response:
        if not readable.open and not _allowed(request, api_key):
            return refused(request.url.path, NO_KEY)
        given = list(request.path_params.values())
        if readable.query:
            given.append(request.query_params.get(readable.query, ""))
        try:
            content = readable.answer(service, *given)
            if isawaitable(content):
                with service.admission.place() as place:
                    place.begin()
                    content = await content
        except RefusedError as refusal:
            return refused(request.url.path, refusal)
        body = content if isinstance(content, bytes) else orjson.dumps(content)
        headers = page.HEADERS if readable.media == HTML else None
        return Response(body, headers=headers, media_type=readable.media or None)

    path = readable.path.replace("{id}", "{id:path}")  # a model's name may have slashes
    return Route(path, respond, methods=["GET"])


class _Post:
    """A POST endpoint; as a class, Starlette takes it for an application and wraps nothing."""

    def __init__(self, endpoint: Endpoint, service: Service, api_key: str | None) -> None:
        self._endpoint = endpoint
        self._service = service
        self._api_key = api_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if not _allowed(request, self._api_key):
            await _send(refused(self._endpoint.path, NO_KEY), scope, receive, send)
            return
        with self._service.admission.place() as place:
            try:
                if self._endpoint.writes and self._api_key is None:
                    check_origin(scope)
                response = await _answered(self._endpoint, self._service, request, place)
            except RefusedError as refusal:
                response = refused(self._endpoint.path, refusal)
            except asyncio.CancelledError:  # the end of the server did not wait for it
                response = refused(self._endpoint.path, ENDING)
            await _send(response, scope, receive, send)


async def _answered(
    endpoint: Endpoint, service: Service, request: Request, place: Place
) -> Response:
    try:
        body = await reading.body(request, place, service.limits.body_bytes)
        place.begin()
        message = await _message(endpoint, service, body, place)
        content = _json(await endpoint.answer(service, message))
        if not endpoint.embedded:  # else it is counted already
            place.hold(len(content))
        warning = await service.look(messages.texts_in(message))
        return Response(content, headers=_warned(warning), media_type=JSON)
    except ClientDisconnect:
        return Response(status_code=499)  # nobody reads it; it is counted
    except RefusedError as refusal:
        return refused(endpoint.path, refusal)
    except (ValueError, TypeError) as error:  # the toolkit's own refusal
        return refused(endpoint.path, RefusedError(422, str(error)))
    except Exception:
        log.exception("%s failed", endpoint.path)
        return refused(endpoint.path, FAILED)


def _json(content: Any) -> bytes:
    try:
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError:  # a whole number of more than 64 bits in a record's list
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _warned(warning: str | None) -> dict[str, str]:
    return {} if warning is None else {WARNING: warning.encode("ascii", "replace").decode()}


async def _message(
    endpoint: Endpoint, service: Service, body: bytearray, place: Place
) -> messages.Message:
    """The request's message, checked; what it and its answer will take is counted first."""
    if len(body) <= reading.SMALL:
        message = reading.parsed(endpoint.request, body)
    else:
        place.hold(await service.work.run(reading.count, body, service.limits))
        message = await service.work.run(reading.parsed, endpoint.request, body)
    if endpoint.embedded:
        rows = min(count_inputs(getattr(message, endpoint.embedded)), service.limits.texts)
        place.hold(rows * service.model.dim * NUMBER_CHARACTERS)
    return message


async def _send(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the response; a large one comes back from here when the client has taken it."""
    if len(response.body) <= PIECE:
        await response(scope, receive, send)
        return
    start = {"type": "http.response.start", "status": response.status_code}
    await send(start | {"headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _allowed(request: Request, api_key: str | None) -> bool:
    if api_key is None:
        return True
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(
        key.strip().encode("utf-8", "surrogateescape"), api_key.encode()
    )


async def _http_error(service: Service, request: Request, error: HTTPException) -> Response:
    path = request.url.path
    response = refused(path, RefusedError(error.status_code, error.detail))
    response.headers.update(error.headers or {})
    if error.status_code == 405 and path in service.document["paths"]:
        # Starlette names the methods of one route; / has two.
        methods = {"get": "GET, HEAD", "post": "POST"}
        known = [methods[method] for method in service.document["paths"][path]]
        response.headers["allow"] = ", ".join(known)
    return response
