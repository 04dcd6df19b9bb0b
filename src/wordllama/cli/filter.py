"""`wordllama filter`."""

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
    Texts,
    To,
    load,
)
from wordllama.cli.output import results
from wordllama.cli.streaming import job, stream
from wordllama.files import Batch


def command(
    context: Context,
    query: Query,
    texts: Texts = None,
    file: Files = None,
    threshold: Annotated[float, Option("--threshold", help="Keep what is above this.")] = 0.3,
    score: Annotated[
        str | None, Option("--score", help="Also write the similarity, as a column of this name.")
    ] = None,
    invert: Annotated[bool, Option("--invert", "-v", help="Keep the others instead.")] = False,
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
    """The texts that are about the query, in their order.

    \b
    Examples:
      $ wordllama filter "i went to the car" "i went to the truck" "i saw a park" --threshold 0.2
      i went to the truck
      $ wordllama filter "a car" @reviews.jsonl --score similarity
      {"id": 3, "text": "The car was fast and cheap", "similarity": 0.6203...}
      $ cat lines.txt | wordllama filter "a car" | head -1
      the vehicle broke down
    """
    if not -1 <= threshold <= 1:
        raise ValueError(f"--threshold must lie between -1 and 1, not {threshold}")
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

        def about(batch: Batch) -> Batch:
            scores = vectors.similarity(vector, wl.embed(batch.texts))[0]
            places = np.flatnonzero((scores > threshold) != invert)
            found = batch.take(places)
            return found.add(score, scores[places]) if score else found

        kept = stream(records, out, about)
    if not kept:
        sys.exit(1)
