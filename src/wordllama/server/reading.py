"""A request's body: read up to a bound, and checked at no more cost than reading it.

A body of 15 MB can say `{"input": [{}, {}, ...]}`: five million objects to build, and an error for
each. So what a large body holds is counted before anything is built of it, and a list is given up
at its first error.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError
from starlette.requests import Request

from wordllama.server.admission import Place
from wordllama.server.limits import Limits, RefusedError
from wordllama.server.messages import Message

SMALL = 64 << 10
"""Bytes: whatever such a body holds takes a few megabytes and milliseconds."""
DISCARDED = 128 << 20
"""Bytes: a body that is too large is read up to this and thrown away before the refusal."""
VALUE_BYTES, NUMBER_BYTES = 128, 48
"""Memory of a string, array or object beside its characters, and of a number."""
BRANCHES = ("str", "int", "Document", "NewRecord")
"""Names of a union's branches, beside "list[...]"."""
NESTED = "its arrays or objects are nested too deeply"
SHOWN = 80
"""Characters of a key that an error repeats."""

M = TypeVar("M", bound=Message)


async def body(request: Request, place: Place, most: int) -> bytearray:
    """The request's body, each part counted as it comes.

    One that is too large (RefusedError, 413) is thrown away as it comes, never held.
    """
    declared = request.headers.get("content-length", "")
    length = int(declared) if declared.isdecimal() else 0
    held = bytearray()
    size = 0
    if length <= max(DISCARDED, most):
        async for part in request.stream():
            size += len(part)
            if size <= most:
                place.hold(len(part))
                held += part
            elif size > DISCARDED:
                break
    if max(size, length) > most:
        raise RefusedError(413, f"the body is larger than {most} bytes")
    return held


def count(body: bytes | bytearray, limits: Limits) -> int:
    """The memory that the values in JSON may take beside its characters.

    RefusedError (413) of more strings, arrays and objects, or numbers, than any request needs.

    >>> count(b'{"input": [1, 2]}', Limits()) == 3 * VALUE_BYTES + 4 * NUMBER_BYTES
    True
    """
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    strings = plain.count(b'"') // 2
    if strings <= limits.strings:
        outside = b"".join(plain.split(b'"')[::2])
        opened = outside.count(b"[") + outside.count(b"{")
        strings += opened
    if strings > limits.strings:
        message = "the body has too many values: strings, arrays and objects; at most"
        raise RefusedError(413, f"{message} {limits.strings}")
    numbers = outside.count(b",") + opened + 1
    most = max(4 * limits.characters, limits.strings)
    if numbers > most:
        raise RefusedError(413, f"the body has too many numbers; at most {most}")
    return strings * VALUE_BYTES + numbers * NUMBER_BYTES


def parsed(kind: type[M], body: bytes | bytearray) -> M:
    """The message that the body holds; RefusedError (422) that names what is wrong."""
    try:
        value = orjson.loads(body)
        if kind.exact_numbers:
            value = json.loads(body)  # orjson makes 1e20 of 100000000000000000000
        return kind.model_validate(value)
    except orjson.JSONDecodeError as error:
        raise RefusedError(422, f"the body is not JSON: {_reason(error)}") from None
    except RecursionError:
        raise RefusedError(422, f"the body is not JSON: {NESTED}") from None
    except ValidationError as error:
        raise invalid(error) from None


def _reason(error: orjson.JSONDecodeError) -> str:
    nested = "depth" in error.msg or "allocate" in error.msg  # the second: of arrays not closed
    return NESTED if nested else str(error)


def invalid(error: ValidationError) -> RefusedError:
    """What is wrong, told by the branch of a union that got furthest."""

    def progress(each: Any) -> tuple[list[int], bool]:
        return [x for x in each["loc"] if isinstance(x, int)], not each["type"].endswith("_type")

    furthest = max(error.errors(include_input=False, include_url=False), key=progress)
    *path, last = furthest["loc"] or ("",)
    named = [x for x in path if not _branch(x)]
    if last != "" and (furthest["type"] == "extra_forbidden" or not _branch(last)):
        named.append(last)
    where = "".join(f"[{x}]" if isinstance(x, int) else f".{_short(x)}" for x in named)
    field = _short(str(named[0])) if named else None
    empty = furthest["type"] == "too_short"  # every list takes at least one
    message = "the list is empty; give at least one item" if empty else furthest["msg"]
    return RefusedError(422, f"{where.lstrip('.') or 'the body'}: {message}", field)


def _branch(name: int | str) -> bool:
    return name in BRANCHES or str(name).startswith("list[")


def _short(key: str) -> str:
    return key if len(key) <= SHOWN else key[:SHOWN] + "..."
