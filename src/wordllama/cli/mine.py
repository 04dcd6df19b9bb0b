"""`wordllama mine`."""

from __future__ import annotations

import sys
from typing import Annotated

from typer import Option

from wordllama import search
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
    ScoreName,
    Text,
    To,
    load,
    only_one,
)
from wordllama.cli.output import results
from wordllama.cli.pairing import paired


def command(
    input: Input = None,
    output: Out = None,
    text: Text = None,
    file: Files = None,
    threshold: Annotated[float, Option("--threshold", help="Give pairs above this.")] = 0.5,
    k: Annotated[int, Option("--k", "-k", min=1, help="At most this many for a record.")] = 10,
    score: ScoreName = "score",
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
    """The pairs of records that mean the same, the best first.

    \b
    Examples:
      $ wordllama mine -t "a red car" -t "the weather" -t "a car that is red"
      0.9827	a red car	a car that is red
      $ wordllama mine reviews.jsonl --json | jq -c '[.id_left, .id_right]'
      [1,2]
    """
    wl = load(model, dim, binary)
    with (
        corpus(text, only_one(input, file), column, from_, rejects) as records,
        results(output, like=records.format(), to=to, json=json, force=force) as out,
    ):
        found = search.mine(vectors_of(wl, records.again()), k, threshold)
        if len(found.left):
            out.write(paired(records, records, found, score))
    if not len(found.left):
        sys.exit(1)
