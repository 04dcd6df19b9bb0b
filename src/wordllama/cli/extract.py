"""`wordllama extract`."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from wordllama.cli.options import Json


def command(
    source: Annotated[
        list[Path],
        Argument(
            help="A .safetensors file, index or folder; or a GGUF file, or its parts in order."
        ),
    ],
    out: Annotated[Path | None, Option("--output", "-o", help="The folder to write.")] = None,
    list_: Annotated[bool, Option("--list", help="Only list what is inside.")] = False,
    tensor: Annotated[
        str | None,
        Option("--tensor", help="The name of the token table (default: the usual names)."),
    ] = None,
    tokenizer: Annotated[
        Path | None, Option("--tokenizer", help="A tokenizer.json (default: the file's own).")
    ] = None,
    licence: Annotated[
        str | None, Option("--licence", help="The licence (default: what the file says).")
    ] = None,
    dtype: Annotated[str, Option("--dtype", help="float16 or float32.")] = "float16",
    concat: Annotated[
        bool, Option("--concat", help="Put SOURCE, codebooks of one tokenizer, side by side.")
    ] = False,
    onto: Annotated[
        Path | None,
        Option("--onto", help="Carry SOURCE, a codebook, over to this tokenizer.json."),
    ] = None,
    json: Json = False,
) -> None:
    """Take the token table out of a language model's file.

    \b
    Examples:
      $ wordllama extract "$(wordllama download | head -n 1)" --list
      embedding.weight  32000 x 256  F16  <- the token table
      $ wordllama extract "$(wordllama download | head -n 1)" -o book
      book: 32000 tokens x 256, float16
      $ wordllama extract book book --concat -o wide
      wide: 32000 tokens x 512, float16
      $ wordllama extract wide --onto book/tokenizer.json -o carried
      carried: 32000 tokens x 512, float16
    """
    from wordllama import extract

    if list_:
        _show(source, json)
        return
    if out is None:
        raise ValueError("--output names the folder to write; --list only shows what is inside")
    if concat:
        book = extract.concatenate(source, out, dtype=dtype)
    elif onto:
        if len(source) != 1:
            raise ValueError(f"--onto takes one codebook, got {len(source)}")
        book = extract.carry_over(source[0], onto, out, dtype=dtype)
    else:
        book = extract.extract(
            source, out, tensor=tensor, tokenizer=tokenizer, licence=licence, dtype=dtype
        )
    print(json_format.dumps(dict(book.about)) if json else book)


def _show(source: list[Path], json: bool) -> None:
    from wordllama.extract import open_source

    opened = open_source(source)
    table = opened.find()
    for tensor in opened.tensors.values():
        if json:
            print(json_format.dumps(asdict(tensor) | {"table": tensor.name == table}))
        else:
            print(f"{tensor}{'  <- the token table' if tensor.name == table else ''}")
