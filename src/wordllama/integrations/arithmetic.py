"""sentence-transformers' similarities and lower precisions, in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.extras import require
from wordllama.vectors import cosine, normalize

Floats = NDArray[np.float32]
Similarity = Callable[[Floats, Floats], Floats]


def _dot(a: Floats, b: Floats) -> Floats:
    product: Floats = a @ b.T
    return product


def _euclidean(a: Floats, b: Floats) -> Floats:
    return np.stack([-np.linalg.norm(row - b, axis=1) for row in a])


def _manhattan(a: Floats, b: Floats) -> Floats:
    return np.stack([-np.abs(row - b).sum(axis=1) for row in a])


MATRIX: dict[str, Similarity] = {
    "cosine": cosine,
    "dot": _dot,
    "euclidean": _euclidean,
    "manhattan": _manhattan,
}
"""Name -> every row of `a` beside every row of `b`: (n, m). Distances are negative."""

PAIRWISE: dict[str, Similarity] = {
    "cosine": lambda a, b: (normalize(a) * normalize(b)).sum(axis=1),
    "dot": lambda a, b: (a * b).sum(axis=1),
    "euclidean": lambda a, b: -np.linalg.norm(a - b, axis=1),
    "manhattan": lambda a, b: -np.abs(a - b).sum(axis=1),
}
"""Name -> each row of `a` beside the same row of `b`: (n,)."""


def rows_of(embeddings: Any) -> Floats:
    """Float32 rows of an array or tensor (n, dim) or (dim,), or of a list of such rows."""
    if isinstance(embeddings, list) and any(map(_is_tensor, embeddings)):
        return np.stack([rows_of(row)[0] for row in embeddings])
    if _is_tensor(embeddings):
        embeddings = embeddings.detach().float().cpu().numpy()
    return np.atleast_2d(np.asarray(embeddings, np.float32))


def same_kind(result: Floats, *given: Any) -> Any:
    """The result as a tensor if any of the given was one or a list of them, else as it is."""
    firsts = [each[0] if isinstance(each, list) and each else each for each in given]
    if not any(map(_is_tensor, firsts)):
        return result
    return require("torch", extra="sentence-transformers").from_numpy(result)


def quantize(rows: Floats, precision: str) -> NDArray[Any]:
    """Rows in fewer bits: "int8" and "uint8" between each column's least and greatest value here,
    "binary" and "ubinary" as packed signs (int8, uint8).

    >>> quantize(np.array([[0, 510], [255, 0]], np.float32), "uint8").tolist()
    [[0, 255], [255, 0]]
    >>> quantize(np.array([[1.0, -1.0] * 4], np.float32), "ubinary").tolist()
    [[170]]
    """
    if precision in ("binary", "ubinary"):
        signs = np.packbits(rows > 0, axis=-1)
        return signs if precision == "ubinary" else (signs ^ 0x80).view(np.int8)
    if precision not in ("int8", "uint8"):
        raise ValueError(
            f"precision must be float32, int8, uint8, binary or ubinary, not {precision!r}"
        )
    if len(rows) == 1:
        raise ValueError(f"precision {precision!r} needs more than one text: it spans their values")
    if not len(rows):
        return rows.astype(precision)
    least = rows.min(axis=0)
    steps = (rows.max(axis=0) - least) / 255
    steps[steps == 0] = 1
    levels = np.clip(np.floor((rows - least) / steps), 0, 255)
    stored: NDArray[Any] = (levels if precision == "uint8" else levels - 128).astype(precision)
    return stored


def _is_tensor(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "torch"
