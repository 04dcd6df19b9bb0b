"""`wordllama vocabulary`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option


def command(
    codebook: Annotated[str, Argument(help="A codebook folder, a model folder or a model's name.")],
    counts: Annotated[
        Path,
        Argument(help="Words and counts, tab-separated; each form (the, The) on its own line."),
    ],
    out: Annotated[Path, Option("--output", "-o", help="The codebook folder to write.")],
    size: Annotated[int, Option("--size", min=1, help="The number of tokens.")] = 32_000,
    pieces: Annotated[
        Path | None,
        Option("--pieces", help="A WordPiece tokenizer.json whose pieces spell rarer words."),
    ] = None,
) -> None:
    """Give a codebook a lower-cased row for each whole word.

    Each word starts as the sum of its pieces.

    \b
    Examples:
      $ printf 'electroencephalography\\t2\\nThe\\t5\\n' > counts.tsv
      $ wordllama vocabulary l2_supercat counts.tsv --size 1500 -o words
      words: 1420 tokens x 256, float32
    """
    from wordllama.extras import require

    require("torch", extra="train")
    from wordllama.train.vocabulary import new_vocabulary

    print(new_vocabulary(codebook, counts, out, size=size, pieces=pieces))
