"""`wordllama distill`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from wordllama.cli.options import Column, From


def command(
    teacher: Annotated[
        str, Argument(help="A folder that sentence-transformers saved, or a name that it loads.")
    ],
    out: Annotated[Path, Option("--output", "-o", help="The model folder to write.")],
    texts: Annotated[
        str | None,
        Option("--texts", help="Texts like those that the model will be used on (or - for input)."),
    ] = None,
    column: Column = None,
    format: From = None,
    vocabulary: Annotated[
        Path | None,
        Option(
            "--vocabulary",
            help="Words, one on a line, the most frequent first (default: the teacher's tokens).",
        ),
    ] = None,
    dim: Annotated[int, Option("--dim", min=1, help="The model's dimensions.")] = 256,
    dtype: Annotated[str, Option("--dtype", help="float16, float32 or int8.")] = "float16",
    seed: Annotated[int, Option("--seed", min=0, help="The seed of what is drawn.")] = 0,
    threads: Annotated[
        int, Option("--threads", min=0, help="CPU threads (default: PyTorch's choice).")
    ] = 0,
    work: Annotated[
        Path | None,
        Option("--work", help="Keep what is done in this folder, and continue from there."),
    ] = None,
) -> None:
    """Make a fast static model from a sentence-transformer.

    Needs the extra [train], and a teacher: sentence-transformers/all-MiniLM-L6-v2, for example.
    Without --texts it takes seconds to a minute. What is going on is told on standard error.

    \b
    Examples:
      $ wordllama distill teacher -o small --dim 16 2>/dev/null
      small: 37 tokens x 16 dimensions, float16
      $ wordllama similarity -m small "the red car" "a red car" >/dev/null
      $ wordllama distill teacher --texts reviews.jsonl -o better --dim 16 2>/dev/null
      better: 37 tokens x 16 dimensions, float16
    """
    from wordllama.cli.corpus import corpus
    from wordllama.extras import require

    require("torch", extra="train")
    from wordllama.train import distill

    read = None
    if texts is not None:
        with corpus(files=[texts], column=column, format=format) as records:
            read = [text for batch in records for text in batch.texts]
    words = None if vocabulary is None else _words(vocabulary)
    model = distill(
        teacher,
        read,
        words,
        out=out,
        dim=dim,
        dtype=dtype,
        seed=seed,
        threads=threads,
        work=work,
        log=lambda line: print(line, file=sys.stderr, flush=True),
    )
    tokens, kind = model.encoder.n_tokens, model.encoder.rows.matrix.dtype
    print(f"{out}: {tokens} tokens x {model.dim} dimensions, {kind}")


def _words(file: Path) -> list[str]:
    """The words of a list: what stands before the first tab of each line that is not empty."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: not UTF-8 text: {error}") from error
    return [line.split("\t")[0].strip() for line in lines if line.strip()]
