"""`wordllama models`."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Any

from wordllama import hub
from wordllama.cli.options import Json
from wordllama.coverage.languages import named
from wordllama.hub import cache, registry
from wordllama.modelfiles.tensors import read_header


def command(json: Json = False) -> None:
    """List the models that have a name, and the repositories in the cache.

    Never uses the network.

    \b
    Examples:
      $ wordllama models --json | jq -c 'select(.name == "l2_words") | [.languages, .here]'
      [["en"],true]
    """
    rows = [*map(described, registry.list_names()), *map(_cached, _repositories())]
    if json:
        for row in rows:
            print(json_format.dumps(row))
        return
    table = [["model", "languages", "dimensions", "size", "here"], *map(_shown, rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        print("  ".join(map(str.ljust, cells, widths)).rstrip())


def described(name: str) -> dict[str, Any]:
    """A model of the registry; `bytes` are those of its weights and tokenizer, where known."""
    model = registry.MODELS.get(name)
    if model is None:
        return _folder(name, registry.SHIPPED / name)
    dim = 256 if 256 in model.available_dims else model.available_dims[0]
    try:
        found = hub.find(name, dim, disable_download=True)
        size: int | None = sum(path.stat().st_size for path in (found.weights, found.tokenizer))
    except FileNotFoundError:
        found, size = None, sum(model.sizes.values()) or None
    languages = list(model.languages or ())
    dims = list(model.available_dims)
    return _row(name, languages, dims, size, found is not None)


def _repositories() -> list[Path]:
    """Folders `owner--name` that hold a model."""
    found = sorted((cache.home() / "models").glob("*--*/model.safetensors"))
    return [weights.parent for weights in found]


def _cached(folder: Path) -> dict[str, Any]:
    return _folder(folder.name.replace("--", "/", 1), folder)


def _folder(name: str, folder: Path) -> dict[str, Any]:
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    try:
        header = read_header(folder / "model.safetensors")
        dims = [tensor.shape[1] for tensor in header.values() if len(tensor.shape) == 2][:1]
        languages = list(registry.languages_of(str(folder)) or ())
    except ValueError:  # what is damaged, `load` says
        dims, languages = [], []
    return _row(name, languages, dims, size, True)


def _row(
    name: str, languages: list[str], dims: list[int], size: int | None, here: bool
) -> dict[str, Any]:
    return {"name": name, "languages": languages, "dims": dims, "bytes": size, "here": here}


def _shown(row: dict[str, Any]) -> list[str]:
    return [
        row["name"],
        named(row["languages"]) if row["languages"] else "not known",
        ", ".join(map(str, row["dims"])),
        f"{row['bytes'] / 1e6:.1f} MB" if row["bytes"] else "",
        "yes" if row["here"] else f"wordllama download {row['name']}",
    ]
