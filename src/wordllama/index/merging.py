"""Records of files beside those that an index has of them: what is new is added, what is left over
deleted, the rest left alone; all in one transaction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wordllama.index import fields
from wordllama.index.blocks import ROWS
from wordllama.index.folders import Listed
from wordllama.index.records import Batch
from wordllama.index.sources import Source, Sources
from wordllama.index.store import Id
from wordllama.index.taking_up import Entry, Snapshot
from wordllama.index.writing import Change


@dataclass
class File:
    """A file that is to be taken up."""

    listed: Listed
    snapshot: Snapshot
    options: str
    known: Source | None
    """As it was noted last."""
    resumes: bool
    """Whether what was noted is of the same bytes and options."""
    status: list[str]
    """Gets its name once all of it is taken up."""
    again: bool = False
    """Whether others took of its records or took it up, so that it must be looked at once more."""


@dataclass(frozen=True)
class Part:
    """Some records of a file, in a row; `last` if the file ends with them."""

    file: File
    first: int
    entries: list[Entry]
    last: bool


class Merging:
    """One transaction of a run."""

    def __init__(self, change: Change, waiting: set[str]) -> None:
        self._change = change
        self._waiting = waiting
        self._table = Sources(change.store.connection)
        self._by_number: dict[int, Source | None] = {}
        self._new: dict[Id, tuple[Source, int, Entry]] = {}
        self._ended: list[Source] = []
        self.added = self.deleted = self.kept = 0

    def take(self, part: Part) -> None:
        """Look what of a part is new, and keep it for `finish`."""
        source = self._source(part)
        if source is None:
            return
        self._waiting.discard(source.path)
        if part.last:
            self._ended.append(source)
        if not part.entries:
            return
        rows = self._change.store.rows_of([entry.id for entry in part.entries])
        origins = self._table.origins(rows.values())
        held = self._change.store.records(list(rows.values()))
        kept: dict[int, Source] = {}
        for place, entry in enumerate(part.entries, part.first):
            if entry.id in self._new:
                self._refuse(entry.id, source, self._new[entry.id][0])
            if rows.get(entry.id) in kept:
                self._refuse(entry.id, source, source)
            row = rows.get(entry.id)
            if row is not None:
                self._check_free(entry.id, source, origins.get(row))
                if _alike(entry, held[row]):
                    kept[row] = source
                    continue
            self._new[entry.id] = (source, place, entry)
        self._table.claim(kept.items())
        self.kept += len(kept)

    def _source(self, part: Part) -> Source | None:
        """The file as it is noted with this part; None if it must be looked at again."""
        file, snapshot, known = part.file, part.file.snapshot, part.file.known
        path = str(file.listed.path)
        now = self._table.get(path) if known is None else self._noted(known.number)
        if (known and (known.run, known.done)) != (now and (now.run, now.done)):
            file.again = True  # another process takes up this file, too
        if file.resumes and now is not None and now.sha256 != snapshot.sha256:
            file.again = True
        if file.again:
            return None
        source = Source(
            number=0 if now is None else now.number,
            name=file.listed.name,
            path=path,
            folder=file.listed.folder,
            size=snapshot.size,
            mtime=0 if snapshot.recent else snapshot.mtime,
            sha256=snapshot.sha256,
            options=file.options,
            run=(0 if now is None else now.run) + (not file.resumes),
            done=None if part.last else part.first + len(part.entries),
        )
        if file.resumes and now is not None and now.left_out:
            source = source.with_left_out()
        source = self._table.put(source)
        self._by_number[source.number] = file.known = source
        file.resumes = True
        return source

    def _noted(self, number: int) -> Source | None:
        if number not in self._by_number:
            self._by_number[number] = self._table.numbered(number)
        return self._by_number[number]

    def _check_free(self, id: Id, source: Source, origin: tuple[int, int] | None) -> None:
        """ValueError if the record of this id is another file's, or none's."""
        if origin is None:
            raise ValueError(
                f"{source.name}: has a record with the id {id!r}, which was added by itself; "
                "delete that, or give the file's records other ids"
            )
        number, run = origin
        owner = self._noted(number)
        if owner is None or run < owner.run or (number == source.number and run < source.run):
            return  # left over of what the file was
        if owner.path in self._waiting:  # it may have it no more: look at it again
            if owner.sha256:
                self._by_number[number] = self._table.put(replace(owner, sha256=""))
            return
        self._refuse(id, source, owner)

    def _refuse(self, id: Id, source: Source, owner: Source) -> None:
        if owner.number == source.number:
            raise ValueError(f"{source.name}: two records have the id {id!r}")
        raise ValueError(
            f"{owner.name} and {source.name} both have a record with the id {id!r}; give one of "
            "the files other ids, or name a column of ids that differ"
        )

    def finish(self, skip_duplicates: float | None) -> None:
        """Write what is new; delete what the files that end had before, and have no more."""
        change = self._change
        new = list(self._new.values())
        for start in range(0, len(new), ROWS):
            part = new[start : start + ROWS]
            first, before = change.next_row, len(change.ids)
            batch = Batch(
                0,
                [entry.text for _, _, entry in part],
                [entry.id for _, _, entry in part],
                _columns([entry.fields for _, _, entry in part]),
                None,
            )
            try:
                change.add(batch, skip_duplicates)
            except (ValueError, TypeError) as error:  # a value that the index can't keep
                raise ValueError(_of_files(str(error), part)) from error
            added = change.ids[before:]
            self.added += len(added)
            self._table.claim((row, self._new[id][0]) for row, id in enumerate(added, first))
        rows = [row for source in self._ended for row in self._table.left_over(source)]
        self.deleted = change.replaced + change.delete_rows(np.array(sorted(rows), np.int64))
        left_out = {self._new[each.id][0].number for each in change.skipped if each.id is not None}
        for number in left_out:
            if (source := self._table.numbered(number)) is not None:
                self._table.put(source.with_left_out())
        if self.deleted:  # what was like that, may be so no more
            self._table.doubt()


def check_fields(entries: list[Entry], kinds: dict[str, str], name: str, first: int) -> None:
    """Note the kinds of a file's fields; ValueError for what is not of the kind that there is."""
    columns = _columns([entry.fields for entry in entries])
    fields.check_names(columns, kinds, name)
    try:
        for field, column in columns.items():
            values = fields.plain(column)
            kinds[field] = fields.kind_of(values, kinds.get(field), field, first)
            fields.to_sql(values, kinds[field], field, first)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name}: {error}") from error


def _of_files(message: str, part: list[tuple[Source, int, Entry]]) -> str:
    """The message with the file's name and its own number in the place of "record 7"."""
    found = re.match(r"record (\d+)", message)
    if found is None:
        return message
    source, place, _ = part[int(found[1])]
    return f"{source.name}: record {place}{message[found.end() :]}"


def _columns(records: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for record in records for name in record)
    return {name: [record.get(name) for record in records] for name in names}


def _alike(entry: Entry, held: tuple[Id, str, dict[str, Any]]) -> bool:
    """Whether a record is what the index has: its text, and its fields of the same types."""
    return entry.text == held[1] and _plain(entry.fields) == _plain(held[2])


def _plain(record: dict[str, Any]) -> list[str]:
    values = zip(record, fields.plain(list(record.values())), strict=True)
    return sorted(repr(pair) for pair in values if pair[1] is not None)
