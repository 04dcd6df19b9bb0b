"""Refusals as the clients of each API read them."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from wordllama.server.limits import RefusedError

OPENAI_PATHS = ("/v1/", "/v2/")
"""Under these an error has OpenAI's form, elsewhere text-embeddings-inference's."""
KINDS = {401: "authentication_error", 500: "server_error", 503: "server_error"}
TEI_KINDS = {
    401: "Unauthorized",
    403: "Forbidden",
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

NO_KEY = RefusedError(401, "send the server's key as 'Authorization: Bearer KEY'")
FAILED = RefusedError(500, "the server failed; its log says why")
ENDING = RefusedError(503, "the server is ending; this took longer than it waits")


def in_openai_form(path: str) -> bool:
    """Whether errors of this path have OpenAI's form.

    >>> in_openai_form("/v1/rerank"), in_openai_form("/rerank")
    (True, False)
    """
    return path.startswith(OPENAI_PATHS)


def refused(path: str, refusal: RefusedError) -> Response:
    """The refusal of a request for the path; OpenAI's 400 is text-embeddings-inference's 422."""
    status = refusal.status
    content: dict[str, Any]
    if in_openai_form(path):
        kind = KINDS.get(status, "invalid_request_error")
        content = {"message": refusal.message, "type": kind}
        content = {"error": content | {"param": refusal.field, "code": refusal.code}}
        status = 400 if status == 422 else status
    else:
        content = {"error": refusal.message, "error_type": TEI_KINDS.get(status, "Validation")}
    return Response(orjson.dumps(content), status, HEADERS.get(status), "application/json")
