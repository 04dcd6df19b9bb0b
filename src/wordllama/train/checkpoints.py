"""Files of a training's folder: checkpoints (safetensors, written whole or not at all), metrics."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from wordllama.atomic import atomic_write
from wordllama.coverage.languages import language_codes
from wordllama.modelfiles.jsonfile import parse_object, read_text
from wordllama.train.fields import is_file_name

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Checkpoint:
    """Arrays, and where in the training they were written."""

    file: Path
    arrays: Arrays
    meta: dict[str, Any]
    """`stage`, `step` (None once the stage is done), `fingerprint` of the configuration, ..."""

    def array(self, name: str, rank: int = 2) -> NDArray[Any]:
        """The array of a name; ValueError if there is none of floats and of this rank."""
        held = self.arrays.get(name)
        if held is None or held.ndim != rank or held.dtype.kind != "f":
            kind = "missing" if held is None else f"{held.dtype} {list(held.shape)}"
            raise ValueError(f"{self.file}: {name} is {kind}, expected floats of rank {rank}")
        return held


def write(file: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
    """Write a checkpoint; what was there before stays if that fails, as with a full disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = {name: np.ascontiguousarray(value) for name, value in arrays.items()}
    try:
        with atomic_write(file) as out:
            out.write(save(whole, {"wordllama": json.dumps(meta)}))
    except OSError as error:
        message = f"the checkpoint can't be written ({error.strerror}); earlier ones are intact"
        raise OSError(error.errno, message, str(file)) from error


def read(file: str | Path) -> Checkpoint:
    """A checkpoint; FileNotFoundError or ValueError names the file."""
    file = Path(file)
    if not file.is_file():
        raise FileNotFoundError(f"{file}: no such checkpoint")
    try:
        with safe_open(file, "np") as held:
            told = (held.metadata() or {}).get("wordllama")
            arrays = {name: held.get_tensor(name) for name in held.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{file}: not a whole checkpoint: {error}") from error
    if told is None:
        raise ValueError(f"{file}: a safetensors file, but not a checkpoint of `wordllama train`")
    return Checkpoint(file, arrays, _checked(parse_object(told, f"{file}: wordllama"), file))


def _checked(meta: dict[str, Any], file: Path) -> dict[str, Any]:
    """What a checkpoint says of itself; ValueError names a key that is missing or amiss.

    A checkpoint may come from anybody, and its name becomes a folder's.
    """
    for key, (right, expected) in _KEYS.items():
        missing = key not in meta and key in ("stage", "step", "fingerprint")
        if missing or (key in meta and not right(meta[key])):
            found = repr(meta[key])[:60] if key in meta else "missing"
            raise ValueError(f"{file}: {key} is {found}, expected {expected}")
    return meta


def _is_whole(value: Any) -> bool:
    return type(value) is int


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_widths(value: Any) -> bool:
    return isinstance(value, list) and all(_is_whole(width) and width > 0 for width in value)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_codes(value: Any) -> bool:
    try:
        return isinstance(value, list) and language_codes(value, "") is not None
    except (TypeError, ValueError):
        return False


def _are_sets(value: Any) -> bool:
    kinds = {"name": _is_text, "kind": _is_text, "licence": _is_text}
    kinds |= {"rows": _is_whole, "removed": _is_whole}
    return isinstance(value, list) and all(
        isinstance(data, dict) and all(right(data.get(key)) for key, right in kinds.items())
        for data in value
    )


_KEYS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "stage": (_is_whole, "a whole number"),
    "step": (lambda value: value is None or _is_whole(value), "a whole number or null"),
    "fingerprint": (_is_text, "a text"),
    "worse": (_is_whole, "a whole number"),
    "averaged": (_is_whole, "a whole number"),
    "best": (lambda value: value is None or isinstance(value, float), "a number or null"),
    "name": (is_file_name, "a file's name, without folders"),
    "source": (_is_text, "a text"),
    "licence": (_is_text, "a text"),
    "normalize": (lambda value: isinstance(value, bool), "true or false"),
    "languages": (_are_codes, "a list of languages' codes"),
    "dims": (_are_widths, "a list of widths"),
    "stages": (_are_texts, "a list of texts"),
    "data": (_are_sets, "a list of data sets"),
}


def stage_file(folder: Path, stage: int) -> Path:
    """Where the rows lie that a stage gave (stage -1: the start)."""
    return folder / f"stage-{stage + 1:02d}.safetensors"


def step_file(folder: Path, stage: int, step: int) -> Path:
    """Where a checkpoint within a stage lies."""
    return folder / f"checkpoint-{stage + 1:02d}-{step:07d}.safetensors"


def step_files(folder: Path, stage: int) -> list[Path]:
    """The checkpoints within a stage, oldest first."""
    return sorted(folder.glob(f"checkpoint-{stage + 1:02d}-*.safetensors"))


def last_stage(folder: Path, stages: int) -> int | None:
    """The last stage of which a result lies in the folder."""
    done = [i for i in range(-1, stages) if stage_file(folder, i).exists()]
    return max(done, default=None)


class Metrics:
    """`metrics.jsonl`: one line for each thing measured; what a resumed run redoes is dropped."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "metrics.jsonl"

    def add(self, record: Mapping[str, Any]) -> None:
        """One line more."""
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(record) + "\n")

    def read(self) -> list[dict[str, Any]]:
        """All lines; a last one that a kill cut off is left out."""
        if not self.file.exists():
            return []
        lines = read_text(self.file).split("\n")[:-1]
        records = [parse_object(line, f"{self.file}: line {i}") for i, line in enumerate(lines, 1)]
        for i, record in enumerate(records, 1):
            if not all(_is_whole(record.get(key)) for key in ("stage", "step")):
                raise ValueError(f"{self.file}: line {i}: stage or step is no whole number")
        return records

    def rewind(self, stage: int, step: int) -> None:
        """Keep what was measured before this step of this stage."""
        kept = [r for r in self.read() if (r["stage"], r["step"]) <= (stage, step)]
        with atomic_write(self.file) as out:
            out.write("".join(json.dumps(r) + "\n" for r in kept).encode())
