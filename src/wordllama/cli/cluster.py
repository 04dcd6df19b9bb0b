"""`wordllama cluster`."""

from __future__ import annotations

import sys
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, Literal

from typer import Option

from wordllama import cluster
from wordllama.cli.bundles import READING, WRITING, Reading, Writing
from wordllama.cli.corpus_vectors import vectors_of
from wordllama.cli.options import MODEL, Check, Dim, Input, Model, Out, StoredVectors, Text, load
from wordllama.cli.output import results
from wordllama.files.batch import Batch, Dicts


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
        Option(
            "--method",
            help="The method; density finds k itself and labels noise -1 (extra [cluster]).",
        ),
    ] = "auto",
    min_size: Annotated[
        int | None,
        Option(
            "--min-size",
            min=2,
            help="The fewest texts of a cluster that --method density finds (default: 10, or a "
            "thousandth of the texts).",
        ),
    ] = None,
    reduce: Annotated[
        Literal["pca", "umap"], Option("--reduce", help="What comes before density.")
    ] = "pca",
    label: Annotated[
        str, Option("--label", help="The name of the column with the cluster's number.")
    ] = "cluster",
    words_column: Annotated[
        str, Option("--words", help="The name of the column with the cluster's words.")
    ] = "cluster_words",
    topics_file: Annotated[
        Path | None,
        Option("--topics", help="Write the clusters, with words and central texts, to this file."),
    ] = None,
    no_topics: Annotated[
        bool, Option("--no-topics", help="Neither print the clusters nor add their words.")
    ] = False,
    seed: Annotated[
        int, Option("--seed", help="The random seed; the same seed gives the same clusters.")
    ] = 0,
    stored: StoredVectors = None,
    reading: Reading = READING,
    writing: Writing = WRITING,
    model: Model = MODEL,
    dim: Dim = None,
    check: Check = True,
) -> None:
    """Add to each record the number of its cluster, and the cluster's words.

    The clusters are printed on standard error.

    The texts are held in memory, but not the other columns.

    \b
    Examples:
      $ wordllama cluster -k 2 -t "a cat" -t "a dog" -t "stock prices" -t "share prices"
        texts   no.  words
            2    0  a, cat, dog
            2    1  prices, share, stock
      0	a, cat, dog	a cat
      0	a, cat, dog	a dog
      1	prices, share, stock	stock prices
      1	prices, share, stock	share prices
      $ wordllama cluster lines.txt clustered.csv -k 2 --topics clusters.csv
        texts   no.  words
            2    0  broke, down, garage, in, is, truck
            1    1  cold, soup, was, the
    """
    if no_topics and topics_file:
        raise ValueError("--no-topics leaves nothing to write to the file of --topics")
    wl = load(model, dim)
    wl.check = check
    with (
        reading.records(input, text, force=writing.force, model=wl, vectors=stored) as records,
        writing.results(output, records.format()) as out,
        nullcontext()
        if topics_file is None
        else results(str(topics_file), like="jsonl", force=writing.force) as table,
    ):
        vectors = vectors_of(wl, records.again())
        texts = []
        for batch in records:
            for name in [label] if no_topics else [label, words_column]:
                batch.add(name, [])  # says before the work if there is such a column
            texts += batch.texts
        with warnings.catch_warnings(record=True) as said:
            found = cluster.find_clusters(
                texts,
                vectors,
                k,
                method,
                embed=lambda words: wl.embed(words, norm=True),
                min_cluster_size=min_size,
                reduce=reduce,
                random_state=seed,
                progress=sys.stderr.isatty(),
            )
        for warning in said:
            print(f"wordllama: {warning.message}", file=sys.stderr)
        if texts and not no_topics:
            if found.curve and len(found.curve) > 1:
                print(_choice(found), file=sys.stderr)
            print(found, file=sys.stderr)
        words = {each: ", ".join(found.typical.get(each, [])[:6]) for each in range(-1, found.k)}
        start = 0
        for batch in records:
            labels = found.labels[start : start + len(batch)]
            batch = batch.add(label, labels)
            if not no_topics:
                batch = batch.add(words_column, [words[each] for each in labels.tolist()])
            out.write(batch)
            start += len(batch)
        if table is not None:
            rows = _rows(found)
            table.write(Batch([each["words"] for each in rows], Dicts(rows), column="words"))


def _choice(found: cluster.Clusters) -> str:
    assert found.curve is not None  # it was made to choose k
    return (
        f"{found.k} clusters: the highest silhouette ({found.curve[found.k]:.3f}) of "
        f"{len(found.curve)} numbers from {min(found.curve)} to {max(found.curve)}"
    )


def _rows(found: cluster.Clusters) -> list[dict[str, Any]]:
    return [
        {
            "cluster": each["label"],
            "size": each["size"],
            "words": ", ".join(each["typical"]),
            "near": ", ".join(each["near"]),
            "central": each["central"],
        }
        for each in found.to_dict()["clusters"]
    ]
