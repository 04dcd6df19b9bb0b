"""`wordllama filter`."""

from __future__ import annotations

import sys
from typing import Annotated

import numpy as np
from typer import Context, Option

from wordllama import vectors
from wordllama.cli.bundles import MODEL_OPTIONS, READING, WRITING, ModelOptions, Reading, Writing
from wordllama.cli.options import Output, Query, Resume, StoredVectors, Texts
from wordllama.cli.stored_vectors import embedded
from wordllama.cli.streaming import job, stream
from wordllama.files import Batch


def command(
    context: Context,
    query: Query,
    texts: Texts = None,
    threshold: Annotated[
        float, Option("--threshold", help="Keep texts with a similarity above this.")
    ] = 0.3,
    score: Annotated[
        str | None, Option("--score", help="Also write the similarity, to a column with this name.")
    ] = None,
    invert: Annotated[bool, Option("--invert", "-v", help="Keep the other texts instead.")] = False,
    output: Output = None,
    stored: StoredVectors = None,
    reading: Reading = READING,
    writing: Writing = WRITING,
    resume: Resume = False,
    model: ModelOptions = MODEL_OPTIONS,
) -> None:
    """Keep the texts that are about the query, in their order.

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
    wl = model.load()
    with (
        reading.records(texts=texts, force=writing.force, model=wl, vectors=stored) as records,
        writing.results(
            output, records.format(), job(context, wl, records) if resume else None
        ) as out,
    ):
        vector = wl.embed(query)

        def about(batch: Batch) -> Batch:
            scores = vectors.similarity(vector, embedded(wl, batch, stored))[0]
            places = np.flatnonzero((scores > threshold) != invert)
            found = batch.take(places)
            return found.add(score, scores[places]) if score else found

        kept = stream(records, out, about)
    if not kept:
        sys.exit(1)
