"""`wordllama evaluate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, cast

from typer import Argument, Option

from wordllama.cli.options import Json, load


def command(
    models: Annotated[list[str], Argument(help="Models: names, folders, owner/name or files.")],
    sets: Annotated[
        Path, Option("--sets", help="The folder of evaluation sets, each a folder of its own.")
    ],
    only: Annotated[
        list[str] | None, Option("--only", help="Run this set only; repeat it for more.")
    ] = None,
    dims: Annotated[
        str | None, Option("--dims", help="Also cut vectors to these dimensions, such as 64,128.")
    ] = None,
    binary: Annotated[
        str | None,
        Option("--binary", help="Also use the signs of so many dimensions, such as 64,256."),
    ] = None,
    mode: Annotated[
        list[str] | None,
        Option(
            "--mode",
            help="vector, keyword or hybrid: only search the retrieval sets, as an index does; "
            "repeat it to compare.",
        ),
    ] = None,
    unit: Annotated[
        bool, Option("--unit", help="Scale vectors to length 1 first, which MTEB does not do.")
    ] = False,
    resamples: Annotated[int, Option(help="Bootstrap draws for the intervals; 0 for none.")] = 1000,
    json: Json = False,
    markdown: Annotated[bool, Option("--markdown", help="Print Markdown with intervals.")] = False,
    output: Annotated[
        Path | None, Option("--output", "-o", help="Also write the figures to this JSON file.")
    ] = None,
    picture: Annotated[
        Path | None, Option("--picture", help="Draw the groups as bars (.png, .svg or .pdf).")
    ] = None,
    curve: Annotated[
        Path | None, Option("--curve", help="Draw the figures against the dimensions.")
    ] = None,
) -> None:
    """Evaluate models on MTEB-style tasks.

    \b
    Examples:
      $ wordllama evaluate l2_supercat --sets sets --resamples 0
      model        dim     STS  macro  seconds
      l2_supercat  256  100.00 100.00      ...
      $ wordllama evaluate l2_supercat --sets sets --binary 64,256 --curve curve.png >/dev/null
    """
    from wordllama import evaluate

    if curve and not (dims or binary):
        raise ValueError("--curve wants two dimensions or more; give --dims or --binary")
    if mode and (dims or binary or unit):
        raise ValueError("--mode does not go with --dims, --binary and --unit")
    encoders: dict[str, Any] = {}
    for name in models:
        model = load(name)
        if mode:
            encoders |= {
                f"{name}, {each}": evaluate.Searched(model, cast("Any", each)) for each in mode
            }
            continue
        encoders[name] = model
        encoders |= evaluate.forms(name, model, _widths("dims", dims), _widths("binary", binary))
    results = evaluate.run(
        encoders,
        sets,
        sets=only,
        resamples=resamples,
        unit=unit,
        progress=lambda line: print(line, file=sys.stderr) if sys.stderr.isatty() else None,
    )
    if json:
        print(results.to_json())
    else:
        print(results.to_markdown() if markdown else results)
    if output:
        results.save(output)
    if picture:
        results.picture(picture)
    if curve:
        results.curve(curve)


def _widths(name: str, given: str | None) -> list[int]:
    parts = [part.strip() for part in given.split(",")] if given else []
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise ValueError(
            f"--{name} takes dimensions with commas between, as in 64,128, got {given!r}"
        )
    return [int(part) for part in parts]
