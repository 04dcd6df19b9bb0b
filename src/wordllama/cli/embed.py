"""`wordllama embed`."""

from __future__ import annotations

from typing import Annotated

from typer import Context, Option

from wordllama.cli.bundles import MODEL_OPTIONS, READING, WRITING, ModelOptions, Reading, Writing
from wordllama.cli.options import Input, Out, Resume, Text
from wordllama.cli.stored_vectors import claim
from wordllama.cli.streaming import job, stream
from wordllama.files import Batch


def command(
    context: Context,
    input: Input = None,
    output: Out = None,
    text: Text = None,
    norm: Annotated[bool, Option("--norm", help="Scale vectors to length 1.")] = False,
    vector: Annotated[
        str, Option("--vector", help="The name of the column with the vectors.")
    ] = "vector",
    reading: Reading = READING,
    writing: Writing = WRITING,
    resume: Resume = False,
    model: ModelOptions = MODEL_OPTIONS,
) -> None:
    """Add to each record the vector of its text.

    An output named .npy holds only the vectors. Parquet and Arrow files also say which model made
    them, so that other commands can use them. Without an output, JSONL is printed.

    \b
    Examples:
      $ wordllama embed reviews.jsonl out.parquet
      $ wordllama embed -t "a car" --dim 64 | jq '.vector | length'
      64
      $ cat lines.txt | wordllama embed - vectors.npy --norm
      $ wordllama embed reviews.jsonl resumed.parquet --resume
    """
    wl = model.load()
    with (
        reading.records(input, text, force=writing.force, model=wl) as records,
        writing.results(output, "jsonl", job(context, wl, records) if resume else None) as out,
    ):

        def embedded(batch: Batch) -> Batch:
            made = wl.embed(batch.texts, norm=norm)
            return batch.add(vector, made, claim(wl, batch, vector))

        stream(records, out, embedded)
