"""`wordllama representatives`."""

from __future__ import annotations

import sys
from typing import Annotated

from typer import Option

from wordllama import search
from wordllama.cli.bundles import READING, WRITING, Reading, Writing
from wordllama.cli.corpus_vectors import vectors_of
from wordllama.cli.options import MODEL, Check, Dim, Input, Model, Out, StoredVectors, Text, load
from wordllama.cli.topk import records_at


def command(
    input: Input = None,
    output: Out = None,
    text: Text = None,
    n: Annotated[int, Option("--n", "-n", min=1, help="How many records to pick.")] = 10,
    diversity: Annotated[
        float,
        Option(
            "--diversity",
            min=0,
            max=1,
            help="From 0, the most typical, to 1, the most unlike each other.",
        ),
    ] = 0.5,
    query: Annotated[
        str | None, Option("--query", "-q", help="Pick records about this text.")
    ] = None,
    stored: StoredVectors = None,
    reading: Reading = READING,
    writing: Writing = WRITING,
    model: Model = MODEL,
    dim: Dim = None,
    check: Check = True,
) -> None:
    """Pick a few records that represent all.

    They are typical, but unlike each other (maximal marginal relevance; see
    wordllama.search.representatives).

    \b
    Examples:
      $ wordllama representatives -n 2 -t "a red car" -t "a blue car" -t "the weather"
      a blue car
      the weather
    """
    wl = load(model, dim, False)
    wl.check = check
    about = None if query is None else wl.embed(query)[0]
    with (
        reading.records(input, text, force=writing.force, model=wl, vectors=stored) as records,
        writing.results(output, records.format()) as out,
    ):
        vectors = vectors_of(wl, records.again())
        places = search.representatives(vectors, n, diversity, about, progress=True)
        if len(places):
            out.write(records_at(records, places))
    if not len(places):
        sys.exit(1)
