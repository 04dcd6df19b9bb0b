"""`wordllama chunks`."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from typer import Context, Option

from wordllama import split
from wordllama.cli.bundles import READING, WRITING, Reading, Writing
from wordllama.cli.options import MODEL, Input, Model, Out, Resume, Text, load
from wordllama.cli.streaming import job, stream
from wordllama.files.batch import Batch, of_rows


def command(
    context: Context,
    input: Input = None,
    output: Out = None,
    text: Text = None,
    limit: Annotated[int, Option("--limit", help="The most units that a chunk may have.")] = 1000,
    unit: Annotated[str, Option("--unit", help="characters or tokens.")] = "characters",
    overlap: Annotated[
        int, Option("--overlap", help="Units that a chunk repeats of the one before, at most.")
    ] = 0,
    kind: Annotated[str, Option("--kind", help="text, markdown, code, or auto: look.")] = "auto",
    topics: Annotated[
        bool, Option("--topics", help="End chunks where the subject changes, not where full.")
    ] = False,
    reading: Reading = READING,
    writing: Writing = WRITING,
    resume: Resume = False,
    model: Model = MODEL,
) -> None:
    """Texts cut into chunks whose limit always holds.

    Each chunk is a record. A text file is one text; in other formats each record is. The other
    columns are repeated; `start` and `end` are places in the text, `chunk` counts from 0 within
    each text. The model is needed for --unit tokens and --topics only.

    \b
    Examples:
      $ wordllama chunks notes/ pieces.jsonl --limit 24
      $ head -2 pieces.jsonl | jq -c '[.file, .chunk, .text]'
      ["notes/cars.md",0,"# Cars\\n\\nCars are fast. "]
      ["notes/cars.md",1,"They need fuel.\\n"]
    """
    options: Any = {"unit": unit, "overlap": overlap, "kind": kind}
    wl = load(model) if unit == "tokens" or topics else None
    if wl is not None:
        options["count"] = split.TokenCount(wl.encoder)
        options["embed"] = partial(wl.embed, norm=True) if topics else None
    with (
        reading.records(input, text) as records,
        writing.results(output, "jsonl", job(context, wl, records) if resume else None) as out,
    ):

        def cut(batch: Batch) -> Batch:
            rows = [
                {**record, batch.column: chunk.text, "chunk": n, **_place(chunk)}
                for record, whole in zip(batch.records(), batch.texts, strict=True)
                for n, chunk in enumerate(split.chunks(whole, limit, **options))
            ]
            return of_rows(rows, batch.column)

        stream(records.documents(), out, cut)


def _place(chunk: split.Chunk) -> dict[str, int]:
    place = {"start": chunk.start, "end": chunk.end}
    return place if chunk.tokens is None else {**place, "tokens": chunk.tokens}
