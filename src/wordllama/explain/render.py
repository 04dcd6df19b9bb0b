"""Explanations for the eye: a terminal, a notebook."""

from __future__ import annotations

from html import escape
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wordllama.explain.word_vectors import Pair, WordVectors
from wordllama.extras import require

_PAIRS = 5
_MATRIX_WORDS = 24
"""A matrix is drawn for texts of up to so many words."""

_RESET = "\x1b[0m"
Shares = NDArray[np.float64]


class Explained(Protocol):
    """What is shown of an `Explanation`."""

    @property
    def a(self) -> WordVectors:
        """One text."""

    @property
    def b(self) -> WordVectors:
        """The other."""

    @property
    def similarity(self) -> float:
        """What is explained."""

    @property
    def binary(self) -> bool:
        """Whether it is that of binary vectors."""

    @property
    def matrix(self) -> Shares:
        """What each pair adds."""

    @property
    def shares_a(self) -> Shares:
        """What each word of `a` adds."""

    @property
    def shares_b(self) -> Shares:
        """What each word of `b` adds."""

    def pairs(self, n: int) -> list[Pair]:
        """The pairs that add most."""


def terminal(explanation: Explained, colour: bool) -> str:
    """Lines: the similarity, both texts' words with their shares, the best pairs."""
    strongest = _strongest(explanation)
    lines = [f"similarity {explanation.similarity:.4f}{_note(explanation)}"]
    for name, text, shares in _sides(explanation):
        words = [
            _painted(str(word), share / strongest) if colour else f"{word} {share:+.3f}"
            for word, share in zip(text.words, shares, strict=True)
        ]
        lines.append(f"{name}: " + (" " if colour else ", ").join(words))
    lines += [f"  {pair}" for pair in explanation.pairs(_PAIRS)]
    return "\n".join(lines)


def _painted(word: str, strength: float) -> str:
    """Black on a green (or, for a negative share, red) that deepens with the strength."""
    pale = round(255 - 175 * min(1.0, abs(strength)))
    red, green = (pale, 235) if strength >= 0 else (245, pale)
    return f"\x1b[38;2;0;0;0;48;2;{red};{green};{pale}m{word}{_RESET}"


def html(explanation: Explained) -> str:
    """Both texts with words shaded by their shares, and the best pairs or the whole matrix."""
    strongest = _strongest(explanation)
    texts = "".join(
        f"<p><b>{name}</b> {_shaded_text(text, shares / strongest)}</p>"
        for name, text, shares in _sides(explanation)
    )
    head = f"<p>similarity <b>{explanation.similarity:.4f}</b>{_note(explanation)}</p>"
    small = max(len(explanation.a.words), len(explanation.b.words)) <= _MATRIX_WORDS
    table = _matrix_table(explanation) if small else _pair_table(explanation)
    return f'<div class="wordllama-explanation">{head}{texts}{table}</div>'


def heat_map(explanation: Explained, ax: Any = None) -> Any:
    """The matrix, words of a downwards and of b to the right; the matplotlib axes."""
    pyplot = require("matplotlib.pyplot", extra="plot")
    matrix = explanation.matrix
    if ax is None:
        rows, columns = matrix.shape
        ax = pyplot.subplots(figsize=(2 + 0.5 * min(columns, 40), 1.5 + 0.4 * min(rows, 40)))[1]
    strongest = max(float(np.abs(matrix).max(initial=0)), 1e-12)
    if matrix.size:
        image = ax.imshow(matrix, cmap="RdYlGn", vmin=-strongest, vmax=strongest, aspect="auto")
        ax.figure.colorbar(image, ax=ax)
    ax.set_xticks(range(matrix.shape[1]), list(map(str, explanation.b.words)), rotation=90)
    ax.set_yticks(range(matrix.shape[0]), list(map(str, explanation.a.words)))
    ax.set_title(f"similarity {explanation.similarity:.4f}{_note(explanation)}", fontsize="medium")
    return ax


def _shaded_text(text: WordVectors, strengths: NDArray[np.float64]) -> str:
    parts, at = [], 0
    for word, strength in zip(text.words, strengths, strict=True):
        parts.append(escape(text.text[at : word.start]))
        parts.append(f'<span style="{_shade(strength)}">{escape(word.text)}</span>')
        at = word.end
    return "".join([*parts, escape(text.text[at:])])


def _matrix_table(explanation: Explained) -> str:
    strongest = max(float(np.abs(explanation.matrix).max(initial=0)), 1e-12)
    head = "".join(f"<th>{escape(str(word))}</th>" for word in explanation.b.words)
    rows = [f"<tr><th></th>{head}</tr>"]
    for word, shares in zip(explanation.a.words, explanation.matrix, strict=True):
        cells = "".join(
            f'<td style="{_shade(share / strongest)}">{share:+.3f}</td>' for share in shares
        )
        rows.append(f"<tr><th>{escape(str(word))}</th>{cells}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _pair_table(explanation: Explained) -> str:
    rows = [
        f"<tr><td>{escape(str(pair.a))}</td><td>{escape(str(pair.b))}</td>"
        f"<td>{pair.share:+.3f}</td><td>{pair.cosine:.2f}</td></tr>"
        for pair in explanation.pairs(2 * _PAIRS)
    ]
    head = "<tr><th>a</th><th>b</th><th>share</th><th>cosine</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _shade(strength: float) -> str:
    red, green, blue = (46, 160, 67) if strength >= 0 else (218, 54, 51)
    return f"background-color: rgba({red}, {green}, {blue}, {min(1.0, abs(strength)) * 0.6:.2f})"


def _sides(explanation: Explained) -> list[tuple[str, WordVectors, NDArray[np.float64]]]:
    a, b = explanation.a, explanation.b
    return [("a", a, explanation.shares_a), ("b", b, explanation.shares_b)]


def _strongest(explanation: Explained) -> float:
    shares = np.concatenate((explanation.shares_a, explanation.shares_b))
    return max(float(np.abs(shares).max(initial=0)), 1e-12)


def _note(explanation: Explained) -> str:
    return " (binary: shares of the votes for each bit)" if explanation.binary else ""
