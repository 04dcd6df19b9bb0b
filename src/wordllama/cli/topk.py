"""`wordllama topk`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from typer import Option

from wordllama import kernel
from wordllama.cli.bundles import MODEL_OPTIONS, READING, WRITING, ModelOptions, Reading, Writing
from wordllama.cli.corpus import Corpus, corpus
from wordllama.cli.options import OneQuery, Output, ScoreName, StoredVectors, Texts
from wordllama.cli.stored_vectors import embedded
from wordllama.files import Batch, concat

if TYPE_CHECKING:
    from wordllama import WordLlama


def command(
    query: OneQuery = None,
    texts: Texts = None,
    k: Annotated[int, Option("--k", "-k", min=1, help="How many texts for each query.")] = 3,
    queries: Annotated[
        list[str] | None,
        Option("--queries", "-q", help="A file of queries; all arguments are then texts."),
    ] = None,
    score: ScoreName = "score",
    output: Output = None,
    stored: StoredVectors = None,
    reading: Reading = READING,
    writing: Writing = WRITING,
    model: ModelOptions = MODEL_OPTIONS,
) -> None:
    """Find the k texts most similar to a query, best first.

    With --queries, for each query in a file.

    \b
    Examples:
      $ wordllama topk "i went to the car" "the shop" "the truck" "the vehicle" -k 1
      0.6175	the vehicle
      $ wordllama topk --queries queries.txt @reviews.jsonl -k 1 --json | jq -r .query
      fast cars
      good food
    """
    if queries:
        texts = [text for text in (query, *(texts or ())) if text is not None]
    elif query is None:
        raise ValueError("topk needs a query, or --queries FILE")
    wl = model.load()
    with (
        reading.records(texts=texts, force=writing.force, model=wl, vectors=stored) as records,
        writing.results(output, records.format()) as out,
    ):
        query_texts = _texts(queries, reading, wl) if queries else [str(query)]
        scores, places = best(wl, query_texts, records.again(), k)
        if scores.size:
            found = records_at(records, places.ravel())
            if queries:
                found = found.add(
                    "query", [text for text in query_texts for _ in range(scores.shape[1])]
                )
            out.write(found.add(score, scores.ravel()))
    if not scores.size:
        sys.exit(1)


def _texts(files: list[str], reading: Reading, wl: WordLlama) -> list[str]:
    with corpus(files=files, otherwise=reading.from_, model=wl) as records:
        return [text for batch in records for text in batch.texts]


def best(
    wl: WordLlama, queries: list[str], records: Corpus, k: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Scores and places in the corpus of the k best records of each query, best first."""
    vectors = wl.embed(queries, norm=not wl.binary)
    scores = np.empty((len(queries), 0), np.float32)
    places = np.empty((len(queries), 0), np.int64)
    start = 0
    for batch in records:
        new, where = kernel.topk(vectors, embedded(wl, batch, records.vectors, norm=True), k)
        scores, places = np.hstack([scores, new]), np.hstack([places, where + start])
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        scores = np.take_along_axis(scores, order, axis=1)
        places = np.take_along_axis(places, order, axis=1)
        start += len(batch)
    return scores, places


def records_at(records: Corpus, places: NDArray[np.int64]) -> Batch:
    """The records of a corpus at these places, in this order; the corpus is read once more."""
    rows = np.unique(places)
    held = []
    start = 0
    for batch in records:
        here = rows[np.searchsorted(rows, start) : np.searchsorted(rows, start + len(batch))]
        if len(here):
            held.append(batch.take(here - start))
        start += len(batch)
    return concat(held).take(np.searchsorted(rows, places))
