"""Options that commands share, in bundles: one parameter of a command stands for all of a bundle.

    def command(input: Input = None, reading: Reading = READING, ...) -> None:

has the options `--file`, `--column`, `--from` and more, which come as `reading.file` and so on.
`spreading.spread` makes of it the function with one parameter for each option that typer reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wordllama.cli import options
from wordllama.cli.corpus import Corpus, corpus
from wordllama.cli.options import (
    MODEL,
    Binary,
    Check,
    Column,
    Dim,
    Files,
    Force,
    From,
    Json,
    MaxRecord,
    Model,
    Quotes,
    Rejects,
    To,
)
from wordllama.cli.output import results
from wordllama.files import Writer
from wordllama.files.line_reading import RECORD_BYTES

if TYPE_CHECKING:
    from wordllama import WordLlama


@dataclass(frozen=True)
class Reading:
    """Which records are read, and how."""

    file: Files = None
    column: Column = None
    from_: From = None
    rejects: Rejects = None
    max_record: MaxRecord = RECORD_BYTES
    quotes: Quotes = None

    def records(
        self,
        input: str | None = None,
        texts: Sequence[str] | None = None,
        *,
        force: bool = False,
        model: WordLlama | None = None,
        vectors: str | None = None,
    ) -> AbstractContextManager[Corpus]:
        """The texts, then the records of the positional file and of those of `--file`.

        `force`: the file of `--rejects` may be replaced. `model`: what is said if it does not read
        the records. `vectors`: the column that holds those of the texts.
        """
        return corpus(
            texts,
            options.all_files(input, self.file),
            self.column,
            self.from_,
            self.rejects,
            force=force,
            limit=self.max_record,
            quotes=self.quotes,
            model=model,
            vectors=vectors,
        )


@dataclass(frozen=True)
class Writing:
    """How results are written."""

    force: Force = False
    to: To = None
    json: Json = False

    def results(
        self, output: str | None, like: str, resume: Mapping[str, object] | None = None
    ) -> AbstractContextManager[Writer]:
        """See `output.results`."""
        return results(
            output, like=like, to=self.to, json=self.json, force=self.force, resume=resume
        )


@dataclass(frozen=True)
class ModelOptions:
    """Which model, and what vectors it gives."""

    model: Model = MODEL
    dim: Dim = None
    binary: Binary = False
    check: Check = True

    def load(self) -> WordLlama:
        """See `options.load`."""
        wl = options.load(self.model, self.dim, self.binary)
        wl.check = self.check
        return wl


READING, WRITING, MODEL_OPTIONS = Reading(), Writing(), ModelOptions()
