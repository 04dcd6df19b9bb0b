"""The files of a command must be different files: what is written to one would be lost."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

STDIN = Path("-")

RECORDS = {"input": "the input", "file": "--file", "text": "--text", "texts": "the texts"}
JOINED = {"left": "the left input", "right": "the right input"}
OTHERS = {
    "against": "--against",
    "matches": "--matches",
    "queries": "--queries",
    "model": "--model",
    "models": "the models",
    "sets": "--sets",
    "source": "the source",
    "tokenizer": "--tokenizer",
    "onto": "--onto",
    "codebook": "the codebook",
    "counts": "the counts",
    "pieces": "--pieces",
    "index": "the index",
    "folder": "the classifier",
}
OUTPUTS = {
    "output": "the output",
    "duplicates": "--duplicates",
    "save_matches": "--save-matches",
    "rejects": "--rejects",
    "picture": "--picture",
    "curve": "--curve",
    "topics_file": "--topics",
    "out": "--output",
}
FOLDERS = {"out"}
"""Outputs that are folders: none of their files may be read."""
STDOUT = "standard output"

Identity = tuple[int, int] | str


def check_apart(options: Mapping[str, Any]) -> None:
    """Raise ValueError where two files of a command are the same, by whatever names.

    `options` are the command's, by parameter. With --force, and without --resume, the output may
    replace an input: it gets its name last.
    """
    if options.get("queries") and options.get("query") is not None:  # then it is a text, too
        options = {**options, "texts": [options["query"], *(options.get("texts") or ())]}
    labels: dict[Identity, list[str]] = {}
    for parameter, file in _inputs(options):
        identity = _identity(file)
        if identity is not None:
            labels.setdefault(identity, []).append(parameter)
    for parameter, path in _outputs(options):
        identity = _standard_output() if path is None else _identity(path)
        if identity is None:
            continue
        for other in labels.get(identity, []):
            if not _may_replace(other, parameter, path, options):
                raise ValueError(
                    f"{path or STDOUT}: {_label(other)} and {_label(parameter)} are the same file; "
                    f"choose another for {_label(parameter)}"
                )
        labels.setdefault(identity, []).append(parameter)


def _may_replace(input: str, output: str, path: object, options: Mapping[str, Any]) -> bool:
    """Without --force, an output file that exists is refused later, in words of its own."""
    replaces = output == "output" and path is not None and input in RECORDS | JOINED
    return replaces and not options.get("resume")


def _label(parameter: str) -> str:
    return (RECORDS | JOINED | OTHERS | OUTPUTS)[parameter]


def _inputs(options: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Each file that is read, with the parameter that names it."""
    for parameter in RECORDS | JOINED | OTHERS:
        for item in _items(options.get(parameter)):
            if parameter in ("text", "texts"):
                if not item.startswith("@") or item.startswith("@@"):
                    continue
                item = item[1:]
            for path in _files(Path(item), parameter, options):
                yield parameter, path


def _outputs(options: Mapping[str, Any]) -> Iterator[tuple[str, Path | None]]:
    """Each file that is written, None for standard output, with the parameter that names it."""
    for parameter in OUTPUTS:
        if parameter not in options:
            continue
        path = options[parameter]
        if parameter in FOLDERS and path is not None and Path(path).is_dir():
            yield from ((parameter, file) for file in Path(path).rglob("*"))
        elif parameter in ("output", "duplicates") and path == "-":
            yield parameter, None
        elif path is not None:
            yield parameter, Path(path)
        elif parameter == "output":
            yield parameter, None


def _items(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]


def _files(path: Path, parameter: str, options: Mapping[str, Any]) -> list[Path]:
    """The files that an input stands for; what does not exist is told by whoever reads it."""
    if path == STDIN:
        return []
    if parameter in OTHERS and parameter not in ("against", "queries"):
        return list(path.rglob("*")) if path.is_dir() else [path]
    from wordllama.files.sources import paths  # only commands that read files load what reads them

    try:
        return paths(path, options.get("from_"))
    except OSError:
        return []


def _identity(path: str | Path) -> Identity | None:
    """What two names of one file have in common; None for devices and folders."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return os.path.realpath(path)
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def _standard_output() -> Identity:
    """The file that a shell has put in the place of standard output, if there is one."""
    status = os.fstat(1)
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else STDOUT
