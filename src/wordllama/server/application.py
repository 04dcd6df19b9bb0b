"""The ASGI application: routes, bearer key, size of bodies, and errors as each API's clients know
them.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from wordllama.model import WordLlama
from wordllama.server import description, tei
from wordllama.server.endpoints import ENDPOINTS, Endpoint
from wordllama.server.limits import Limits, RefusedError
from wordllama.server.metrics import CONTENT_TYPE, Measured
from wordllama.server.openai import models
from wordllama.server.service import Service

log = logging.getLogger("wordllama.server")

DISCARDED = 128 << 20  # bytes: a body up to this size is read and thrown away before the refusal
OPEN_PATHS = ("/health", "/metrics", "/openapi.json", "/docs")  # need no key


def app(
    model: WordLlama,
    *,
    name: str = "wordllama",
    limits: Limits | None = None,
    api_key: str | None = None,
) -> ASGIApp:
    """The application that serves `model` (dense) under `name`.

    With `api_key`, all but /health, /metrics, /openapi.json and /docs want
    `Authorization: Bearer KEY`. Raises ValueError for a binary model or an empty key.
    """
    if api_key == "":
        raise ValueError("api_key is empty; leave it out to serve without one")
    service = Service(model, name, limits or Limits())
    document = description.document(service, ENDPOINTS, bearer=api_key is not None)
    page = description.page(document)
    readable: dict[str, Callable[[], Response]] = {
        "/health": lambda: Response(status_code=200),
        "/info": lambda: _json(tei.info(service)),
        "/v1/models": lambda: _json(models(service)),
        "/metrics": lambda: Response(service.metrics.text(), media_type=CONTENT_TYPE),
        "/openapi.json": lambda: _json(document),
        "/docs": lambda: HTMLResponse(page),
    }
    routes = [_post(endpoint, service, api_key) for endpoint in ENDPOINTS]
    routes += [_get(path, answer, api_key) for path, answer in readable.items()]
    inner = Starlette(routes=routes, exception_handlers={HTTPException: _http_error})
    paths = frozenset(readable) | {endpoint.path for endpoint in ENDPOINTS}
    return Measured(inner, service.metrics, paths)


def _get(path: str, answer: Callable[[], Response], api_key: str | None) -> Route:
    async def respond(request: Request) -> Response:
        if path not in OPEN_PATHS and not _allowed(request, api_key):
            return _refused(path, NO_KEY)
        return answer()

    return Route(path, respond, methods=["GET"])


def _post(endpoint: Endpoint, service: Service, api_key: str | None) -> Route:
    async def respond(request: Request) -> Response:
        if not _allowed(request, api_key):
            return _refused(endpoint.path, NO_KEY)
        try:
            body = await _body(request, service.limits.body_bytes)
            with service.admission.place(len(body)):
                message = endpoint.request.model_validate_json(body)
                return _json(await endpoint.answer(service, message))
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it; it is counted
        except ValidationError as error:
            return _refused(endpoint.path, _invalid(error))
        except RefusedError as refusal:
            return _refused(endpoint.path, refusal)
        except (ValueError, TypeError) as error:  # the toolkit's own refusal
            return _refused(endpoint.path, RefusedError(400, str(error)))
        except Exception:
            log.exception("%s failed", endpoint.path)
            return _refused(endpoint.path, RefusedError(500, "the server failed; its log says why"))

    return Route(endpoint.path, respond, methods=["POST"])


NO_KEY = RefusedError(401, "send the server's key as 'Authorization: Bearer KEY'")


def _allowed(request: Request, api_key: str | None) -> bool:
    if api_key is None:
        return True
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(
        key.strip().encode("utf-8", "surrogateescape"), api_key.encode()
    )


async def _body(request: Request, most: int) -> bytes:
    """The request's body; one that is too large is thrown away as it comes, never held."""
    declared = request.headers.get("content-length", "")
    length = int(declared) if declared.isdecimal() else 0
    parts: list[bytes] = []
    size = 0
    if length <= max(DISCARDED, most):
        async for part in request.stream():
            size += len(part)
            if size <= most:
                parts.append(part)
            elif size > DISCARDED:
                break
    if max(size, length) > most:
        raise RefusedError(413, f"the body is larger than {most} bytes")
    return b"".join(parts)


def _json(content: Any) -> Response:
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, media_type="application/json")


BRANCHES = ("str", "int", "Document")  # names of a union's branches, beside "list[...]"


def _invalid(error: ValidationError) -> RefusedError:
    """What is wrong, told by the branch of a union that got furthest."""

    def progress(each: Any) -> tuple[list[int], bool]:
        return [x for x in each["loc"] if isinstance(x, int)], not each["type"].endswith("_type")

    furthest = max(error.errors(), key=progress)
    if furthest["type"] == "json_invalid":
        return RefusedError(400, f"the body is not JSON: {furthest['ctx']['error']}")
    named = [x for x in furthest["loc"] if x not in BRANCHES and "[" not in str(x)]
    where = "".join(f"[{x}]" if isinstance(x, int) else f".{x}" for x in named).lstrip(".")
    field = str(named[0]) if named else None
    return RefusedError(400, f"{where or 'the body'}: {furthest['msg']}", field)


KINDS = {401: "authentication_error", 500: "server_error", 503: "server_error"}
TEI_KINDS = {
    401: "Unauthorized",
    404: "NotFound",
    405: "MethodNotAllowed",
    500: "Backend",
    503: "Overloaded",
}
HEADERS = {
    401: {"www-authenticate": "Bearer"},
    413: {"connection": "close"},
    503: {"retry-after": "1"},
}


def _refused(path: str, refusal: RefusedError) -> Response:
    """The refusal as the clients of that path's API read it."""
    headers = HEADERS.get(refusal.status)
    content: dict[str, Any]
    if path.startswith("/v1/"):
        kind = KINDS.get(refusal.status, "invalid_request_error")
        content = {"message": refusal.message, "type": kind, "param": refusal.field, "code": None}
        content = {"error": content}
        status = refusal.status
    else:
        kind = TEI_KINDS.get(refusal.status, "Validation")
        content = {"error": refusal.message, "error_type": kind}
        status = 422 if refusal.status == 400 else refusal.status
    return Response(orjson.dumps(content), status, headers, "application/json")


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = _refused(request.url.path, RefusedError(error.status_code, error.detail))
    response.headers.update(error.headers or {})
    return response
