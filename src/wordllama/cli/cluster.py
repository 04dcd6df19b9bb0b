"""`wordllama cluster`."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from typer import Option

from wordllama import cluster
from wordllama.cli.corpus import corpus
from wordllama.cli.embedding import vectors_of
from wordllama.cli.options import (
    MODEL,
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
    k: Annotated[int, Option("--k", "-k", min=1, help="How many clusters.")] = 8,
    label: Annotated[
        str, Option("--label", help="Name of the column with the labels.")
    ] = "cluster",
    seed: Annotated[int, Option("--seed", help="The same seed gives the same labels.")] = 0,
    force: Force = False,
    column: Column = None,
    from_: From = None,
    to: To = None,
    json: Json = False,
    rejects: Rejects = None,
    model: Model = MODEL,
    dim: Dim = None,
) -> None:
    """The records, each with the number of its k-means cluster.

    \b
    Examples:
      $ wordllama cluster -k 2 -t "a cat" -t "a dog" -t "stock prices" -t "share prices"
      0	a cat
      0	a dog
      1	stock prices
      1	share prices
    """
    wl = load(model, dim)
    with (
        corpus(text, only_one(input, file), column, from_, rejects) as records,
        results(output, like=records.format(), to=to, json=json, force=force) as out,
    ):
        vectors = vectors_of(wl, records.again())
        labels = np.asarray(cluster.kmeans(vectors, k, random_state=seed).labels)
        start = 0
        for batch in records:
            out.write(batch.add(label, labels[start : start + len(batch)]))
            start += len(batch)
