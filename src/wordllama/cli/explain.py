"""`wordllama explain`."""

from __future__ import annotations

import json as json_format
import os
import sys
from typing import Annotated

from typer import Argument

from wordllama.cli.options import MODEL, Binary, Dim, Json, Model, load


def command(
    a: Annotated[str, Argument(help="A text, or the query if several documents follow.")],
    b: Annotated[list[str], Argument(help="Another text, or the documents to rank.")],
    json: Json = False,
    model: Model = MODEL,
    dim: Dim = None,
    binary: Binary = False,
) -> None:
    """Explain word by word why two texts are similar.

    \b
    Examples:
      $ wordllama explain "a fast car" "a quick vehicle"
      similarity 0.6773
      a: a +0.011, fast +0.290, car +0.377
      b: a +0.013, quick +0.300, vehicle +0.364
      ...
    """
    wl = load(model, dim, binary)
    found = wl.explain(a, b) if len(b) > 1 else wl.explain(a, b[0])
    if json:
        print(json_format.dumps(found.to_dict(), ensure_ascii=False))
    else:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        print(found.coloured() if colour else found)
