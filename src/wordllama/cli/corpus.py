"""What a command reads: texts from its arguments, files, standard input; as often as it needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wordllama.cli.progress import Progress
from wordllama.cli.watch import Watch
from wordllama.files.batch import Batch, of_texts
from wordllama.files.damage import OnDamage, Rejects, refuse
from wordllama.files.line_reading import RECORD_BYTES
from wordllama.files.reading import read_sources
from wordllama.files.sources import STANDARD_INPUT, Source, find, spooled, stream_of

if TYPE_CHECKING:
    from wordllama import WordLlama


@dataclass
class Corpus:
    """Texts from arguments and records from files, in the order they were given."""

    parts: list[Batch | Source]
    column: str | None = None
    on_damage: OnDamage = refuse
    limit: int = RECORD_BYTES
    """Bytes of the longest record."""
    quotes: bool | None = None
    """Whether quote marks in TSV are as in CSV; None: told by the first lines."""
    progress: Progress = field(default_factory=Progress)
    watch: Watch | None = None
    """What looks, the first time that all is read, whether the model reads it."""
    vectors: str | None = None
    """The column that holds the texts' vectors (see `stored_vectors`)."""
    _seen: dict[Source, os.stat_result] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Batch]:
        on_damage, self.on_damage = self.on_damage, _known
        self.progress.begin(sum(part.size for part in self.sources()))
        watch, self.watch = self.watch, None
        for batch in self._batches(on_damage):
            if watch is not None:
                watch.see(batch.texts)
            yield batch
        if watch is not None:
            watch.end()
        self.progress.end()

    def _batches(self, on_damage: OnDamage) -> Iterator[Batch]:
        for part in self.parts:
            if isinstance(part, Batch):
                yield part
                continue
            self._check_unchanged(part)
            batches = read_sources(
                [part],
                column=self.column,
                limit=self.limit,
                quotes=self.quotes,
                on_damage=on_damage,
                on_bytes=self.progress.bytes,
            )
            for batch in batches:
                yield batch
                self.progress.records(len(batch))

    def check_unchanged(self) -> None:
        """OSError if a file is not what it was when this was asked first, or when it was read."""
        for source in self.sources():
            self._check_unchanged(source)

    def _check_unchanged(self, source: Source) -> None:
        """What is read a second time must be what was read first."""
        if source.stream is not None:
            return
        now = source.path.stat()
        before = self._seen.setdefault(source, now)
        if (before.st_size, before.st_mtime_ns) != (now.st_size, now.st_mtime_ns):
            raise OSError(f"{source.name}: the file changed while it was being read")

    def sources(self) -> list[Source]:
        """The files among the parts."""
        return [part for part in self.parts if isinstance(part, Source)]

    def again(self) -> Corpus:
        """The same, able to be read more than once: streams are kept in files."""
        self.parts = [spooled(p) if isinstance(p, Source) else p for p in self.parts]
        return self

    def documents(self) -> Corpus:
        """The same, with each text file as one record."""
        self.parts = [
            replace(part, format=replace(part.format, name="document"))
            if isinstance(part, Source) and part.format.name == "text"
            else part
            for part in self.parts
        ]
        return self

    def format(self) -> str:
        """The format in which results are written where none is asked for."""
        names = {source.format.name for source in self.sources()}
        if not names or names <= {"text"}:
            return "text"
        only = names.pop() if len(names) == 1 else "jsonl"
        return only if only in ("csv", "tsv", "paragraphs") else "jsonl"


def _known(damage: object) -> None:
    """Reported when the records were read first."""


@contextmanager
def corpus(
    texts: Sequence[str] | None = None,
    files: Sequence[str] | None = None,
    column: str | None = None,
    format: str | None = None,
    rejects: Path | None = None,
    *,
    force: bool = False,
    limit: int = RECORD_BYTES,
    otherwise: str | None = None,
    quotes: bool | None = None,
    model: WordLlama | None = None,
    vectors: str | None = None,
) -> Iterator[Corpus]:
    """The corpus that arguments name; with neither texts nor files it is standard input.

    `otherwise` is the format of files whose names tell none. Ends with a line on standard error if
    damaged records were skipped. ValueError if the file for them exists and `force` is not given,
    or if a stream is part of the corpus twice, or of another.
    """
    if rejects is not None and not force and rejects.is_file():
        raise ValueError(f"--rejects {rejects}: the file exists; --force replaces it")
    with ExitStack() as streams:
        parts: list[Batch | Source] = []

        def add(item: str) -> None:
            streams.enter_context(_read_once(item))
            parts.extend(find([item], format, otherwise=otherwise))

        for text in texts or ():
            if text.startswith("@") and not text.startswith("@@"):
                add(text[1:])
                continue
            if _looks_like_a_file(text):
                print(f"note: {text!r} is taken as text; @{text} reads the file", file=sys.stderr)
            parts.append(of_texts([text.removeprefix("@")]))
        for file in files or ():
            add(file)
        if not parts:
            if sys.stdin is None or sys.stdin.isatty():
                raise ValueError("nothing to read: give texts, a file, or standard input")
            add("-")
        watch = Watch(model.encoder) if model is not None and model.check else None
        if rejects is None:
            yield Corpus(
                _joined(parts), column, refuse, limit, quotes, watch=watch, vectors=vectors
            )
            return
        with Rejects(rejects) as skipped:
            yield Corpus(
                _joined(parts), column, skipped, limit, quotes, watch=watch, vectors=vectors
            )
            if skipped.count:
                records = "record" if skipped.count == 1 else "records"
                print(f"{skipped.count} damaged {records} skipped: see {rejects}", file=sys.stderr)


_IN_USE: set[object] = set()
"""The streams of the corpora that are open."""


@contextmanager
def _read_once(item: str) -> Iterator[None]:
    """Refuse a stream that another input is, too: each of the two would get a part of it."""
    stream = stream_of(item)
    if stream is None:
        yield
        return
    if stream in _IN_USE:
        name = STANDARD_INPUT if item == "-" else item
        raise ValueError(
            f"{name}: two inputs are this stream, which can be read only once; "
            "save it to a file, and give that"
        )
    _IN_USE.add(stream)
    try:
        yield
    finally:
        _IN_USE.discard(stream)


def _looks_like_a_file(text: str) -> bool:
    try:
        return len(text) < 256 and Path(text).is_file()
    except (OSError, ValueError):
        return False


def _joined(parts: list[Batch | Source]) -> list[Batch | Source]:
    """Texts in a row become one batch."""
    joined: list[Batch | Source] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Batch) and isinstance(last, Batch):
            joined[-1] = of_texts([*last.texts, *part.texts])
        else:
            joined.append(part)
    return joined
