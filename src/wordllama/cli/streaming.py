"""One pass over a corpus, a batch at a time, that can go on where a run was interrupted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from typer import Context

from wordllama import __version__, kernel
from wordllama.cli.corpus import Corpus
from wordllama.files import Batch, Finished, Parts, Writer
from wordllama.files.sources import STANDARD_INPUT
from wordllama.modelfiles.tensors import sha256_of

if TYPE_CHECKING:
    from wordllama import WordLlama

ELSEWHERE = {"output", "output_option", "force", "resume", "rejects", "check"}
"""Options that do not change what the records of the output are."""


def stream(records: Corpus, out: Writer, work: Callable[[Batch], Batch]) -> int:
    """Write what `work` makes of each batch that was not done before; the records it made.

    What was done is read again all the same: it may hold damaged records, which are reported.
    """
    if isinstance(out, Finished):
        for _ in records:
            pass
        return out.made
    parts = out if isinstance(out, Parts) else None
    made, skip = (parts.made, parts.done) if parts else (0, 0)
    for batch in records:
        if skip >= len(batch):
            skip -= len(batch)
            continue
        batch = batch.take(range(skip, len(batch))) if skip else batch
        skip = 0
        result = work(batch)
        made += len(result)
        if len(result):
            out.write(result)
        if parts:
            parts.checkpoint(len(batch))
    if skip:
        raise ValueError(f"the input holds {skip:,} records fewer than the interrupted run read")
    if parts:
        records.check_unchanged()
    return made


def job(context: Context, wl: WordLlama | None, records: Corpus) -> dict[str, object]:
    """What makes two runs the same: command, options, model, and what the files hold."""
    sources = records.sources()
    if streams := [source.name for source in sources if source.stream is not None]:
        what = "" if streams[0] == STANDARD_INPUT else ", which is a pipe or a device"
        raise ValueError(f"--resume needs files to read, not {streams[0]}{what}")
    records.check_unchanged()
    options = {
        _label(parameter): str(context.params[str(parameter.name)])
        for parameter in context.command.params
        if parameter.name in context.params.keys() - ELSEWHERE
    }
    hashes = []
    for source in sources:
        with source.path.open("rb") as file:
            hashes.append([source.name, sha256_of(file)])
    return {
        "the version of WordLlama": __version__,
        "the kernel": kernel.name,
        "the command": context.info_name,
        **options,
        "the model": wl and [wl.encoder.sha256, wl.binary, wl.normalize],
        "the input files": hashes,
    }


def _label(parameter: Any) -> str:
    """What an error calls a parameter: its long option, or the argument's name."""
    if parameter.param_type_name == "argument":
        return f"the argument {str(parameter.name).upper()}"
    return str(max(parameter.opts, key=len))
