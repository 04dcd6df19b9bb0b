"""Files taken up into an index, and kept up with."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np

from wordllama.files.formats import Format, check_name
from wordllama.index import taking_up
from wordllama.index.folders import Listed, Listing, listing
from wordllama.index.merging import File, Merging, Part, check_fields
from wordllama.index.opened import Opened
from wordllama.index.results import SkippedFile, Synced
from wordllama.index.sources import DOUBTED, Source, Sources
from wordllama.index.taking_up import Entry, Snapshot
from wordllama.texts import valid_unicode

RECORDS = 1 << 15
"""A transaction ends when it has so many records,"""
CHARACTERS = 1 << 24
"""or texts of so many characters,"""
FILES = 1 << 10
"""or so many parts of files: small ones are taken up together, a large one in parts."""
PIECE = 1 << 12
"""Records of a file in one part, at most."""


class Sync:
    """One run over the files of a listing."""

    def __init__(
        self,
        opened: Opened,
        reading: taking_up.Reading,
        skip_duplicates: float | None,
        on_bytes: Callable[[int], object],
    ) -> None:
        self._opened = opened
        self._reading = reading
        self._skip_duplicates = skip_duplicates
        self._on_bytes = on_bytes
        self._waiting: set[str] = set()
        """Paths of known files that may have changed, and were not looked at yet."""
        self._again: list[tuple[Listed, Source | None]] = []
        with opened.reading() as store:
            self._kinds = store.fields()
            """Of the fields, with those of the files that were read."""
        self.done = Synced()

    def run(self, listing: Listing, known: list[Source], delete_gone: bool, dry: bool) -> None:
        """Delete what is gone, and take up what is new or not as it was."""
        self.done.skipped += [SkippedFile(*unread) for unread in listing.unread]
        self.done.others = listing.others
        by_path = {source.path: source for source in known}
        names = {str(file.path): file.name for file in listing.files}
        renamed = [s for s in known if names.get(s.path, s.name) != s.name]
        gone = listing.gone if delete_gone else []
        self.done.gone += [source.name for source in [*gone, *renamed]]
        if (gone or renamed) and not dry:
            self._delete([*gone, *renamed])
        for source in renamed:
            del by_path[source.path]
        # A folder that was moved: its files have their names, but other paths.
        moved = {s.name: s for s in known if s.path not in names and s not in renamed}
        todo = []
        for file in listing.files:
            before = by_path.get(str(file.path)) or moved.get(file.name)
            before = None if before in gone else before
            if before is not None and self._looks_unchanged(file, before):
                self.done.unchanged.append(file.name)
                self._on_bytes(before.size)
            else:
                todo.append((file, before))
        self._take_up(todo, dry)
        if not dry:
            self._take_up_doubted({str(file.path): file for file in listing.files})

    def _take_up_doubted(self, files: dict[str, Listed]) -> None:
        """Files whose records were left out as duplicates of what may be no more."""
        with self._opened.reading() as store:
            doubted = Sources(store.connection).doubted()
        said = [list(names) for names in (self.done.new, self.done.changed, self.done.unchanged)]
        skipped = {each.name for each in self.done.skipped}
        again = [(files[s.path], s) for s in doubted if s.path in files and s.name not in skipped]
        self._take_up(again, False)
        self.done.new, self.done.changed, self.done.unchanged = said

    def _take_up(self, todo: Sequence[tuple[Listed, Source | None]], dry: bool) -> None:
        self._waiting = {before.path for _, before in todo if before is not None}
        while todo:
            group: list[Part] = []
            records = characters = 0
            self._again = []
            for part in self._parts(todo, dry):
                group.append(part)
                records += len(part.entries)
                characters += sum(len(entry.text) for entry in part.entries)
                if records >= RECORDS or characters >= CHARACTERS or len(group) >= FILES:
                    self._commit(group)
                    group, records, characters = [], 0, 0
            if group:
                self._commit(group)
            todo = self._again

    # -- reading ---------------------------------------------------------------------------------

    def _looks_unchanged(self, file: Listed, known: Source) -> bool:
        try:
            now = file.path.stat()
            options = self._options(*taking_up.format_and_kind(file.path, self._reading.format))
        except (OSError, ValueError):
            return False
        same = (now.st_size, now.st_mtime_ns, options, None, str(file.path), file.folder)
        return same == (
            known.size, known.mtime, known.asked, known.done, known.path, known.folder
        )  # fmt: skip

    def _options(self, format: Any, kind: str) -> str:
        options = self._reading.options(format, kind)
        if self._skip_duplicates is None:
            return options
        return json.dumps(json.loads(options) | {"skip_duplicates": self._skip_duplicates})

    def _parts(self, todo: Sequence[tuple[Listed, Source | None]], dry: bool) -> Iterator[Part]:
        for listed, before in todo:
            try:
                if valid_unicode(str(listed.path)) != str(listed.path):
                    raise ValueError("its name is not UTF-8")
                yield from self._parts_of(listed, before if dry else self._now(listed, before), dry)
            except (OSError, ValueError) as error:
                reason = (isinstance(error, OSError) and error.strerror) or str(error)
                shown = listed.name.encode(errors="backslashreplace").decode()
                self.done.skipped.append(SkippedFile(shown, reason))

    def _now(self, listed: Listed, before: Source | None) -> Source | None:
        """What is known of a file: others may have changed that since."""
        with self._opened.reading() as store:
            table = Sources(store.connection)
            known = table.get(str(listed.path))
            return known if known or before is None else table.get(before.path)

    def _parts_of(self, listed: Listed, known: Source | None, dry: bool) -> Iterator[Part]:
        if not stat.S_ISREG(listed.path.stat().st_mode):
            raise ValueError("is not a regular file")  # a pipe would be waited for
        format, kind = taking_up.format_and_kind(listed.path, self._reading.format)
        options = self._options(format, kind)
        snapshot = Snapshot(listed.path)
        same = known is not None and (known.sha256, known.asked) == (snapshot.sha256, options)
        begun = same and known is not None and known.run == 1 and known.done is not None
        status = self.done.new if known is None or begun else self.done.changed
        before = known and (known.asked, known.done, known.sha256.removeprefix(DOUBTED))
        if before == (options, None, snapshot.sha256):
            status = self.done.unchanged
        if dry:
            status.append(listed.name)
            return
        file = File(listed, snapshot, options, known, same, status)
        if same and status is self.done.unchanged:
            self._on_bytes(snapshot.size)
            yield Part(file, 0, [], True)
            return
        first = known.done or 0 if known is not None and same else 0
        held: list[Entry] = []
        place = characters = 0
        for entries in self._checked(snapshot, listed.name, format, kind):
            skip = min(len(entries), max(0, first - place))
            place += len(entries)
            for entry in entries[skip:]:
                if len(held) >= PIECE or characters >= CHARACTERS:  # the last part is not empty
                    yield Part(file, first, held, False)
                    first, held, characters = first + len(held), [], 0
                held.append(entry)
                characters += len(entry.text)
        snapshot.check_unchanged()
        yield Part(file, first, held, True)

    def _checked(
        self, snapshot: Snapshot, name: str, format: Format, kind: str
    ) -> Iterable[list[Entry]]:
        """The records of a file, of which all can be taken up: a large one is read twice.

        ValueError for one that is damaged, or has a field of another type than other records.
        """
        held: list[list[Entry]] | None = []
        if snapshot.data is None or format.compression:
            held = None
        on_bytes = (lambda _: None) if held is None else self._on_bytes
        kinds = dict(self._kinds)
        first = 0
        for part in taking_up.entries(snapshot, name, format, kind, self._reading, on_bytes):
            check_fields(part, kinds, name, first)
            first += len(part)
            if held is not None:
                held.append(part)
        self._kinds = kinds
        if held is not None:
            return held
        return taking_up.entries(snapshot, name, format, kind, self._reading, self._on_bytes)

    # -- writing ---------------------------------------------------------------------------------

    def _delete(self, sources: list[Source]) -> None:
        with self._opened.writing() as change:
            table = Sources(change.store.connection)
            rows = [
                row
                for source in sources
                for row in table.left_over(replace(source, run=source.run + 1))
            ]
            self.done.deleted += change.delete_rows(np.array(sorted(rows), np.int64))
            for source in sources:
                table.remove(source.number)
            if rows:
                table.doubt()

    def _commit(self, group: list[Part]) -> None:
        with self._opened.writing() as change:
            writing = Merging(change, self._waiting)
            for part in group:
                writing.take(part)
            writing.finish(self._skip_duplicates)
        for file in [part.file for part in group if part.last]:
            if file.again:
                self._again.append((file.listed, file.known))
            else:
                file.status.append(file.listed.name)
        self.done.added += writing.added
        self.done.deleted += writing.deleted
        self.done.kept += writing.kept
        self.done.duplicates += change.skipped


def sync(
    opened: Opened,
    paths: Sequence[str | PathLike[str]],
    reading: taking_up.Reading,
    root: str | PathLike[str] | None,
    delete_gone: bool | Literal["all"],
    skip_duplicates: float | None,
    dry_run: bool,
    progress: bool,
) -> Synced:
    """See `Index.sync`."""
    from tqdm import tqdm

    if reading.format is not None:
        check_name(reading.format)
    with opened.reading() as store:
        known = Sources(store.connection).all()
    found = listing(
        paths,
        known,
        root,
        reading.format is not None,
        _is_part_of(opened.path),
        delete_gone is not True,
    )
    total = sum(_size(file.path) for file in found.files)
    hidden = None if progress else True
    bar = tqdm(total=total, unit="B", unit_scale=True, delay=1, leave=False, disable=hidden)
    with bar:
        run = Sync(opened, reading, skip_duplicates, bar.update)
        run.run(found, known, bool(delete_gone), dry_run)
    return run.done


def _is_part_of(index: Path | None) -> Callable[[Path], bool]:
    """Whether a file is the index itself, or one beside it that SQLite makes."""
    if index is None:
        return lambda path: False
    whole = os.path.realpath(index)
    return lambda path: os.path.realpath(path) in {whole, f"{whole}-wal", f"{whole}-shm"}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
