"""`wordllama dedup`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import product
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from typer import Option

from wordllama import dedup
from wordllama.cli.bundles import MODEL_OPTIONS, READING, WRITING, ModelOptions, Reading, Writing
from wordllama.cli.corpus import Corpus, corpus
from wordllama.cli.embedding import vectors_of
from wordllama.cli.options import Input, Out, Text
from wordllama.cli.output import results
from wordllama.files import Writer
from wordllama.pairs import approximate
from wordllama.pairs.crowds import best_of_rows, first_of_columns


def command(
    input: Input = None,
    output: Out = None,
    text: Text = None,
    threshold: Annotated[
        float,
        Option(
            "--threshold",
            help="A record goes if it is more similar to an earlier one; 1: if it is the same.",
        ),
    ] = 0.9,
    against: Annotated[
        list[str] | None,
        Option("--against", help="A record also goes if it is that similar to one of this file."),
    ] = None,
    fold: Annotated[
        bool, Option("--fold", help="Do not regard case, width, white space, what is not seen.")
    ] = False,
    duplicates: Annotated[
        str | None,
        Option(
            "--duplicates",
            help="Write the records that go to this file, each with what it duplicates: "
            "duplicate_of (its text), duplicate_at (its place, from 0) and similarity.",
        ),
    ] = None,
    reading: Reading = READING,
    writing: Writing = WRITING,
    model: ModelOptions = MODEL_OPTIONS,
) -> None:
    """The records without near-duplicates of earlier ones.

    The texts of the duplicates are held in memory if --duplicates is asked for; the vectors of all
    records lie in a temporary file.

    \b
    Examples:
      $ wordllama dedup -t "a red car" -t "the weather" -t "a red car!" --threshold 0.8
      a red car
      the weather
      $ wordllama dedup reviews.jsonl kept.parquet --duplicates dups.jsonl --against eval.txt
      2 of 4 records kept
      $ jq -r .duplicate_of dups.jsonl
      The food was wonderful and the waiter kind
      The car was fast and cheap
    """
    if not -1 <= threshold <= 1:
        raise ValueError(f"--threshold must lie between -1 and 1, not {threshold}")
    wl = model.load()
    with (
        reading.records(input, text) as records,
        writing.results(output, records.format()) as out,
        _held_out(against, reading) as held_out,
    ):
        change = dedup.folded if fold else None
        doubles = None
        if dedup.exact_only(threshold):
            own, other = (_digests(each, change) for each in (records, held_out))
            doubles = _same(own, other)
            gone = np.zeros(len(own), bool)
            gone[doubles.place] = True
        else:
            vectors = vectors_of(wl, records.again(), change)
            others = vectors_of(wl, held_out.again(), change) if held_out else vectors[:0]
            gone = _near(vectors, others, threshold)
        _write_kept(records, gone, out)
        if duplicates:
            if doubles is None:
                doubles = _originals(vectors, np.flatnonzero(gone), others, threshold)
            with results(duplicates, like="jsonl", force=writing.force) as second:
                _write_duplicates(records, held_out, doubles, second)
    if output or duplicates:
        print(f"{(~gone).sum():,} of {len(gone):,} records kept", file=sys.stderr)


def _held_out(against: list[str] | None, reading: Reading) -> AbstractContextManager[Corpus | None]:
    if not against:
        return nullcontext()
    return corpus(files=against, limit=reading.max_record, quotes=reading.quotes)


def _near(vectors: NDArray[Any], others: NDArray[Any], threshold: float) -> NDArray[np.bool_]:
    """Whether each record is more similar than the threshold to an earlier one, or to another."""
    gone = np.zeros(len(vectors), bool)
    gone[dedup.duplicate_indices(vectors, threshold)] = True
    for found in approximate.similar_pairs(vectors, threshold, others, needed=best_of_rows):
        gone[found.left] = True
    return gone


def _digests(records: Corpus | None, change: Callable[[str], str] | None) -> NDArray[np.uint64]:
    """What stands for each text: 16 bytes in memory, however long it is."""
    batches = records.again() if records else ()
    texts = (text for batch in batches for text in batch.texts)
    return dedup.digests(texts if change is None else map(change, texts))


def _write_kept(records: Corpus, gone: NDArray[np.bool_], out: Writer) -> None:
    start = 0
    for batch in records:
        kept = np.flatnonzero(~gone[start : start + len(batch)])
        if len(kept):
            out.write(batch.take(kept))
        start += len(batch)


class Doubles(NamedTuple):
    """Records that go: their places, and the place of what each duplicates, and how similar."""

    place: NDArray[np.int64]
    original: NDArray[np.int64]
    score: NDArray[np.float32]
    inside: NDArray[np.bool_]
    """Whether the original is an earlier record of the input; else it is one of --against."""


def _same(own: NDArray[np.uint64], others: NDArray[np.uint64]) -> Doubles:
    """The records that are the same as an earlier one, or else as one of --against."""
    earlier: dedup.Duplicates[int] = dedup.find_duplicates(None, own, 1)
    held_out: dedup.Duplicates[int] = dedup.find_duplicates(None, own, 1, against=(None, others))
    inside = earlier.exact
    place = np.flatnonzero(inside | held_out.exact)
    original = np.where(inside, earlier.match, held_out.match)[place]
    return Doubles(place, original, np.ones(len(place), np.float32), inside[place])


def _originals(
    vectors: NDArray[Any], place: NDArray[np.int64], others: NDArray[Any], threshold: float
) -> Doubles:
    """The first earlier record that each duplicates, or the first of --against.

    Where there are very many records nearly all pairs are looked at, then all for those left over.
    """
    original = np.full(len(place), -1)
    score = np.zeros(len(place), np.float32)
    inside = np.zeros(len(place), bool)
    methods: tuple[approximate.Method, ...] = ("auto", "exact")
    for within, method in product((True, False), methods):
        rest = np.flatnonzero(original < 0)
        source = vectors if within else others
        rows = np.asarray(vectors[place[rest]])
        wanted = partial(
            first_of_columns, threshold=threshold, before=place[rest] if within else None
        )
        for found in approximate.similar_pairs(source, threshold, rows, method, needed=wanted):
            left, right = found.left, rest[found.right]
            better = (original[right] < 0) | (left < original[right])
            if within:
                better &= left < place[right]
            order = np.lexsort((left[better], right[better]))
            changed, first = np.unique(right[better][order], return_index=True)
            original[changed] = left[better][order][first]
            score[changed] = found.score[better][order][first]
            inside[changed] = within
    return Doubles(place, original, score, inside)


def _write_duplicates(
    records: Corpus, held_out: Corpus | None, doubles: Doubles, out: Writer
) -> None:
    texts = _texts_at(records, doubles.original[doubles.inside])
    other = _texts_at(held_out, doubles.original[~doubles.inside]) if held_out else {}
    start = 0
    for batch in records:
        first, last = np.searchsorted(doubles.place, [start, start + len(batch)])
        if first < last:
            here = slice(first, last)
            original = doubles.original[here].tolist()
            inside = doubles.inside[here].tolist()
            gone = batch.take(doubles.place[here] - start)
            of = [(texts if i else other)[n] for n, i in zip(original, inside, strict=True)]
            gone = gone.add("duplicate_of", of).add("duplicate_at", doubles.original[here])
            if held_out:
                gone = gone.add("duplicate_in", ["input" if i else "against" for i in inside])
            out.write(gone.add("similarity", doubles.score[here]))
        start += len(batch)


def _texts_at(records: Corpus, places: NDArray[np.int64]) -> dict[int, str]:
    wanted = np.unique(places)
    texts: dict[int, str] = {}
    start = 0
    for batch in records:
        first, last = np.searchsorted(wanted, [start, start + len(batch)])
        for place in wanted[first:last].tolist():
            texts[place] = batch.texts[place - start]
        start += len(batch)
    return texts
