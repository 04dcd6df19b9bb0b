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
        int | None, Option("--width", help="The published width (default: 256, or the only one).")
    ] = None,
    binary: Annotated[
        bool, Option("--binary", help="The weights trained to be binarised.")
    ] = False,
    cache_dir: Annotated[
        Path | None, Option("--cache-dir", help="The cache folder, instead of ~/.cache/wordllama.")
    ] = None,
) -> None:
    """Download a model into the cache, unless it is there.

    Prints the paths of its files.

    \b
    Examples:
      $ wordllama download
      .../l2_supercat_256.safetensors
      .../l2_supercat_tokenizer_config.json
    """
    found = hub.download(model, dim, binary, cache_dir)
    print(found.weights)
    print(found.tokenizer)
