"""The page at /: what is served, where it is described, and a search of the index."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from wordllama.index import Hit
from wordllama.index.as_json import to_json
from wordllama.server.limits import RefusedError
from wordllama.server.page import head
from wordllama.server.served_index import check_phrases
from wordllama.server.service import Service

HITS, SHOWN, FIELD = 10, 600, 80
"""Hits on the page; characters of each, and of each of its fields."""


async def answer(service: Service, query: str) -> bytes:
    """The page, with the hits for a query. Every text is escaped: it may be a stranger's."""
    parts = [head(f"WordLlama: {service.name}"), *await _search(service, query)]
    parts.append(
        "<p><a href=docs>How to call it</a>, <a href=openapi.json>the same for machines</a>, "
        "<a href=info>the model and the limits</a>, <a href=metrics>what it counts</a></p><ul>"
    )
    for path, methods in service.document["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            parts.append(f"<li><code>{escape(name)}</code>: {escape(operation['summary'])}")
    return "\n".join([*parts, "</ul>"]).encode()


async def _search(service: Service, query: str) -> list[str]:
    index = service.index
    if index is None:
        return []
    if service.has_key:
        return ["<p>To search the index, POST to /search with the server's key.</p>"]
    name = escape(index.file.path.name)
    form = (
        f"<form role=search><label for=q>Search {name}</label><br>"
        f"<input id=q name=q type=search value='{escape(query)}' autofocus> "
        "<button>Search</button></form>"
    )
    if not query.strip():
        return [form]
    try:
        service.limits.check("q", [query])
        check_phrases([query])
        hits = await index.read(lambda index: index.search(query, HITS))
    except RefusedError as refusal:
        if refusal.status not in (413, 422):
            raise
        return [form, f"<p>{escape(refusal.message)}</p>"]
    listed = [f"<li>{_hit(hit)}" for hit in hits]
    return [form, f"<p>{len(hits) or 'No'} hits</p><ol>", *listed, "</ol>"]


def _hit(hit: Hit) -> str:
    given = {name: value for name, value in to_json(hit.fields).items() if value is not None}
    fields = [f"{name}: {_cut(_shown(value), FIELD)}" for name, value in given.items()]
    of = " · ".join([_shown(hit.id), f"{hit.score:.3f}", *fields])
    return f"<div class=text>{escape(_cut(hit.text, SHOWN))}</div><div class=of>{escape(of)}</div>"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
