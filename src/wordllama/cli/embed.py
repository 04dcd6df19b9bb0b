"""`wordllama embed`."""

from __future__ import annotations

from typing import Annotated

from typer import Context, Option

from wordllama.cli.corpus import corpus
from wordllama.cli.options import (
    MODEL,
    Binary,
    Column,
    Dim,
    Files,
    Force,
    From,
    Input,
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


def command(
    context: Context,
    input: Input = None,
    output: Out = None,
    text: Text = None,
    file: Files = None,
    norm: Annotated[bool, Option("--norm", help="Vectors of length 1.")] = False,
    vector: Annotated[
        str, Option("--vector", help="Name of the column with the vectors.")
    ] = "vector",
    force: Force = False,
    column: Column = None,
    from_: From = None,
    to: To = None,
    resume: Resume = False,
    rejects: Rejects = None,
    model: Model = MODEL,
    dim: Dim = None,
    binary: Binary = False,
) -> None:
    """The records with their vectors in a new column.

    An output named .npy holds the vectors alone. Without an output: JSON, an object a line.

    \b
    Examples:
      $ wordllama embed reviews.jsonl out.parquet
      $ wordllama embed -t "a car" --dim 64 | jq '.vector | length'
      64
      $ cat lines.txt | wordllama embed - vectors.npy --norm
      $ wordllama embed reviews.jsonl resumed.parquet --resume
    """
    wl = load(model, dim, binary)
    with (
        corpus(text, only_one(input, file), column, from_, rejects) as records,
        results(
            output,
            like="jsonl",
            to=to,
            force=force,
            resume=job(context, wl, records) if resume else None,
        ) as out,
    ):
        stream(records, out, lambda batch: batch.add(vector, wl.embed(batch.texts, norm=norm)))
