"""Pages that need nothing from elsewhere, and run no script; the API's description as one."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em }
pre { overflow-x: auto; padding: .5em 1em; border: 1px solid GrayText }
input { font: inherit; padding: .3em .6em; width: 60% }
button { font: inherit; padding: .3em .9em }
li { margin: .6em 0 }
.text { white-space: pre-wrap; overflow-wrap: anywhere }
.of { color: GrayText; font-size: 85% }
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Of every page: whatever a text holds, nothing of it runs, and no address leaks what was asked."""


def head(title: str) -> str:
    """A page's beginning, up to its heading."""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>"
    )


def html(document: dict[str, Any]) -> str:
    """The description as HTML, without scripts."""
    parts = [head(document["info"]["title"])]
    parts.append("<p>Machine-readable: <a href=openapi.json>openapi.json</a></p>")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parts.append(f"<h2><code>{method.upper()} {escape(path)}</code></h2>")
            parts.append(f"<p>{escape(operation['summary'])}</p>")
            if "requestBody" in operation:
                media = operation["requestBody"]["content"]["application/json"]
                name = media["schema"]["$ref"].rsplit("/", 1)[1]
                parts.append(_fields(document["components"]["schemas"][name]))
                parts.append(f"<pre>{escape(json.dumps(media['example'], indent=1))}</pre>")
    return "\n".join(parts)


def _fields(schema: dict[str, Any]) -> str:
    needed = set(schema.get("required", ()))
    names = (f"<b>{name}</b>" if name in needed else name for name in schema["properties"])
    return f"<p>{escape(schema.get('description', ''))}</p><p>Fields: {', '.join(names)}</p>"
