"""`wordllama neighbours`."""

from __future__ import annotations

import json as json_format
import sys
from typing import Annotated

from typer import Argument, Option

from wordllama.cli.options import MODEL, Dim, Json, Model, load


def command(
    word: Annotated[str, Argument(help="A word.")],
    n: Annotated[int, Option("--n", "-n", min=1, help="How many words.")] = 10,
    json: Json = False,
    model: Model = MODEL,
    dim: Dim = None,
) -> None:
    """List the words of the vocabulary nearest to a word.

    \b
    Examples:
      $ wordllama neighbours -n 2 car
      0.7596	cars
      0.6939	vehicle
    """
    found = load(model, dim, False).neighbours(word, n)
    for near, cosine in found:
        record = {"word": near, "score": cosine}
        print(json_format.dumps(record, ensure_ascii=False) if json else f"{cosine:.4f}\t{near}")
    if not found:
        sys.exit(1)
