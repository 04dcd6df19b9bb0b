"""`wordllama outliers`."""

from __future__ import annotations

import sys
from typing import Annotated

import numpy as np
from typer import Option

from wordllama import search
from wordllama.cli.bundles import MODEL_OPTIONS, READING, WRITING, ModelOptions, Reading, Writing
from wordllama.cli.corpus_vectors import vectors_of
from wordllama.cli.options import Input, Out, StoredVectors, Text
from wordllama.cli.topk import records_at


def command(
    input: Input = None,
    output: Out = None,
    text: Text = None,
    threshold: Annotated[
        float, Option("--threshold", help="Give records with at least this probability.")
    ] = 0.5,
    k: Annotated[
        int, Option("--k", "-k", min=1, help="The number of neighbours to compare with.")
    ] = 20,
    sample: Annotated[
        int,
        Option(
            "--sample", min=2, help="Look for neighbours among so many records, drawn at random."
        ),
    ] = search.SAMPLE,
    score: Annotated[
        str, Option("--score", help="The name of the column with the probability.")
    ] = "outlier",
    stored: StoredVectors = None,
    reading: Reading = READING,
    writing: Writing = WRITING,
    model: ModelOptions = MODEL_OPTIONS,
) -> None:
    """Find the records that are least like the others.

    The probability is LoOP's (see wordllama.search.outlier_scores). The time grows with the square
    of the number of records, up to --sample.

    \b
    Examples:
      $ wordllama outliers -k 2 -t "a red car" -t "a blue car" -t "the red car" \\
          -t "my blue car" -t "a green car" -t "soup with bread"
      0.5186	soup with bread
    """
    wl = model.load()
    with (
        reading.records(input, text, force=writing.force, model=wl, vectors=stored) as records,
        writing.results(output, records.format()) as out,
    ):
        scores = search.outlier_scores(
            vectors_of(wl, records.again()), k, sample=sample, progress=True
        )
        order = np.argsort(-scores, kind="stable")
        places = order[scores[order] >= threshold]
        if len(places):
            out.write(records_at(records, places).add(score, scores[places]))
    if not len(places):
        sys.exit(1)
