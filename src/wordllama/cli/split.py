"""`wordllama split`."""

from __future__ import annotations

from typing import Annotated

from typer import Context, Option

from wordllama.cli.bundles import READING, WRITING, Reading, Writing
from wordllama.cli.options import MODEL, Dim, Input, Model, Out, Resume, Text, load
from wordllama.cli.streaming import job, stream
from wordllama.files import Batch


def command(
    context: Context,
    input: Input = None,
    output: Out = None,
    text: Text = None,
    size: Annotated[
        int, Option("--size", min=1, help="About how many characters a chunk has.")
    ] = 1536,
    reading: Reading = READING,
    writing: Writing = WRITING,
    resume: Resume = False,
    model: Model = MODEL,
    dim: Dim = None,
) -> None:
    """Cut texts into chunks where the topic changes.

    Each chunk is a record. A text file is one text; in other formats, each record is one. The other
    columns are repeated, and `chunk` counts from 0 in each text.

    \b
    Examples:
      $ wordllama split notes/ chunks.jsonl
      $ head -1 chunks.jsonl | jq -r .file
      notes/cars.md
    """
    wl = load(model, dim)
    with (
        reading.records(input, text, force=writing.force) as records,
        writing.results(output, "jsonl", job(context, wl, records) if resume else None) as out,
    ):

        def cut(batch: Batch) -> Batch:
            cuts = [wl.split(whole, target_size=size) for whole in batch.texts]
            numbers = [n for part in cuts for n in range(len(part))]
            return batch.cut(cuts).add("chunk", numbers)

        stream(records.documents(), out, cut)
