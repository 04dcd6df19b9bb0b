"""`wordllama save`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option


def command(
    checkpoint: Annotated[Path, Option("--checkpoint", help="A checkpoint that `train` wrote.")],
    outdir: Annotated[Path, Option("--output", "-o", help="The folder for the model folders.")],
    config: Annotated[
        Path | None, Option("--config", help="Its TOML file, for a checkpoint of a projection.")
    ] = None,
    dim: Annotated[
        list[int] | None,
        Option("--width", help="A width; repeat it for more (default: all trained widths)."),
    ] = None,
    dtype: Annotated[str, Option("--dtype", help="float16, float32 or int8.")] = "float16",
    binary: Annotated[bool, Option("--binary", help="Save a model with binary vectors.")] = False,
    compress: Annotated[
        bool, Option("--compress", help="Compress the tokenizer, so that only WordLlama reads it.")
    ] = False,
    vocabulary: Annotated[
        int | None, Option("--vocabulary", min=1, help="Keep about this many tokens.")
    ] = None,
    count: Annotated[
        Path | None, Option("--count", help="A file of texts that shows which tokens are frequent.")
    ] = None,
    language: Annotated[
        list[str] | None,
        Option(
            "--language",
            help="The code of a language that the model is made for, such as en; repeat it for "
            "more (default: as the training says).",
        ),
    ] = None,
    figures: Annotated[
        Path | None, Option("--figures", help="A Markdown file for the model card.")
    ] = None,
) -> None:
    """Save a checkpoint as model folders, one for each width.

    \b
    Examples:
      $ wordllama train mine.toml | tail -1
      ...output/stage-01.safetensors
      $ wordllama save --checkpoint output/stage-01.safetensors -o models
      models/mine_64
      models/mine_128
    """
    from wordllama.train.config import read
    from wordllama.train.prune import count_tokens
    from wordllama.train.save import save

    if vocabulary is not None and count is None:
        raise ValueError("--vocabulary needs --count, a file of texts that says what is frequent")
    counts = None if count is None else count_tokens(checkpoint.parent, count)
    folders = save(
        checkpoint,
        outdir,
        settings=None if config is None else read(config),
        dims=dim,
        dtype=dtype,
        binary=binary,
        compress=compress,
        vocabulary=vocabulary,
        counts=counts,
        languages=language,
        figures="" if figures is None else figures.read_text(encoding="utf-8"),
    )
    for folder in folders:
        print(folder)
