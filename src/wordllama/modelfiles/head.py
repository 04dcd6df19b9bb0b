"""A classifier's files beside its model's: `classifier.safetensors` and `classifier.json`.

The second holds the labels, and checksums of itself, of the first and of the model: a head says
nothing on the vectors of any other model.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.atomic import atomic_write
from wordllama.modelfiles import jsonfile, tensors
from wordllama.modelfiles.folder import model_sha256, read_model

_WEIGHTS = "classifier.safetensors"
_LABELS = "classifier.json"
_KEYS = ("classes", "c", "weights_sha256", "model_sha256", "sha256")
_FORMAT = 2
"""The first had no words, and did not say which it was."""


@dataclass(frozen=True)
class Choice:
    """How a classifier was regularised, and how well that labelled texts that were held out."""

    c: float
    vector_weight: float
    """The length of the vector, beside words of length 1."""
    held_out: int = 0
    """How many texts: 0 where every class had but one, and then the rest is None."""
    accuracy: float | None = None
    log_loss: float | None = None


@dataclass(frozen=True)
class Words:
    """A classifier's tokens and pairs of tokens."""

    keys: NDArray[np.int64]
    """(words,), rising: a token's id, or (a + 1) * n_tokens + b for the tokens a, b in a row."""
    idf: NDArray[np.float32]
    """(words,)"""
    coef: NDArray[np.float16]
    """(words, classes)"""


@dataclass(frozen=True)
class Head:
    """What a classifier has learned."""

    classes: list[Any]
    c: float | None
    coef: NDArray[np.float32]
    """(classes, dim)"""
    intercept: NDArray[np.float32]
    """(classes,)"""
    words: Words | None = None
    balanced: bool = False
    choice: Choice | None = None


def check_labels(classes: Any) -> None:
    """Raise ValueError unless these are labels that can be saved: each once, of one kind.

    >>> check_labels(["food", 1])
    Traceback (most recent call last):
    ...
    ValueError: classes is ['food', 1], expected strings, numbers or booleans
    """
    if not isinstance(classes, list) or len(classes) < 2:
        raise ValueError(f"classes is {classes!r:.80}, expected two labels or more")
    kinds = {type(label) for label in classes}
    numbers = kinds <= {int, float} and all(-(2**63) <= label < 2**63 for label in classes)
    if not numbers and kinds not in ({str}, {bool}):
        raise ValueError(f"classes is {classes!r:.80}, expected strings, numbers or booleans")
    if len(set(classes)) < len(classes):
        raise ValueError(f"classes names a label twice: {classes!r:.80}")


def write_head(folder: Path, head: Head) -> None:
    """Write a head into the folder of the model that it was fitted on."""
    with atomic_write(folder / _WEIGHTS) as out:
        arrays: dict[str, NDArray[Any]] = {"coef": head.coef, "intercept": head.intercept}
        if head.words is not None:
            words = head.words
            arrays |= {"keys": words.keys, "idf": words.idf, "word_coef": words.coef}
        tensors.write_tensors(Path(out.name), arrays, {"format": "np"})
    held = {
        "format": _FORMAT,
        "classes": head.classes,
        "c": head.c,
        "balanced": head.balanced,
        "choice": head.choice and asdict(head.choice),
        "weights_sha256": _file_sha256(folder / _WEIGHTS),
        "model_sha256": model_sha256(folder),
    }
    with atomic_write(folder / _LABELS) as out:
        out.write(json.dumps({**held, "sha256": _sum(held)}, indent=1).encode())


def read_head(folder: Path) -> Head:
    """The head in a folder, whose model it fits.

    Raises:
        FileNotFoundError: a file of the model or the head is missing.
        ValueError: one is damaged, or they were not saved together; the message names it.
    """
    weights, labels = folder / _WEIGHTS, folder / _LABELS
    for file in (weights, labels):
        if not file.is_file():
            message = f"{folder}: no {file.name} in this folder: it has no classifier"
            raise FileNotFoundError(message)
    held = _read_labels(labels)
    _compare(weights, _file_sha256(weights), held["weights_sha256"], labels)
    _compare(folder, model_sha256(folder), held["model_sha256"], labels)
    header = tensors.read_header(weights)
    count, dim = len(held["classes"]), read_model(folder, trusted=True).dim
    coef = _array(weights, header, "coef", (count, dim))
    intercept = _array(weights, header, "intercept", (count,))
    words = _words(weights, header, count) if held.get("format") else None
    choice = held.get("choice") and Choice(**held["choice"])
    balanced = bool(held.get("balanced"))
    return Head(held["classes"], held["c"], coef, intercept, words, balanced, choice)


def _words(file: Path, header: Mapping[str, tensors.Tensor], classes: int) -> Words | None:
    if "keys" not in header:
        return None
    shape = header["keys"].shape
    keys = _array(file, header, "keys", shape[:1], "I64")
    if len(keys) and (keys[0] < 0 or (np.diff(keys) <= 0).any()):
        raise ValueError(f"{file}: keys do not rise from 0 or more")
    idf = _array(file, header, "idf", keys.shape)
    return Words(keys, idf, _array(file, header, "word_coef", (len(keys), classes), "F16"))


def _read_labels(file: Path) -> dict[str, Any]:
    held = jsonfile.read_object(file)
    missing = [key for key in _KEYS if key not in held]
    if missing:
        raise ValueError(f"{file}: has no {missing[0]}; fit and save the classifier anew")
    _compare(file, _sum(held), held["sha256"], file)
    try:
        check_labels(held["classes"])
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    if held.get("format") not in (None, _FORMAT):
        found = f"{held['format']!r:.80}"
        raise ValueError(f"{file}: format is {found}, but this version reads formats to {_FORMAT}")
    c = held["c"]
    chosen = c is None and held.get("format")
    if not chosen and (type(c) not in (int, float) or not 0 < c < math.inf):
        raise ValueError(f"{file}: c is {c!r:.80}, expected a number over 0")
    _check_choice(file, held.get("choice"))
    return held


def _check_choice(file: Path, choice: Any) -> None:
    if choice is None:
        return
    known = {field.name for field in fields(Choice)}
    if not isinstance(choice, dict) or not {"c", "vector_weight"} <= set(choice) <= known:
        raise ValueError(f"{file}: choice is {choice!r:.80}, expected {', '.join(sorted(known))}")


def _array(
    file: Path,
    header: Mapping[str, tensors.Tensor],
    name: str,
    shape: tuple[int, ...],
    dtype: str = "F32",
) -> NDArray[Any]:
    entry = header.get(name)
    if entry is None or entry.dtype != dtype or entry.shape != shape:
        found = "missing" if entry is None else f"{entry.dtype} {list(entry.shape)}"
        raise ValueError(f"{file}: {name} is {found}, expected {dtype} {list(shape)}")
    values = np.array(tensors.open_tensor(file, entry))
    if not np.isfinite(values).all():
        raise ValueError(f"{file}: {name} holds NaN or infinity, expected numbers")
    return values


def _compare(what: Path, found: str, expected: Any, labels: Path) -> None:
    if found != expected:
        raise ValueError(
            f"{what}: has SHA-256 {found}, expected {expected!r:.80}, with which {labels} was "
            "saved: one was damaged or replaced; fit and save the classifier anew"
        )


def _sum(held: Mapping[str, Any]) -> str:
    told = {key: value for key, value in held.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return tensors.sha256_of(file)
