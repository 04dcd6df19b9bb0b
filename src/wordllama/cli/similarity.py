"""`wordllama similarity`."""

from __future__ import annotations

import json as json_format
import sys
from typing import Annotated

from typer import Argument, Option

from wordllama.cli.options import MODEL, Binary, Dim, Json, Model, load


def command(
    a: Annotated[str, Argument(help="A text.")],
    b: Annotated[str, Argument(help="Another text.")],
    threshold: Annotated[
        float | None, Option(help="Exit with 1 unless the similarity is above this.")
    ] = None,
    json: Json = False,
    model: Model = MODEL,
    dim: Dim = None,
    binary: Binary = False,
) -> None:
    """Show how similar two texts are, from -1 to 1.

    This is the cosine of their vectors or, with --binary, the Hamming similarity.

    \b
    Examples:
      $ wordllama similarity "i went to the car" "i went to the pawn shop"
      0.0664
      $ wordllama similarity "a cat" "a kitten" --json
      {"similarity": 0.5766...}
      $ wordllama similarity "a cat" "a kitten" --threshold 0.5 && echo alike
      0.5767
      alike
    """
    if threshold is not None and not -1 <= threshold <= 1:
        raise ValueError(f"--threshold must lie between -1 and 1, not {threshold}")
    similarity = load(model, dim, binary).similarity(a, b)
    print(json_format.dumps({"similarity": round(similarity, 6)}) if json else f"{similarity:.4f}")
    if threshold is not None and not similarity > threshold:
        sys.exit(1)
