"""`wordllama cluster`."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

from typer import Option

from wordllama import cluster
from wordllama.cli.bundles import READING, WRITING, Reading, Writing
from wordllama.cli.corpus_vectors import vectors_of
from wordllama.cli.options import MODEL, Dim, Input, Model, Out, Text, load


def command(
    input: Input = None,
    output: Out = None,
    text: Text = None,
    k: Annotated[
        int | None,
        Option(
            "--k",
            "-k",
            min=1,
            help="The number of clusters (default: the one with the highest silhouette).",
        ),
    ] = None,
    method: Annotated[
        Literal["auto", "kmeans", "minibatch", "density"],
        Option("--method", help="The method; density finds k itself, and labels noise -1."),
    ] = "auto",
    label: Annotated[
        str, Option("--label", help="The name of the column with the cluster's number.")
    ] = "cluster",
    topics: Annotated[
        bool, Option("--topics/--no-topics", help="Print each cluster's words on standard error.")
    ] = True,
    seed: Annotated[
        int, Option("--seed", help="The random seed; the same seed gives the same clusters.")
    ] = 0,
    reading: Reading = READING,
    writing: Writing = WRITING,
    model: Model = MODEL,
    dim: Dim = None,
) -> None:
    """Add to each record the number of its cluster.

    The words of each cluster are printed on standard error.

    The texts are held in memory, but not the other columns.

    \b
    Examples:
      $ wordllama cluster -k 2 -t "a cat" -t "a dog" -t "stock prices" -t "share prices"
        texts   no.  words
            2    0  a, cat, dog
            2    1  prices, share, stock
      0	a cat
      0	a dog
      1	stock prices
      1	share prices
      $ wordllama cluster lines.txt clustered.csv -k 2 --no-topics
    """
    wl = load(model, dim)
    with (
        reading.records(input, text, force=writing.force) as records,
        writing.results(output, records.format()) as out,
    ):
        vectors = vectors_of(wl, records.again())
        texts = [each for batch in records for each in batch.texts]
        found = cluster.find_clusters(
            texts,
            vectors,
            k,
            method,
            embed=lambda words: wl.embed(words, norm=True),
            random_state=seed,
            progress=sys.stderr.isatty(),
        )
        if topics and texts:
            print(found, file=sys.stderr)
        start = 0
        for batch in records:
            out.write(batch.add(label, found.labels[start : start + len(batch)]))
            start += len(batch)
