"""`wordllama train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option


def command(
    config: Annotated[Path, Argument(help="A TOML file that says what to train.")],
    resume: Annotated[bool, Option("--resume", help="Continue from the last checkpoint.")] = False,
) -> None:
    """Train a model of your own, in the stages of a TOML file.

    Prints the path of the last checkpoint.

    \b
    Examples:
      $ wordllama train mine.toml
      reviews: 4 rows, 0 removed as evaluation
      stage 1 of 1: Pca
      ...output/stage-01.safetensors
    """
    from wordllama.extras import require

    require("torch", extra="train")
    from wordllama.train.config import read
    from wordllama.train.run import train

    print(train(read(config), resume=resume))
