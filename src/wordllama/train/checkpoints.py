"""Files of a training's folder: checkpoints (safetensors, written whole or not at all), metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from wordllama.atomic import atomic_write

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Checkpoint:
    """Arrays, and where in the training they were written."""

    arrays: Arrays
    meta: dict[str, Any]
    """`stage`, `step` (None once the stage is done), `fingerprint` of the configuration, ..."""


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
            meta = json.loads((held.metadata() or {}).get("wordllama", "null"))
            arrays = {name: held.get_tensor(name) for name in held.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError) as error:
        raise ValueError(f"{file}: not a whole checkpoint: {error}") from error
    if not isinstance(meta, dict) or "stage" not in meta:
        raise ValueError(f"{file}: a safetensors file, but not a checkpoint of `wordllama train`")
    return Checkpoint(arrays, meta)


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
        lines = self.file.read_text(encoding="utf-8").split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def rewind(self, stage: int, step: int) -> None:
        """Keep what was measured before this step of this stage."""
        kept = [r for r in self.read() if (r["stage"], r["step"]) <= (stage, step)]
        with atomic_write(self.file) as out:
            out.write("".join(json.dumps(r) + "\n" for r in kept).encode())
