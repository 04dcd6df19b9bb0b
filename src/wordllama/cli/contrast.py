"""`wordllama contrast`."""

from __future__ import annotations

import json as json_format
from typing import Annotated

from typer import Argument

from wordllama.cli.options import MODEL, Binary, Dim, Json, Model, Query, load


def command(
    query: Query,
    a: Annotated[str, Argument(help="A document.")],
    b: Annotated[str, Argument(help="Another document.")],
    json: Json = False,
    model: Model = MODEL,
    dim: Dim = None,
    binary: Binary = False,
) -> None:
    """Explain why one text ranks above another for a query.

    \b
    Examples:
      $ wordllama contrast car "a truck" "a shop"
      a is above b by 0.1250
      a 0.1729  a truck  (truck +0.167, a +0.006)
      b 0.0479  a shop  (shop +0.040, a +0.007)
      query: car +0.125
    """
    found = load(model, dim, binary).contrast(query, a, b)
    print(json_format.dumps(found.to_dict(), ensure_ascii=False) if json else found)
