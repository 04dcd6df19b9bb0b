"""Any encoder, as one function from texts to float32 rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.vectors import signs

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]


def encode_with(encoder: Any) -> Encode:
    """A function from texts to float32 (n, dim), from an object with `.embed` or `.encode`.

    Packed binary vectors (uint64) come out as ±1: their cosine is the Hamming similarity
    1 - 2h/bits. Each distinct text of a call is embedded once.

    Raises:
        TypeError: `encoder` has neither method.
        ValueError: what it gives is not one finite row per text.
    """
    method = getattr(encoder, "embed", None) or getattr(encoder, "encode", None)
    if not callable(method):
        kind = type(encoder).__name__
        raise TypeError(f"encoder must have .embed(texts) or .encode(texts), {kind} has neither")

    def encode(texts: Sequence[str]) -> Vectors:
        place: dict[str, int] = {}
        rows = np.fromiter((place.setdefault(t, len(place)) for t in texts), np.int64, len(texts))
        return _checked(np.asarray(method(list(place))), list(place), encoder)[rows]

    return encode


def _checked(vectors: NDArray[Any], texts: list[str], encoder: Any) -> Vectors:
    kind = type(encoder).__name__
    if vectors.ndim != 2 or len(vectors) != len(texts):
        expected = f"one row for each of {len(texts)} texts"
        raise ValueError(f"encoder {kind} gave an array of shape {vectors.shape}, not {expected}")
    if vectors.dtype == np.uint64:
        return signs(vectors)
    rows = np.ascontiguousarray(vectors, np.float32)
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        text = texts[int(np.argmin(finite))]
        raise ValueError(f"encoder {kind} gave NaN or infinity for the text {text[:80]!r}")
    return rows


@dataclass
class Form:
    """An encoder cut to its first `dim` dimensions and, with `binary`, to the signs of those."""

    encoder: Any
    dim: int | None = None
    binary: bool = False
    _encode: Encode = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Take the encoder's method once."""
        self._encode = encode_with(self.encoder)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Float32 (n, dim); ±1 where binary, 1 where the value is > 0 as in packed vectors."""
        vectors = self._encode(texts)
        if self.dim is not None and self.dim > vectors.shape[1]:
            raise ValueError(f"dim must be at most {vectors.shape[1]}, got {self.dim}")
        cut = np.ascontiguousarray(vectors[:, : self.dim])
        return np.where(cut > 0, np.float32(1), np.float32(-1)) if self.binary else cut


@dataclass
class Remembered:
    """An encoder that caches its vectors, so that several forms of it embed the texts only once."""

    encoder: Any
    _place: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    _blocks: list[Vectors] = field(default_factory=list, init=False, repr=False)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Float32 (n, dim)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._place]
        if new or not self._blocks:
            self._blocks.append(encode_with(self.encoder)(new))
            self._place |= {text: len(self._place) + i for i, text in enumerate(new)}
            self._blocks = [np.concatenate(self._blocks)]
        return self._blocks[0][[self._place[text] for text in texts]]


def forms(
    name: str, encoder: Any, dims: Sequence[int] = (), binary: Sequence[int] = ()
) -> dict[str, Form]:
    """The encoder cut to each of `dims`, and to the signs of each of `binary`, under their names.

    >>> from types import SimpleNamespace
    >>> encoder = SimpleNamespace(embed=lambda texts: np.ones((len(texts), 128)))
    >>> list(forms("wl", encoder, dims=[64], binary=[64, 128]))
    ['wl @64', 'wl @64 binary', 'wl @128 binary']
    """
    once = Remembered(encoder)
    dense = {f"{name} @{dim}": Form(once, dim) for dim in dims}
    return dense | {f"{name} @{dim} binary": Form(once, dim, binary=True) for dim in binary}
