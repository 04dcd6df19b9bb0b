"""The endpoints of an index: records searched, read, added and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from wordllama.index import Hit, Hits, Index, Record
from wordllama.index.as_json import from_json, to_json
from wordllama.server import messages
from wordllama.server.limits import Limits, RefusedError
from wordllama.server.served_index import ServedIndex, check_phrases
from wordllama.server.service import Service
from wordllama.server.toolkit import explained

WHERE_BYTES, CONDITIONS = 64 << 10, 64
"""A larger `where` is refused, for the index keeps the last ones; one of more conditions, because
each record is compared with all of them."""
FIELDS = 256
"""Columns that clients can give an index: every record has them from then on."""
EXPLAINED, EXPLAINED_CHARACTERS = 100, 2000
"""Hits that are explained in one request, and characters of a text that is."""
PAIRS = 10


async def search(service: Service, request: messages.SearchRequest) -> dict[str, Any]:
    """Hits for a query, or a list of them for each of many."""
    queries = [request.query] if isinstance(request.query, str) else request.query
    service.limits.check("query", queries)
    _check_hits(service.limits, request, len(queries))
    options = _options(request)

    def found(index: Index) -> list[Hits]:
        if request.operators:
            check_phrases(queries)
        named: Any = {"k": request.k, "mode": request.mode, "operators": request.operators}
        return [index.search(each, **named, **options) for each in queries]

    listed = await _of(service).read(
        lambda index: [[_hit(hit, request.explain) for hit in hits] for hits in found(index)]
    )
    return {"hits": listed[0] if isinstance(request.query, str) else listed}


async def similar(service: Service, request: messages.SimilarRequest) -> dict[str, Any]:
    """Hits for the text of a record."""
    _check_hits(service.limits, request, 1)
    options = _options(request)
    return {
        "hits": await _of(service).read(
            lambda index: [
                _hit(hit, request.explain)
                for hit in index.similar(request.id, request.k, request.mode, **options)
            ]
        )
    }


async def get(service: Service, request: messages.GetRequest) -> dict[str, Any]:
    """The records of ids, null for an id that no record has."""
    service.limits.check("ids", [()] * len(request.ids))
    found = await _of(service).read(lambda index: index.get(list(request.ids)))
    return {"records": [record and _record(record) for record in found]}


async def add(service: Service, request: messages.AddRequest) -> dict[str, Any]:
    """Records added in one transaction, each in the place of one with its id."""
    given = [
        messages.NewRecord(text=each) if isinstance(each, str) else each for each in request.records
    ]
    service.limits.check("records", [each.text for each in given])

    def added(index: Index) -> dict[str, Any]:
        items = _items(given, index.columns)
        done = index.add(items, text="text", skip_duplicates=request.skip_duplicates)
        skipped = [
            {"place": each.place, "id": each.id, "of": each.of, "score": each.score}
            for each in done.skipped
        ]
        return {"ids": done.ids, "replaced": done.replaced, "skipped": skipped}

    return await _of(service).write(added)


async def delete(service: Service, request: messages.DeleteRequest) -> dict[str, Any]:
    """How many records with these ids, or that meet a condition, are gone."""
    if (request.ids is None) == (request.where is None):
        raise RefusedError(422, "give ids or where, and not both")
    service.limits.check("ids", [()] * len(request.ids or ()))
    where = _where(request.where)
    if where == {}:
        raise RefusedError(422, "where is empty, which all records meet; name a field", "where")
    ids = None if request.ids is None else list(request.ids)
    return {"deleted": await _of(service).write(lambda index: index.delete(ids, where=where))}


async def info(service: Service) -> dict[str, Any]:
    """What there is to know of the index, but where on this machine it is."""
    known = await _of(service).read(Index.info)
    file = _of(service).file
    return known | {"path": file.path.name, "read_only": file.read_only}


def _of(service: Service) -> ServedIndex:
    assert service.index is not None  # its endpoints are there only then
    return service.index


def _options(request: messages.Wanted) -> dict[str, Any]:
    return {"where": _where(request.where), "weight": request.weight, "exact": request.exact}


def _where(where: dict[str, Any] | None) -> dict[str, Any] | None:
    if where is not None and len(orjson.dumps(where)) > WHERE_BYTES:
        raise RefusedError(413, f"where is longer than {WHERE_BYTES} bytes", "where")
    parts = [len(each) if isinstance(each, dict) else 1 for each in (where or {}).values()]
    if sum(parts) > CONDITIONS:
        message = f"where has {sum(parts)} conditions; at most {CONDITIONS}"
        raise RefusedError(413, message, "where")
    return where


def _check_hits(limits: Limits, request: messages.Wanted, queries: int) -> None:
    most = EXPLAINED if request.explain else limits.texts
    if queries * request.k > most:
        kind = "explained hits" if request.explain else "hits"
        message = f"k is {request.k}; for {queries} queries it may be at most {most // queries}"
        raise RefusedError(413, f"{message} ({most} {kind} in one request)", "k")


def _items(given: Sequence[messages.NewRecord], kinds: dict[str, str]) -> list[dict[str, Any]]:
    names = {name for record in given for name in record.fields} | kinds.keys()
    if len(names) > max(FIELDS, len(kinds)):
        raise ValueError(f"records would have {len(names)} different fields; at most {FIELDS}")
    return [
        from_json(each.text, each.id, each.fields, kinds, f"record {place}")
        for place, each in enumerate(given)
    ]


def _record(record: Record) -> dict[str, Any]:
    return {"id": record.id, "text": record.text, "fields": to_json(record.fields)}


def _hit(hit: Hit, explain: bool) -> dict[str, Any]:
    shown: dict[str, Any] = to_json(hit.to_dict())
    if explain and len(hit.text) <= EXPLAINED_CHARACTERS:
        why = hit.explain()
        meaning = None if why.meaning is None else explained(why.meaning, PAIRS)
        shown["explanation"] = {"words": dict(why.words), "meaning": meaning}
    return shown
