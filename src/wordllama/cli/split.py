"""`wordllama split`."""

from __future__ import annotations

from typing import Annotated

from typer import Option

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
    Text,
    To,
    load,
    only_one,
)
from wordllama.cli.output import results
from wordllama.files.batch import Batch, Dicts


def command(
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
    rejects: Rejects = None,
    model: Model = MODEL,
    dim: Dim = None,
) -> None:
    """Texts cut into chunks that each stay with one matter, a record a chunk.

    A text file is one text; in other formats each record is. The other columns are repeated, and
    `chunk` counts from 0 within each text.

    \b
    Examples:
      $ wordllama split notes/ chunks.jsonl
      $ head -1 chunks.jsonl | jq -r .file
      notes/cars.md
    """
    wl = load(model, dim)
    with (
        corpus(text, only_one(input, file), column, from_, rejects) as records,
        results(output, like="jsonl", to=to, json=json, force=force) as out,
    ):
        for batch in records.documents():
            for record, whole in zip(batch.records(), batch.texts, strict=True):
                chunks = wl.split(whole, target_size=size)
                out.write(_chunks(record, batch.column, chunks))


def _chunks(record: dict[str, object], column: str, chunks: list[str]) -> Batch:
    rows = [{**record, "chunk": n, column: chunk} for n, chunk in enumerate(chunks)]
    return Batch(chunks, Dicts(rows), column=column)
