"""`wordllama rank`."""

from __future__ import annotations

import sys
from typing import Annotated

import numpy as np
from typer import Context, Option

from wordllama import vectors
from wordllama.cli.corpus import corpus
from wordllama.cli.options import (
    MODEL,
    Binary,
    Column,
    Dim,
    Files,
    Force,
    From,
    Json,
    Model,
    Output,
    Query,
    Rejects,
    Resume,
    ScoreName,
    Texts,
    To,
    load,
)
from wordllama.cli.output import results
from wordllama.cli.streaming import job, stream
from wordllama.files import Batch, concat


def command(
    context: Context,
    query: Query,
    texts: Texts = None,
    file: Files = None,
    sort: Annotated[
        bool, Option("--sort/--no-sort", help="Best first, or in the order of the input.")
    ] = True,
    score: ScoreName = "score",
    output: Output = None,
    force: Force = False,
    column: Column = None,
    from_: From = None,
    to: To = None,
    json: Json = False,
    resume: Resume = False,
    rejects: Rejects = None,
    model: Model = MODEL,
    dim: Dim = None,
    binary: Binary = False,
) -> None:
    """All texts with their similarity to the query, best first.

    Sorting holds all records in memory; --no-sort and the command topk do not.

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
    wl = load(model, dim, binary)
    with (
        corpus(texts, file, column, from_, rejects) as records,
        results(
            output,
            like=records.format(),
            to=to,
            json=json,
            force=force,
            resume=job(context, wl, records) if resume else None,
        ) as out,
    ):
        vector = wl.embed(query)

        def scored(batch: Batch) -> Batch:
            return batch.add(score, vectors.similarity(vector, wl.embed(batch.texts))[0])

        if sort:
            whole = concat([scored(batch) for batch in records])
            count = len(whole)
            if count:
                out.write(whole.take(np.argsort(-np.asarray(whole.added[score]), kind="stable")))
        else:
            count = stream(records, out, scored)
    if not count:
        sys.exit(1)
