"""Results as an assistant reads them: text for its eyes, and the same as data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel

from wordllama import index as kept
from wordllama.index.as_json import to_json
from wordllama.mcp import results
from wordllama.opening import IndexFile

FIELD = 200
"""Characters of a field's value in a hit."""
LOOKED_AT, EXAMPLES, EXAMPLE = 1000, 5, 60
"""Records in which `info` looks for examples of values; how many it gives; characters of each."""


def hits(found: kept.Hits, characters: int) -> CallToolResult:
    """Hits with their texts cut."""
    listed = [
        results.Hit(
            id=hit.id,
            score=hit.score,
            text=hit.text[:characters],
            characters=len(hit.text),
            fields={name: _cut(value, FIELD) for name, value in _given(hit.fields).items()},
        )
        for hit in found
    ]
    texts = [
        _record(f"{place}. id {_json(hit.id)}, score {hit.score:.3f}", hit, 0)
        for place, hit in enumerate(listed, 1)
    ]
    return _result("\n\n".join(texts) or "Nothing was found.", results.Found(hits=listed))


def records(found: Sequence[kept.Record], start: int, characters: int) -> CallToolResult:
    """Records, each from the same character on."""
    listed = [
        results.Record(
            id=record.id,
            text=record.text[start : start + characters],
            start=start,
            characters=len(record.text),
            fields=_given(record.fields),
        )
        for record in found
    ]
    texts = [_record(f"id {_json(record.id)}", record, start) for record in listed]
    return _result("\n\n".join(texts), results.Records(records=listed))


def info(index: kept.Index, file: IndexFile) -> CallToolResult:
    """What is in the index."""
    known = index.info()
    looked_at = [_given(record.fields) for record in islice(index, LOOKED_AT)]
    columns = [
        results.Column(name=name, kind=kind, examples=_examples(looked_at, name))
        for name, kind in known["columns"].items()
    ]
    described = results.Info(
        file=file.path.name,
        records=known["records"],
        model=known["model"],
        columns=columns,
        writable=not file.read_only,
    )
    lines = [f"{described.file}: {described.records:,} records; fields beside id and text:"]
    lines += [
        f"- {column.name} ({column.kind}): {', '.join(map(_json, column.examples))}"
        for column in columns
    ]
    return _result("\n".join(lines), described)


def added(done: kept.Added) -> CallToolResult:
    """What was added."""
    skipped = [results.Skipped(place=s.place, of=s.of, score=s.score) for s in done.skipped]
    lines = [str(done), *(f"record {s.place} is like {_json(s.of)}" for s in skipped)]
    ids = list(done.ids)
    return _result(
        "\n".join(lines), results.Added(ids=ids, replaced=done.replaced, skipped=skipped)
    )


def deleted(count: int) -> CallToolResult:
    """How many were deleted."""
    return _result(f"{count:,} deleted", results.Deleted(deleted=count))


def _record(heading: str, record: results.Hit | results.Record, start: int) -> str:
    lines = [heading, *(f"{name}: {_plain(value)}" for name, value in record.fields.items())]
    end = start + len(record.text)
    if start or end < record.characters:
        part = f"[characters {start:,} to {end:,} of {record.characters:,}"
        more = f"; the rest: get with ids [{_json(record.id)}], start {end}]"
        return "\n".join(
            [*lines, "", record.text, part + (more if end < record.characters else "]")]
        )
    return "\n".join([*lines, "", record.text])


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: to_json(value) for name, value in fields.items() if value is not None}


def _examples(records: list[dict[str, Any]], name: str) -> list[Any]:
    """The most frequent values of a field."""
    values = [_cut(record[name], EXAMPLE) for record in records if name in record]
    counted = Counter(map(_json, values))
    return [json.loads(value) for value, _ in counted.most_common(EXAMPLES)]


def _cut(value: Any, most: int) -> Any:
    """The value, or the beginning of what is written for it."""
    text = _plain(value)
    return value if len(text) <= most else f"{text[: most - 1]}…"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _result(text: str, data: BaseModel) -> CallToolResult:
    structured = data.model_dump(mode="json")
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=structured
    )
