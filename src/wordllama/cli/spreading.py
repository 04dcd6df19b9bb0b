"""A command with bundles of options as the function with one parameter an option that typer reads.

Apart from the bundles, so that a command without them starts without what reads and writes files.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

from wordllama.cli.apart import check_apart
from wordllama.cli.options import Out, Output

OUTPUT = "output_option"
"""The parameter of `--output` in commands that also take the output as an argument."""


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """The command with each bundle's options in the bundle's place; its files must be different.

    Where the output is an argument, `--output` names it, too.
    """
    parameters: list[inspect.Parameter] = []
    bundles: dict[str, Any] = {}
    annotations = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        kind = annotations[name]
        if kind == Out:
            parameters.append(_option(OUTPUT, None, Output))
        if not is_dataclass(kind):
            parameters.append(_option(name, parameter.default, kind))
            continue
        bundles[name] = kind
        kinds = get_type_hints(kind, include_extras=True)
        parameters += [_option(f.name, f.default, kinds[f.name]) for f in fields(kind)]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        if (named := given.pop(OUTPUT, None)) is not None:
            if given["output"] is not None:
                raise ValueError(f"two outputs: {given['output']} and --output {named}; give one")
            given["output"] = named
        check_apart(given)
        for name, bundle in bundles.items():
            given[name] = bundle(**{f.name: given.pop(f.name) for f in fields(bundle)})
        command(**given)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {option.name: option.annotation for option in parameters}
    return run


def _option(name: str, default: Any, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )
