"""`wordllama join`."""

from __future__ import annotations

import sys
from functools import partial
from typing import Annotated

from typer import Argument, Option

from wordllama import search
from wordllama.cli.bundles import MODEL_OPTIONS, WRITING, ModelOptions, Writing
from wordllama.cli.corpus import corpus
from wordllama.cli.corpus_vectors import vectors_of
from wordllama.cli.options import (
    Column,
    From,
    MaxRecord,
    Out,
    Quotes,
    Rejects,
    ScoreName,
    StoredVectors,
)
from wordllama.cli.pairing import paired
from wordllama.files.line_reading import RECORD_BYTES


def command(
    left: Annotated[str, Argument(help="A file, folder or quoted glob; - for standard input.")],
    right: Annotated[str, Argument(help="The file to join with it.")],
    output: Out = None,
    threshold: Annotated[
        float, Option("--threshold", help="Join pairs with a similarity above this.")
    ] = 0.5,
    k: Annotated[
        int | None, Option("--k", "-k", min=1, help="At most this many pairs for each left record.")
    ] = None,
    one_to_one: Annotated[
        bool, Option("--one-to-one", help="Use each record at most once, best pairs first.")
    ] = False,
    right_column: Annotated[
        str | None,
        Option("--right-column", help="The column in the right file (default: as --column)."),
    ] = None,
    score: ScoreName = "score",
    stored: StoredVectors = None,
    column: Column = None,
    from_: From = None,
    rejects: Rejects = None,
    max_record: MaxRecord = RECORD_BYTES,
    quotes: Quotes = None,
    writing: Writing = WRITING,
    model: ModelOptions = MODEL_OPTIONS,
) -> None:
    """Join two files by the meaning of their texts.

    Each output record has the columns of both sides and the similarity. Names that both sides have
    end in `_left` and `_right`.

    \b
    Examples:
      $ wordllama join left.csv right.csv --one-to-one
      name,text_left,code,text_right,score
      B,a bowl of soup,1,soup in a bowl,0.9958...
      A,the red car,2,a car that is red,0.9694...
    """
    wl = model.load()
    read = partial(corpus, format=from_, limit=max_record, quotes=quotes, model=wl, vectors=stored)
    with (
        read(files=[left], column=column, rejects=rejects, force=writing.force) as a,
        read(files=[right], column=right_column or column) as b,
        writing.results(output, a.format()) as out,
    ):
        found = search.join(
            vectors_of(wl, a.again()),
            vectors_of(wl, b.again()),
            threshold,
            k,
            one_to_one=one_to_one,
        )
        if len(found.left):
            out.write(paired(a, b, found, score))
    if not len(found.left):
        sys.exit(1)
