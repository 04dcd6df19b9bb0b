"""One pass over a corpus, a batch at a time, that can go on where a run was interrupted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from typer import Context

from wordllama.cli.corpus import Corpus
from wordllama.files import Batch, Parts, Writer
from wordllama.files.sources import STDIN

if TYPE_CHECKING:
    from wordllama import WordLlama

ELSEWHERE = {"output", "force", "resume", "rejects"}
"""Options that do not change what the records of the output are."""


def stream(records: Corpus, out: Writer, work: Callable[[Batch], Batch]) -> int:
    """Write what `work` makes of each batch that was not done before; the records it made."""
    parts = out if isinstance(out, Parts) else None
    made = parts.made if parts else 0
    skip = parts.done if parts else 0
    for batch in records:
        if skip >= len(batch):
            skip -= len(batch)
            continue
        result = work(batch)
        made += len(result)
        if len(result):
            out.write(result)
        if parts:
            parts.checkpoint(len(batch))
    return made


def job(context: Context, wl: WordLlama | None, records: Corpus) -> dict[str, object]:
    """What makes two runs the same: command, options, model, and the files with their times."""
    sources = records.sources()
    if any(source.path == STDIN for source in sources):
        raise ValueError("--resume needs files to read, not standard input")
    options = {name: str(v) for name, v in context.params.items() if name not in ELSEWHERE}
    probe = wl.embed(["the same model gives the same vector"]).tobytes() if wl else b""
    return {
        "command": context.info_name,
        **options,
        "model's vectors": hashlib.sha256(probe).hexdigest(),
        "input files": [[s.name, s.size, s.path.stat().st_mtime_ns] for s in sources],
    }
