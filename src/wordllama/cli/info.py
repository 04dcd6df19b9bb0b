"""`wordllama info`."""

from __future__ import annotations

import json as json_format
import platform
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from typer import Option

import wordllama
from wordllama import hub, kernel
from wordllama.cli.options import MODEL, Json, Model
from wordllama.coverage.languages import named
from wordllama.hub import cache, registry

EXTRAS = {
    "cli": "typer",
    "files": "pyarrow",
    "server": "httptools",
    "mcp": "mcp",
    "evaluate": "sklearn",
    "extract": "gguf",
    "train": "torch",
}


def command(
    model: Model = MODEL,
    dim: Annotated[int, Option("--width", help="The published width.")] = 256,
    json: Json = False,
) -> None:
    """Show what is installed, and where the model's files are.

    Never uses the network.

    \b
    Examples:
      $ wordllama info --json | jq -r .model
      l2_supercat
    """
    described = describe(model, dim)
    if json:
        print(json_format.dumps(described))
        return
    for name, value in described.items():
        if name == "languages":
            value = named(value) if value else "not known"
        print(f"{name:10} {', '.join(value) if isinstance(value, list) else value}")


def describe(model: str, dim: int) -> dict[str, str | list[str]]:
    """What `wordllama info` prints."""
    return {
        "version": f"{wordllama.__version__} (Python {platform.python_version()})",
        "kernel": _kernel(),
        "model": model,
        "languages": _languages(model),
        "files": _files(model, dim),
        "cache": str(cache.home()),
        "models": [name for names in registry.list_configs().values() for name in names],
        "extras": [extra for extra, module in EXTRAS.items() if find_spec(module)],
    }


def _kernel() -> str:
    if kernel.why_not_native:
        return f"{kernel.name} ({kernel.why_not_native})"
    return f"{kernel.name} ({kernel.simd})"


def _languages(model: str) -> list[str]:
    """Codes of those that the model was made for; none where that is not known."""
    try:
        return list(registry.languages_of(model) or ())
    except (ValueError, OSError):
        return []  # what is wrong with the folder, `load` says


def _files(model: str, dim: int) -> list[str]:
    if Path(model).exists():
        return [str(Path(model).absolute())]
    try:
        if "/" in model:
            return [str(hub.snapshot(model, disable_download=True))]
        found = hub.find(model, dim, disable_download=True)
    except FileNotFoundError:
        return ["not on this machine; run: wordllama download " + model]
    return [str(found.weights), str(found.tokenizer)]
