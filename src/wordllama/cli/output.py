"""Where a command's records go: a file, a pipe, or a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from wordllama.files.batch import Batch, values
from wordllama.files.formats import check_name
from wordllama.files.resume import finished, resumable
from wordllama.files.writing import Writer, write


@contextmanager
def results(
    output: str | None,
    *,
    like: str,
    to: str | None = None,
    json: bool = False,
    force: bool = False,
    resume: Mapping[str, object] | None = None,
) -> Iterator[Writer]:
    """A writer to `output`, or to standard output in the format `like` unless another is asked for.

    On a terminal, text comes with its new columns in colour. ValueError if the file exists. With
    `resume`, what describes the job, results are kept in parts until the end: see `files.Parts`
    and `files.Finished`.
    """
    format = "jsonl" if json else to and check_name(to)
    if json and to not in (None, "jsonl"):
        raise ValueError(f"--json writes jsonl, but --to is {to}: leave one out")
    if output in (None, "-"):
        if resume is not None:
            raise ValueError("--resume needs a file to write")
        if format is None and like == "text" and sys.stdout.isatty():
            yield TerminalWriter()
            return
        with write("-", format or like) as writer:
            yield Flushed(writer)
        return
    path = Path(str(output))
    if resume is not None and (done := finished(path, resume)):
        print(f"{output} was finished before", file=sys.stderr)
        yield done
        return
    if not force and path.is_file():
        raise ValueError(f"{output}: the file exists; --force replaces it")
    if format is None and path.exists() and not path.is_file():
        format = like
    if resume is None:
        with write(path, format) as writer:
            yield writer
        return
    with resumable(path, format, resume) as parts:
        if parts.done:
            print(f"going on after {parts.done:,} records", file=sys.stderr)
        yield parts


class Flushed:
    """Standard output that shows each batch at once to whoever reads it."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def write(self, batch: Batch) -> None:
        """Write one batch."""
        self._writer.write(batch)
        sys.stdout.buffer.flush()

    def close(self) -> None:
        """Nothing is held back."""


class TerminalWriter:
    """Lines for the eye: the new columns in colour, then the text."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False)

    def write(self, batch: Batch) -> None:
        """Write one line a record."""
        from rich.text import Text

        columns = [values(column) for column in batch.added.values()]
        for text, *cells in zip(batch.texts, *columns, strict=True):
            line = Text()
            for cell in cells:
                shown = f"{cell:.4f}" if isinstance(cell, float) else str(cell)
                line.append(shown.rjust(7), style="cyan").append("  ")
            self._console.print(line.append(" ".join(text.split())))

    def close(self) -> None:
        """Nothing is held back."""
