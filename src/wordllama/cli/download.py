"""`wordllama download`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from wordllama import hub
from wordllama.cli.options import MODEL


def command(
    model: Annotated[str, Argument(help="A model's name, or owner/name of a repository.")] = MODEL,
    dim: Annotated[
        int | None, Option("--dim", help="The published width; 256, or the only one.")
    ] = None,
    binary: Annotated[bool, Option("--binary", help="The weights made to be binary.")] = False,
    cache_dir: Annotated[
        Path | None, Option("--cache-dir", help="Instead of ~/.cache/wordllama.")
    ] = None,
) -> None:
    """Fetch a model into the cache, if it is not there.

    Prints where its files lie.

    \b
    Examples:
      $ wordllama download
      .../l2_supercat_256.safetensors
      .../l2_supercat_tokenizer_config.json
    """
    found = hub.download(model, dim, binary, cache_dir)
    print(found.weights)
    print(found.tokenizer)
