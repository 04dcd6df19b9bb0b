"""Options that commands share, in bundles: one parameter of a command stands for all of a bundle.

    def command(input: Input = None, reading: Reading = READING, ...) -> None:

has the options `--file`, `--column`, `--from` and more, which come as `reading.file` and so on.
`spread` makes of it the function with one parameter for each option that typer reads.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, get_type_hints

from wordllama.cli import options
from wordllama.cli.apart import check_apart
from wordllama.cli.corpus import Corpus, corpus
from wordllama.cli.options import (
    MODEL,
    Binary,
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
    ) -> AbstractContextManager[Corpus]:
        """The texts, then the records of the positional file and of those of `--file`.

        `force`: the file of `--rejects` may be replaced.
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

    def load(self) -> WordLlama:
        """See `options.load`."""
        return options.load(self.model, self.dim, self.binary)


READING, WRITING, MODEL_OPTIONS = Reading(), Writing(), ModelOptions()


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """The command with each bundle's options in the bundle's place; its files must be different."""
    parameters: list[inspect.Parameter] = []
    bundles: dict[str, Any] = {}
    annotations = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        kind = annotations[name]
        if not is_dataclass(kind):
            parameters.append(_option(name, parameter.default, kind))
            continue
        bundles[name] = kind
        kinds = get_type_hints(kind, include_extras=True)
        parameters += [_option(f.name, f.default, kinds[f.name]) for f in fields(kind)]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        check_apart(given)
        for name, bundle in bundles.items():
            given[name] = bundle(**{f.name: given.pop(f.name) for f in fields(bundle)})
        command(**given)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {option.name: option.annotation for option in parameters}
    return run


def _option(name: str, default: Any, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )
