"""`wordllama dedup`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from typer import Option

from wordllama import dedup
from wordllama.cli.bundles import MODEL_OPTIONS, READING, WRITING, ModelOptions, Reading, Writing
from wordllama.cli.corpus import Corpus, corpus
from wordllama.cli.corpus_vectors import vectors_of
from wordllama.cli.options import Input, Out, StoredVectors, Text
from wordllama.cli.output import results
from wordllama.files import Writer

if TYPE_CHECKING:
    from wordllama import WordLlama


def command(
    input: Input = None,
    output: Out = None,
    text: Text = None,
    threshold: Annotated[
        float,
        Option(
            "--threshold",
            help="Drop a record that is more similar than this to an earlier one; "
            "1 drops only exact copies.",
        ),
    ] = 0.9,
    against: Annotated[
        list[str] | None,
        Option("--against", help="Also drop a record that is that similar to one of this file."),
    ] = None,
    against_column: Annotated[
        str | None,
        Option("--against-column", help="The column in that file (default: as --column)."),
    ] = None,
    fold: Annotated[
        bool, Option("--fold", help="Ignore case, width, white space and invisible characters.")
    ] = False,
    duplicates: Annotated[
        str | None,
        Option(
            "--duplicates",
            help="Write the dropped records to this file, each with what it duplicates: "
            "duplicate_of (the text), duplicate_at (its place, from 0), duplicate_in (input or "
            "against; only with --against) and similarity.",
        ),
    ] = None,
    stored: StoredVectors = None,
    reading: Reading = READING,
    writing: Writing = WRITING,
    model: ModelOptions = MODEL_OPTIONS,
) -> None:
    """Drop records that are near-duplicates of earlier ones.

    Of records in a language that the model does not read, only exact copies go, unless --no-check
    is given.

    The vectors of all records are kept in a temporary file. With --duplicates, the texts of the
    duplicates are held in memory.

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
        reading.records(input, text, force=writing.force, model=wl, vectors=stored) as records,
        writing.results(output, records.format()) as out,
        _held_out(against, against_column, reading, wl, stored) as held_out,
    ):
        change = dedup.folded if fold else None
        originals = None
        left = 0
        if dedup.exact_only(threshold):
            digests, others = (_digests(each, change) for each in (records, held_out))
            originals = dedup.exact_originals(digests, others)
            gone = np.zeros(len(digests), bool)
            gone[originals.row] = True
        else:
            vectors, places, unread = _read(wl, records, change)
            others, other_places, other_unread = vectors[:0], places[:0], unread[:0]
            if held_out:
                others, other_places, other_unread = _read(wl, held_out, change)
            near = np.flatnonzero(dedup.duplicate_flags(vectors, others, threshold))
            gone = np.zeros(len(places) + len(unread), bool)
            gone[places[near]] = True
            silent = np.setdiff1d(dedup.silent(vectors), near)
            alone = np.sort(np.append(places[silent], unread))
            held = np.sort(np.append(other_places[dedup.silent(others)], other_unread))
            if len(alone):
                found = dedup.exact_originals(
                    _digests(records, change)[alone], _digests(held_out, change)[held]
                )
                copies = dedup.placed(found, alone, held)
                gone[copies.row] = True
            left = int((~gone[unread]).sum())
        _write_kept(records, gone, out)
        if duplicates:
            if originals is None:
                originals = dedup.near_originals(vectors, near, others, threshold)
                originals = dedup.placed(originals, places, other_places)
                originals = dedup.merged(originals, copies) if len(alone) else originals
            with results(duplicates, like="jsonl", force=writing.force) as second:
                _write_duplicates(records, held_out, originals, second)
    if left:
        print(
            f"{left:,} records kept as the model does not read them; "
            "--no-check compares them like any other",
            file=sys.stderr,
        )
    if output or duplicates:
        print(f"{(~gone).sum():,} of {len(gone):,} records kept", file=sys.stderr)


def _held_out(
    against: list[str] | None,
    column: str | None,
    reading: Reading,
    wl: WordLlama,
    stored: str | None,
) -> AbstractContextManager[Corpus | None]:
    if not against:
        if column is not None:
            raise ValueError("--against-column names a column of the file that --against names")
        return nullcontext()
    return corpus(
        files=against,
        column=column or reading.column,
        limit=reading.max_record,
        otherwise=reading.from_,
        quotes=reading.quotes,
        model=wl,
        vectors=stored,
    )


def _read(
    wl: WordLlama, records: Corpus, change: Callable[[str], str] | None
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
    """The vectors of the texts that the model reads, their places, and those of the others."""
    masks: list[NDArray[np.bool_]] = []
    vectors = vectors_of(wl, records.again(), change, masks if wl.check else None)
    if not wl.check:
        return vectors, np.arange(len(vectors)), np.empty(0, np.int64)
    unread = np.concatenate([*masks, np.zeros(0, bool)])
    return vectors, np.flatnonzero(~unread), np.flatnonzero(unread)


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


def _write_duplicates(
    records: Corpus, held_out: Corpus | None, originals: dedup.Originals, out: Writer
) -> None:
    texts = _texts_at(records, originals.original[originals.inside])
    other = _texts_at(held_out, originals.original[~originals.inside]) if held_out else {}
    start = 0
    for batch in records:
        first, last = np.searchsorted(originals.row, [start, start + len(batch)])
        if first < last:
            here = slice(first, last)
            original = originals.original[here].tolist()
            inside = originals.inside[here].tolist()
            gone = batch.take(originals.row[here] - start)
            of = [(texts if i else other)[n] for n, i in zip(original, inside, strict=True)]
            gone = gone.add("duplicate_of", of).add("duplicate_at", originals.original[here])
            if held_out:
                gone = gone.add("duplicate_in", ["input" if i else "against" for i in inside])
            out.write(gone.add("similarity", originals.score[here]))
        start += len(batch)


def _texts_at(records: Corpus, places: NDArray[np.int64]) -> dict[int, str]:
    rows = np.unique(places)
    texts: dict[int, str] = {}
    start = 0
    for batch in records:
        first, last = np.searchsorted(rows, [start, start + len(batch)])
        for row in rows[first:last].tolist():
            texts[row] = batch.texts[row - start]
        start += len(batch)
    return texts
