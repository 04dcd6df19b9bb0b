"""`wordllama mine`."""

from __future__ import annotations

import sys
from typing import Annotated

from typer import Option

from wordllama import search
from wordllama.cli.bundles import MODEL_OPTIONS, READING, WRITING, ModelOptions, Reading, Writing
from wordllama.cli.corpus_vectors import vectors_of
from wordllama.cli.options import Input, Out, ScoreName, StoredVectors, Text
from wordllama.cli.pairing import paired


def command(
    input: Input = None,
    output: Out = None,
    text: Text = None,
    threshold: Annotated[
        float, Option("--threshold", help="Give pairs with a similarity above this.")
    ] = 0.5,
    k: Annotated[
        int, Option("--k", "-k", min=1, help="At most this many pairs for each record.")
    ] = 10,
    score: ScoreName = "score",
    stored: StoredVectors = None,
    reading: Reading = READING,
    writing: Writing = WRITING,
    model: ModelOptions = MODEL_OPTIONS,
) -> None:
    """Find the most similar pairs of records, best first.

    \b
    Examples:
      $ wordllama mine -t "a red car" -t "the weather" -t "a car that is red"
      0.9827	a red car	a car that is red
      $ wordllama mine reviews.jsonl --json | jq -c '[.id_left, .id_right]'
      [1,2]
    """
    wl = model.load()
    with (
        reading.records(input, text, force=writing.force, model=wl, vectors=stored) as records,
        writing.results(output, records.format()) as out,
    ):
        found = search.mine(vectors_of(wl, records.again()), k, threshold)
        if len(found.left):
            out.write(paired(records, records, found, score))
    if not len(found.left):
        sys.exit(1)
