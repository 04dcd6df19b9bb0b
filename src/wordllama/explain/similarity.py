"""A similarity as a sum over pairs of words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.arguments import at_least
from wordllama.encode.encoder import Encoder
from wordllama.explain import render
from wordllama.explain.word_vectors import Pair, WordVectors, word_vectors
from wordllama.extras import require

Matrix = NDArray[np.float64]

_CELLS = 1 << 22
"""Pairs of words looked at together."""


@dataclass(frozen=True)
class Explanation:
    """Why `a` and `b` are similar: `matrix` sums to their similarity."""

    a: WordVectors
    b: WordVectors
    parts_a: Matrix
    """(words of a, dim) float64, whose products with `parts_b` are what the pairs add."""
    parts_b: Matrix
    similarity: float
    binary: bool = False
    """Whether the similarity is that of binary vectors (see `explain`)."""

    @cached_property
    def matrix(self) -> Matrix:
        """(words of a, words of b) float64: what each pair adds."""
        return self.parts_a @ self.parts_b.T

    @property
    def shares_a(self) -> Matrix:
        """What each word of `a` adds to the similarity."""
        shares: Matrix = self.parts_a @ self.parts_b.sum(axis=0)
        return shares

    @property
    def shares_b(self) -> Matrix:
        """What each word of `b` adds to the similarity."""
        shares: Matrix = self.parts_b @ self.parts_a.sum(axis=0)
        return shares

    def pairs(self, n: int = 10) -> list[Pair]:
        """The `n` pairs that add most, best first."""
        at_least(0, n=n)
        best: list[tuple[float, int, int]] = []
        step = max(1, _CELLS // max(1, len(self.parts_b)))
        for start in range(0, len(self.parts_a), step):
            shares = self.parts_a[start : start + step] @ self.parts_b.T
            rows, columns = np.unravel_index(_highest(shares.ravel(), n), shares.shape)
            found = zip(-shares[rows, columns], rows + start, columns, strict=True)
            best = sorted([*best, *found])[:n]
        return [self._pair(int(i), int(j), -float(share)) for share, i, j in best]

    def _pair(self, i: int, j: int, share: float) -> Pair:
        left, right = self.a.vectors[i], self.b.vectors[j]
        norms = float(np.linalg.norm(left) * np.linalg.norm(right))
        cosine = float(left @ right) / norms if norms else 0.0
        return Pair(self.a.words[i], self.b.words[j], share, cosine)

    def to_arrow(self) -> Any:
        """An Arrow table of all pairs: words, their places, and what each adds."""
        return require("pyarrow", extra="files").table(self._columns())

    def to_pandas(self) -> Any:
        """The matrix as a pandas data frame, the words of a by the words of b."""
        words = [[str(word) for word in text.words] for text in (self.a, self.b)]
        return require("pandas", extra="pandas").DataFrame(
            self.matrix, index=words[0], columns=words[1]
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the matrix as a heat map, green where a pair adds; the matplotlib axes.

        Needs the extra `plot`. `ax`: axes to draw on.
        """
        return render.heat_map(self, ax)

    def _columns(self) -> dict[str, Any]:
        rows, columns = (axis.ravel() for axis in np.indices(self.matrix.shape))
        a, b = [self.a.words[i] for i in rows], [self.b.words[j] for j in columns]
        return {
            "a": [word.text for word in a],
            "a_start": [word.start for word in a],
            "b": [word.text for word in b],
            "b_start": [word.start for word in b],
            "share": self.matrix.ravel(),
        }

    def __str__(self) -> str:
        return render.terminal(self, colour=False)

    def coloured(self) -> str:
        """The text form for a terminal, words on green (they add) and red (they take away)."""
        return render.terminal(self, colour=True)

    def _repr_html_(self) -> str:
        return render.html(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything in plain types, ready for JSON."""
        return {
            "similarity": self.similarity,
            "binary": self.binary,
            "a": _side(self.a, self.shares_a),
            "b": _side(self.b, self.shares_b),
            "matrix": self.matrix.tolist(),
        }


def explain(a: str, b: str, encoder: Encoder, binary: bool = False) -> Explanation:
    """The similarity of `a` and `b` as a sum over their words.

    A text's vector is the mean of its tokens' rows, so the dot product of two vectors is a sum of
    dot products over all pairs of tokens. Divided by the two lengths it is the cosine; grouped by
    words it is `matrix`, which sums to the similarity.

    Binary vectors are signs, which are not sums over words. Here each dimension in which the two
    signs agree adds `1 / bits`, and every other one subtracts as much. That amount is divided among
    the words whose own value has the text's sign, in proportion to the size of the values; if there
    is no such word, evenly among all. The matrix sums to the Hamming similarity. Its shares tell
    which words voted for the bits, not what would change without a word. The binary vector of a
    text without tokens is all zeros: its similarity comes from no word, and the matrix is empty.
    """
    left, right = word_vectors(a, encoder), word_vectors(b, encoder)
    parts_a, parts_b = map(_votes if binary else _directions, (left, right))
    similarity = float(parts_a.sum(axis=0) @ parts_b.sum(axis=0))
    if binary and not (left.words and right.words):
        similarity = float(_signs(left) @ _signs(right)) / encoder.dim
    return Explanation(left, right, parts_a, parts_b, similarity, binary)


def _directions(text: WordVectors) -> Matrix:
    """The words' vectors by the length of their sum."""
    norm = np.linalg.norm(text.vectors.sum(axis=0))
    directions: Matrix = text.vectors / norm if norm else text.vectors
    return directions


def _signs(text: WordVectors) -> Matrix:
    return np.where(text.vectors.sum(axis=0) > 0, 1.0, -1.0)


def _votes(text: WordVectors) -> Matrix:
    """(words, dim): each dimension's sign, by the root of their number, shared among the voters."""
    signs = _signs(text)
    if not text.words:
        return text.vectors
    votes = np.maximum(text.vectors * signs, 0)
    cast = votes.sum(axis=0)
    even = 1 / len(text.words)
    shares = np.where(cast > 0, votes / np.where(cast > 0, cast, 1), even)
    parts: Matrix = shares * signs / np.sqrt(len(signs))
    return parts


def _highest(values: Matrix, n: int) -> NDArray[np.int64]:
    """Places of the `n` highest values, best first; ties keep their order."""
    places = np.arange(len(values))
    if 0 < n < len(values):
        places = np.flatnonzero(values >= np.partition(values, -n)[-n])
    return places[np.argsort(-values[places], kind="stable")][:n]


def _side(text: WordVectors, shares: Matrix) -> dict[str, Any]:
    words = [
        {"text": word.text, "start": word.start, "end": word.end, "share": float(share)}
        for word, share in zip(text.words, shares, strict=True)
    ]
    return {"text": text.text, "words": words}
