"""The API's description as a page that needs nothing from elsewhere."""

from __future__ import annotations

import json
from html import escape
from typing import Any


def html(document: dict[str, Any]) -> str:
    """The description as HTML, without scripts."""
    parts = [
        f"<!doctype html><meta charset=utf-8><title>{escape(document['info']['title'])}</title>"
    ]
    parts.append("<style>body{font:16px sans-serif;max-width:50em;margin:2em auto}</style>")
    parts.append(f"<h1>{escape(document['info']['title'])}</h1>")
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
