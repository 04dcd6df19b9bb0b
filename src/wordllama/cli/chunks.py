"""`wordllama chunks`."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from typer import Context, Option

from wordllama import split
from wordllama.cli.bundles import READING, WRITING, Reading, Writing
from wordllama.cli.options import MODEL, Input, Model, Out, Resume, Text, load
from wordllama.cli.streaming import job, stream
from wordllama.files import Batch


def command(
    context: Context,
    input: Input = None,
    output: Out = None,
    text: Text = None,
    limit: Annotated[int, Option("--limit", help="The most units in a chunk.")] = split.LIMIT,
    unit: Annotated[str, Option("--unit", help="The unit: characters or tokens.")] = "characters",
    overlap: Annotated[
        int, Option("--overlap", help="Repeat at most this many units of the chunk before.")
    ] = 0,
    kind: Annotated[
        str, Option("--kind", help="text, markdown, code, or auto to tell which.")
    ] = "auto",
    topics: Annotated[
        bool,
        Option("--topics", help="End chunks where the topic changes, not where they are full."),
    ] = False,
    repeat_header: Annotated[
        bool,
        Option(
            "--repeat-header",
            help="Put a Markdown table's header before each chunk that goes on with it.",
        ),
    ] = False,
    headings: Annotated[
        bool,
        Option("--headings/--no-headings", help="Add the titles over each chunk of Markdown."),
    ] = True,
    reading: Reading = READING,
    writing: Writing = WRITING,
    resume: Resume = False,
    model: Model = MODEL,
) -> None:
    """Cut texts into chunks that never exceed a limit.

    Each chunk is a record. A text file is one text; in other formats, each record is one. The other
    columns are repeated; `start` and `end` are places in the text, `heading` has the titles over
    a chunk of Markdown, and `chunk` counts from 0 in each text; with --repeat-header, `header` is
    what was put before the chunk. Only --unit tokens and --topics need the model.

    \b
    Examples:
      $ wordllama chunks notes/ pieces.jsonl --limit 24
      $ head -2 pieces.jsonl | jq -c '[.file, .chunk, .text]'
      ["notes/cars.md",0,"# Cars\\n\\nCars are fast. "]
      ["notes/cars.md",1,"They need fuel.\\n"]
    """
    options: Any = {"unit": unit, "overlap": overlap, "kind": kind, "repeat_header": repeat_header}
    wl = load(model) if unit == "tokens" or topics else None
    if wl is not None:
        options["count"] = split.TokenCount(wl.encoder)
        options["embed"] = partial(wl.embed, norm=True) if topics else None
    names = ["heading"] if headings and kind in ("auto", "markdown") else []
    names += ["start", "end"]
    names += ["tokens"] if wl is not None else []
    names += ["header"] if repeat_header else []
    with (
        reading.records(input, text, force=writing.force) as records,
        writing.results(output, "jsonl", job(context, wl, records) if resume else None) as out,
    ):

        def cut(batch: Batch) -> Batch:
            cuts = [split.chunks(whole, limit, **options) for whole in batch.texts]
            pieces = batch.cut([[chunk.text for chunk in part] for part in cuts])
            pieces = pieces.add("chunk", [n for part in cuts for n in range(len(part))])
            for name in names:
                pieces = pieces.add(name, [getattr(chunk, name) for part in cuts for chunk in part])
            return pieces

        stream(records.documents(), out, cut)
