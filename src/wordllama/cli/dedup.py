"""`wordllama dedup`."""

from __future__ import annotations

import sys
from typing import Annotated

import numpy as np
from typer import Option

from wordllama import dedup
from wordllama.cli.corpus import corpus
from wordllama.cli.embedding import vectors_of
from wordllama.cli.options import (
    MODEL,
    Binary,
    Column,
    Dim,
    Files,
    Force,
    From,
    Input,
    Json,
    Model,
    Out,
    Rejects,
    Text,
    To,
    load,
    only_one,
)
from wordllama.cli.output import results


def command(
    input: Input = None,
    output: Out = None,
    text: Text = None,
    file: Files = None,
    threshold: Annotated[
        float, Option("--threshold", help="A record goes if it is more similar to an earlier one.")
    ] = 0.9,
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
    """The records without near-duplicates of earlier ones.

    \b
    Examples:
      $ wordllama dedup -t "a red car" -t "the weather" -t "a red car!" --threshold 0.8
      a red car
      the weather
      $ wordllama dedup reviews.jsonl kept.parquet
      3 of 4 records kept
    """
    if not -1 <= threshold <= 1:
        raise ValueError(f"--threshold must lie between -1 and 1, not {threshold}")
    wl = load(model, dim, binary)
    with (
        corpus(text, only_one(input, file), column, from_, rejects) as records,
        results(output, like=records.format(), to=to, json=json, force=force) as out,
    ):
        vectors = vectors_of(wl, records.again())
        gone = np.zeros(len(vectors), bool)
        gone[dedup.duplicate_indices(vectors, threshold)] = True
        start = 0
        for batch in records:
            kept = np.flatnonzero(~gone[start : start + len(batch)])
            if len(kept):
                out.write(batch.take(kept))
            start += len(batch)
    if output:
        print(f"{len(gone) - gone.sum():,} of {len(gone):,} records kept", file=sys.stderr)
