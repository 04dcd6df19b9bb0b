"""`wordllama rank`."""

from __future__ import annotations

import sys
from typing import Annotated

import numpy as np
from typer import Context, Option

from wordllama import vectors
from wordllama.cli.bundles import MODEL_OPTIONS, READING, WRITING, ModelOptions, Reading, Writing
from wordllama.cli.options import Output, Query, Resume, ScoreName, StoredVectors, Texts
from wordllama.cli.stored_vectors import embedded
from wordllama.cli.streaming import job, stream
from wordllama.files import Batch, concat


def command(
    context: Context,
    query: Query,
    texts: Texts = None,
    sort: Annotated[
        bool, Option("--sort/--no-sort", help="Best first, or in the order of the input.")
    ] = True,
    score: ScoreName = "score",
    output: Output = None,
    stored: StoredVectors = None,
    reading: Reading = READING,
    writing: Writing = WRITING,
    resume: Resume = False,
    model: ModelOptions = MODEL_OPTIONS,
) -> None:
    """Rank texts by their similarity to a query, best first.

    Sorting holds all records in memory; --no-sort and topk do not.

    \b
    Examples:
      $ wordllama rank "i went to the car" "i went to the shop" "i went to the truck"
      0.2833	i went to the truck
      0.1973	i went to the shop
      $ wordllama rank "a car" @reviews.jsonl --no-sort | jq -r .id | head -1
      1
    """
    if resume and sort:
        raise ValueError("--resume goes with --no-sort: what is best is known at the end only")
    wl = model.load()
    with (
        reading.records(texts=texts, force=writing.force, model=wl, vectors=stored) as records,
        writing.results(
            output, records.format(), job(context, wl, records) if resume else None
        ) as out,
    ):
        vector = wl.embed(query)

        def scored(batch: Batch) -> Batch:
            return batch.add(score, vectors.similarity(vector, embedded(wl, batch, stored))[0])

        if sort:
            whole = concat([scored(batch) for batch in records])
            count = len(whole)
            if count:
                out.write(whole.take(np.argsort(-np.asarray(whole.added[score]), kind="stable")))
        else:
            count = stream(records, out, scored)
    if not count:
        sys.exit(1)
