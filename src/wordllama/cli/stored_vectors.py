"""Vectors that a file holds in the place of those of its texts, if they are of the model.

`embed` writes into Parquet and Arrow of which model and which column a vector is. No file can say
whether its texts changed since, so a few of each batch are embedded and compared.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wordllama import vectors
from wordllama.files.batch import Batch
from wordllama.files.columnar import Table
from wordllama.files.vectors import vectors_in

if TYPE_CHECKING:
    from wordllama import WordLlama

NONE = "none"
"""As the name of a column: no stored vectors, also where they would be used without being asked."""
CLAIM = "vectors."
"""What the name of a claim begins with, before that of the column."""
COMPARED = 4
"""Texts of a batch that are embedded to compare them with what is stored."""
ALIKE = 0.999
"""The least cosine of a stored vector and the text's: float16 and int8 keep more."""

_TOLD: set[str] = set()


def claim(wl: WordLlama, batch: Batch, column: str) -> dict[str, str]:
    """What a file is to say of the column with the vectors of the batch's texts."""
    return {f"{CLAIM}{column}": json.dumps({**_model(wl), "text": batch.column})}


def embedded(wl: WordLlama, batch: Batch, column: str | None, norm: bool = False) -> NDArray[Any]:
    """A vector for each record, stored or its text's: dense (with `norm` of length 1) or binary.

    `column` names those that are stored, NONE for none; without a name they are used where the
    file says that they are of this model and this text. ValueError if they are not.
    """
    found = column or _own(wl, batch)
    if found is None or found == NONE:
        return wl.embed(batch.texts, norm=norm and not wl.binary)
    stated = _stated(batch).get(found)
    if stated is not None and _differs(stated, wl, batch):
        raise ValueError(
            f"column {found!r} holds {_described(stated)}, not {_described(_said(wl, batch))}; "
            f"{_next_step(stated)}, or embed the texts anew with --vectors {NONE}"
        )
    wanted = wl.embed(batch.texts[:COMPARED])
    stored = vectors_in(batch, found, wanted.dtype)
    if stored.shape[1] != wanted.shape[1]:
        raise ValueError(
            f"column {found!r} holds vectors of {stored.shape[1]} numbers, "
            f"but the model's have {wanted.shape[1]}; is it of another --model, or cut by --dim?"
        )
    _compare(stored[:COMPARED], wanted, found, batch)
    return vectors.normalize(stored) if norm and not wl.binary else stored


def _own(wl: WordLlama, batch: Batch) -> str | None:
    """The column that the file says is of this model and these texts, if any."""
    stated = {name: said for name, said in _stated(batch).items() if name in batch.rows.names()}
    for name, said in stated.items():
        if not _differs(said, wl, batch):
            return name
    for name, said in stated.items():
        note = (
            f"note: the texts are embedded anew: column {name!r} holds {_described(said)}; "
            f"to use it, {_next_step(said)}"
        )
        if said.get("text") == batch.column and note not in _TOLD:
            _TOLD.add(note)
            print(note, file=sys.stderr)
    return None


def _stated(batch: Batch) -> dict[str, dict[str, Any]]:
    """What the file says of each column with vectors; what nobody can read is left out."""
    claims = batch.rows.claims() if isinstance(batch.rows, Table) else {}
    stated = {}
    for name, text in claims.items():
        try:
            said = json.loads(text)
        except ValueError:
            continue
        if name.startswith(CLAIM) and isinstance(said, dict):
            stated[name.removeprefix(CLAIM)] = said
    return stated


def _model(wl: WordLlama) -> dict[str, Any]:
    name = wl.origin.name if wl.origin else None
    return {"model": name, "dim": wl.dim, "binary": wl.binary, "sha256": wl.encoder.sha256}


def _said(wl: WordLlama, batch: Batch) -> dict[str, Any]:
    return {**_model(wl), "text": batch.column}


def _differs(stated: dict[str, Any], wl: WordLlama, batch: Batch) -> bool:
    ours = _said(wl, batch)
    return any(stated.get(key) != ours[key] for key in ("sha256", "binary", "text"))


def _described(stated: dict[str, Any]) -> str:
    kind = "binary" if stated.get("binary") else "dense"
    return (
        f"{kind} vectors of {stated.get('text')!r} by {stated.get('model') or 'a model'} with "
        f"{stated.get('dim')} dimensions (SHA-256 {str(stated.get('sha256'))[:12]})"
    )


def _next_step(stated: dict[str, Any]) -> str:
    binary = " --binary" if stated.get("binary") else ""
    return (
        f"give -m {stated.get('model') or 'MODEL'} --dim {stated.get('dim')}{binary} "
        f"-c {stated.get('text')}"
    )


def _compare(stored: NDArray[Any], wanted: NDArray[Any], column: str, batch: Batch) -> None:
    """ValueError unless they are the same vectors, of any length."""
    if wanted.dtype == np.uint64:
        alike = vectors.hamming_of_pairs(stored, wanted)
    else:
        units = vectors.normalize(stored), vectors.normalize(wanted)
        alike = np.einsum("ij,ij->i", *units)
        alike[~(units[0].any(axis=1) | units[1].any(axis=1))] = 1
    wrong = np.flatnonzero(alike < ALIKE)
    if len(wrong):
        raise ValueError(
            f"column {column!r} is not what this model makes of {batch.column!r}: "
            f"the vector of {batch.texts[wrong[0]]!r:.60} has a similarity of only "
            f"{alike[wrong[0]]:.3f} to it; the texts changed, or another model made it: embed them "
            f"again, or give --vectors {NONE}"
        )
