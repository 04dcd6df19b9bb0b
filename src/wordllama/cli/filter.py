"""`wordllama filter`."""

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
    Texts,
    To,
    load,
)
from wordllama.cli.output import results


def command(
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
      {"id": 3, "text": "The car was fast and cheap", "similarity": 0.62031305}
      $ cat lines.txt | wordllama filter "a car" | head -1
      the vehicle broke down
    """
    if not -1 <= threshold <= 1:
        raise ValueError(f"--threshold must lie between -1 and 1, not {threshold}")
    wl = load(model, dim, binary)
    kept = 0
    with (
        corpus(texts, file, column, from_, rejects) as records,
        results(output, like=records.format(), to=to, json=json, force=force) as out,
    ):
        vector = wl.embed(query)
        for batch in records:
            scores = vectors.similarity(vector, wl.embed(batch.texts))[0]
            places = np.flatnonzero((scores > threshold) != invert)
            found = batch.take(places)
            if len(found):
                out.write(found.add(score, scores[places]) if score else found)
            kept += len(found)
    if not kept:
        sys.exit(1)
