"""`wordllama split`."""

from __future__ import annotations

from typing import Annotated

from typer import Context, Option

from wordllama.cli.corpus import corpus
from wordllama.cli.options import (
    MODEL,
    Column,
    Dim,
    Files,
    Force,
    From,
    Input,
    Json,
    Model,
    Out,
    Rejects,
    Resume,
    Text,
    To,
    load,
    only_one,
)
from wordllama.cli.output import results
from wordllama.cli.streaming import job, stream
from wordllama.files.batch import Batch, of_rows


def command(
    context: Context,
    input: Input = None,
    output: Out = None,
    text: Text = None,
    file: Files = None,
    size: Annotated[
        int, Option("--size", min=1, help="Characters that a chunk has, about.")
    ] = 1536,
    force: Force = False,
    column: Column = None,
    from_: From = None,
    to: To = None,
    json: Json = False,
    resume: Resume = False,
    rejects: Rejects = None,
    model: Model = MODEL,
    dim: Dim = None,
) -> None:
    """Texts cut into chunks that each stay with one matter.

    Each chunk is a record. A text file is one text; in other formats each record is. The other
    columns are repeated, and `chunk` counts from 0 within each text.

    \b
    Examples:
      $ wordllama split notes/ chunks.jsonl
      $ head -1 chunks.jsonl | jq -r .file
      notes/cars.md
    """
    wl = load(model, dim)
    with (
        corpus(text, only_one(input, file), column, from_, rejects) as records,
        results(
            output,
            like="jsonl",
            to=to,
            json=json,
            force=force,
            resume=job(context, wl, records) if resume else None,
        ) as out,
    ):

        def cut(batch: Batch) -> Batch:
            rows = [
                {**record, "chunk": n, batch.column: chunk}
                for record, whole in zip(batch.records(), batch.texts, strict=True)
                for n, chunk in enumerate(wl.split(whole, target_size=size))
            ]
            return of_rows(rows, batch.column)

        stream(records.documents(), out, cut)
