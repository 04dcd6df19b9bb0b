"""`wordllama compare`."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from typer import Context, Option

from wordllama.cli.bundles import MODEL_OPTIONS, WRITING, ModelOptions, Writing
from wordllama.cli.corpus import corpus
from wordllama.cli.options import (
    Files,
    From,
    Input,
    MaxRecord,
    Out,
    Quotes,
    Rejects,
    Resume,
    ScoreName,
    all_files,
)
from wordllama.cli.streaming import job, stream
from wordllama.files import Batch
from wordllama.files.line_reading import RECORD_BYTES
from wordllama.vectors import hamming_of_pairs


def command(
    context: Context,
    input: Input = None,
    output: Out = None,
    file: Files = None,
    columns: Annotated[
        str, Option("--columns", help="The two columns to compare, separated by a comma.")
    ] = "a,b",
    score: ScoreName = "score",
    from_: From = None,
    rejects: Rejects = None,
    max_record: MaxRecord = RECORD_BYTES,
    quotes: Quotes = None,
    writing: Writing = WRITING,
    resume: Resume = False,
    model: ModelOptions = MODEL_OPTIONS,
) -> None:
    """Compare two texts in each record.

    \b
    Examples:
      $ wordllama compare pairs.csv --columns question,answer
      question,answer,score
      how fast is the car,the car is quick,0.8242...
      what is for dinner,the car is quick,-0.0460...
    """
    one, comma, other = columns.partition(",")
    if not comma:
        raise ValueError(f"--columns must be two names with a comma between, not {columns!r}")
    wl = model.load()
    files = all_files(input, file)
    with (
        corpus(
            files=files,
            column=one,
            format=from_,
            rejects=rejects,
            force=writing.force,
            limit=max_record,
            quotes=quotes,
            model=wl,
        ) as records,
        writing.results(
            output, records.format(), job(context, wl, records) if resume else None
        ) as out,
    ):

        def compared(batch: Batch) -> Batch:
            x = wl.embed(batch.texts, norm=not wl.binary)
            y = wl.embed(_texts(batch, other), norm=not wl.binary)
            return batch.add(score, _alike(x, y))

        stream(records, out, compared)


def _texts(batch: Batch, column: str) -> list[str]:
    if column not in batch.names():
        raise ValueError(f"no column {column!r}; columns: {', '.join(batch.names())}")
    texts = [record.get(column) for record in batch.rows.records()]
    if strange := [text for text in texts if not isinstance(text, str)]:
        raise ValueError(f"column {column!r} must hold texts in every record, not {strange[0]!r}")
    return [str(text) for text in texts]


def _alike(x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float32]:
    if x.dtype == np.uint64:
        return hamming_of_pairs(x, y)
    products: NDArray[np.float32] = np.einsum("ij,ij->i", x, y)
    return products
