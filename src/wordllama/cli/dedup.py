"""`wordllama dedup`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from typer import Option

from wordllama import dedup
from wordllama.cli.bundles import MODEL_OPTIONS, READING, WRITING, ModelOptions, Reading, Writing
from wordllama.cli.corpus import Corpus, corpus
from wordllama.cli.duplicates import Side, equal, least_similar, write_duplicates, write_kept
from wordllama.cli.options import Input, Out, StoredVectors, Text
from wordllama.cli.output import results
from wordllama.cli.stored_vectors import NONE
from wordllama.pairs.approximate import Method

if TYPE_CHECKING:
    from wordllama import WordLlama

Keep = Literal["first", "longest"]


def command(
    input: Input = None,
    output: Out = None,
    text: Text = None,
    threshold: Annotated[
        float | None,
        Option(
            "--threshold",
            help="Drop a record that is more similar than this to one that is kept; "
            "1 drops only exact copies (default: 0.9, or that of --matches).",
        ),
    ] = None,
    target: Annotated[
        int | None,
        Option("--target", min=1, help="Keep at most so many records: the threshold follows."),
    ] = None,
    columns: Annotated[
        str | None,
        Option("--columns", help="Compare several columns, as in question,answer, by their mean."),
    ] = None,
    against: Annotated[
        list[str] | None,
        Option("--against", help="Also drop a record that is that similar to one of this file."),
    ] = None,
    against_column: Annotated[
        str | None,
        Option("--against-column", help="The column in that file (default: as --column)."),
    ] = None,
    against_only: Annotated[
        bool, Option("--against-only", help="Compare only with that file, not the records.")
    ] = False,
    fold: Annotated[
        bool, Option("--fold", help="Ignore case, width, white space and invisible characters.")
    ] = False,
    keep: Annotated[Keep, Option("--keep", help="Which duplicate to keep.")] = "first",
    chain: Annotated[
        bool,
        Option("--chain", help="Also drop a record that is only like one that is dropped itself."),
    ] = False,
    method: Annotated[
        Method, Option("--method", help="Compare all pairs, or find nearly all of them.")
    ] = "auto",
    groups: Annotated[
        bool,
        Option(
            "--groups",
            help="Drop nothing: write all records, with duplicate_group (the place of the record "
            "that is kept for it) and kept.",
        ),
    ] = False,
    duplicates: Annotated[
        str | None,
        Option(
            "--duplicates",
            help="Write the dropped records to this file, each with what is kept for it: "
            "duplicate_of (the text), duplicate_at (its place, from 0), duplicate_id, duplicate_in "
            "(input or against; only with --against), similarity, duplicate_exact and "
            "duplicate_group.",
        ),
    ] = None,
    stored: StoredVectors = None,
    id: Annotated[
        str | None,
        Option("--id", help="The column for duplicate_id (default: id, if there is one)."),
    ] = None,
    least: Annotated[
        int, Option("--least", min=0, help="Show so many of the least similar duplicates.")
    ] = 0,
    save_matches: Annotated[
        Path | None,
        Option("--save-matches", help="Write what another threshold needs to this file."),
    ] = None,
    matches: Annotated[
        Path | None,
        Option("--matches", help="Read what --save-matches wrote, and compare nothing again."),
    ] = None,
    reading: Reading = READING,
    writing: Writing = WRITING,
    model: ModelOptions = MODEL_OPTIONS,
) -> None:
    """Drop records that are near-duplicates of records that are kept.

    Of records in a language that the model does not read, only exact copies go, unless --no-check
    is given.

    The vectors of all texts are kept in a temporary file. With --duplicates, the texts that
    are kept for others are held in memory.

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
    names = _columns(columns, reading, against_column)
    if threshold is not None and not -1 <= threshold <= 1:
        raise ValueError(f"--threshold must lie between -1 and 1, not {threshold}")
    if against_only and not against:
        raise ValueError("--against-only needs the other file: --against FILE")
    if id is not None and not duplicates:
        raise ValueError("--id names a column for the file that --duplicates writes")
    if save_matches is not None and not writing.force and save_matches.is_file():
        raise ValueError(f"--save-matches {save_matches}: the file exists; --force replaces it")
    if stored not in (None, NONE) and (fold or names):
        raise ValueError(
            f"--vectors {stored}: what is stored is of one column's texts as they are, not of "
            f"{'folded texts' if fold else 'several columns'}; leave --vectors out"
        )
    if names:
        reading = replace(reading, column=names[0])
    saved = None if matches is None else dedup.read_matches(matches)
    copies_only = target is None and threshold is not None and dedup.exact_only(threshold)
    wl = None if saved or copies_only else model.load()
    settings = {
        "columns": names,
        "fold": fold,
        "keep": keep,
        "chain": chain,
        "against_only": against_only,
        "model": model.model,
        "dim": model.dim,
        "binary": model.binary,
        "check": model.check,
    }
    with (
        reading.records(input, text, force=writing.force, model=wl, vectors=stored) as records,
        writing.results(output, records.format()) as out,
        _held_out(against, against_column, reading, wl, stored) as held_out,
    ):
        ours = Side(records, names, fold, wl)
        others = Side(held_out, names, fold, wl) if held_out else None
        if saved is None:
            found, threshold = _matches(ours, others, settings, threshold, target, method)
        else:
            saved.check_settings(settings)
            saved.check_texts(ours.digests, others.digests if others else None)
            found = saved.matches
            threshold = found.threshold if threshold is None else threshold
            if threshold < found.threshold:
                raise ValueError(
                    f"--threshold must be at least {found.threshold}, that of {matches}, "
                    f"not {threshold}; compare again for a lower one"
                )
            if target is not None:
                threshold = dedup.threshold_for(found, threshold, target)
        decision = dedup.decided(found, threshold)
        lines = least_similar(records, held_out, decision, least) if least else []
        if duplicates:
            with results(duplicates, like="jsonl", force=writing.force) as second:
                write_duplicates(records, held_out, decision, id, second)
        if save_matches is not None:
            other_digests = others.digests if others else None
            dedup.save_matches(save_matches, found, ours.digests, other_digests, settings)
        write_kept(records, decision, out, groups)
    unread = (
        0 if found.unread is None else int((decision.match[found.order] < 0)[found.unread].sum())
    )
    if unread:
        print(
            f"{unread:,} records kept as the model does not read them; "
            "--no-check compares them like any other",
            file=sys.stderr,
        )
    if output or duplicates or target is not None:
        kept = int((decision.match < 0).sum())
        at = f" at a threshold of {threshold:g}" if target is not None else ""
        print(f"{kept:,} of {len(ours):,} records kept{at}", file=sys.stderr)
    for line in lines:
        print(line, file=sys.stderr)


def _columns(columns: str | None, reading: Reading, against_column: str | None) -> list[str] | None:
    if columns is None:
        return None
    names = columns.split(",")
    if not all(names) or len(set(names)) < len(names):
        raise ValueError(f"--columns must be different names with commas between, not {columns!r}")
    if reading.column is not None or against_column is not None:
        raise ValueError("--columns names all columns; leave out --column and --against-column")
    return names


def _matches(
    ours: Side,
    others: Side | None,
    settings: Mapping[str, object],
    threshold: float | None,
    target: int | None,
    method: Method,
) -> tuple[dedup.Matches, float]:
    """What tells which records are duplicates, and the threshold, which may follow the target."""
    threshold = 0.9 if threshold is None else threshold
    order = np.arange(len(ours))
    if settings["keep"] == "longest":
        order = np.argsort(-ours.lengths, kind="stable")
    items = ours.compared(order)
    other_items = None if others is None else others.compared(np.arange(len(others)))
    same = None if others is None else equal(ours, others)[order]

    def matches(threshold: float) -> dedup.Matches:
        return dedup.compare(
            items,
            order,
            threshold,
            others=other_items,
            equal=same,
            within=not settings["against_only"],
            chain=bool(settings["chain"]),
            method=method,
            progress=True,
        )

    if target is not None:
        return dedup.fitting(matches, threshold, target)
    return matches(threshold), threshold


def _held_out(
    against: list[str] | None,
    column: str | None,
    reading: Reading,
    wl: WordLlama | None,
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
