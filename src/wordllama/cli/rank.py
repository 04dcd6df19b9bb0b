"""`wordllama rank`."""

from __future__ import annotations

import sys
from typing import Annotated

import numpy as np
from typer import Option

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
    ScoreName,
    Texts,
    To,
    load,
)
from wordllama.cli.output import results
from wordllama.files import concat


def command(
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
    wl = load(model, dim, binary)
    count = 0
    with (
        corpus(texts, file, column, from_, rejects) as records,
        results(output, like=records.format(), to=to, json=json, force=force) as out,
    ):
        vector = wl.embed(query)
        held = []
        for batch in records:
            scores = vectors.similarity(vector, wl.embed(batch.texts))[0]
            scored = batch.add(score, scores)
            count += len(batch)
            if sort:
                held.append(scored)
            else:
                out.write(scored)
        if held:
            whole = concat(held)
            out.write(whole.take(np.argsort(-np.asarray(whole.added[score]), kind="stable")))
    if not count:
        sys.exit(1)
