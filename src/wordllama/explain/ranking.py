"""Why a ranking is as it is: the share of each word, and the difference of two documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wordllama.arguments import at_least
from wordllama.encode.encoder import Encoder
from wordllama.explain.similarity import Explanation, Matrix, explain
from wordllama.explain.word_vectors import Word
from wordllama.extras import require


@dataclass(frozen=True)
class Ranking:
    """Documents, best first, with the explanation (query, document) of each."""

    indices: tuple[int, ...]
    """Where each stood in the input."""
    explanations: tuple[Explanation, ...]

    def __str__(self) -> str:
        return "\n".join(map(_line, self.explanations))

    def coloured(self) -> str:
        """The text form for a terminal, one explanation after the other."""
        return "\n\n".join(each.coloured() for each in self.explanations)

    def _repr_html_(self) -> str:
        return "<hr>".join(each._repr_html_() for each in self.explanations)

    def to_dict(self) -> dict[str, Any]:
        """Everything in plain types, ready for JSON."""
        pairs = zip(self.indices, self.explanations, strict=True)
        return {"ranking": [{"index": index, **each.to_dict()} for index, each in pairs]}

    def columns(self) -> dict[str, list[Any]]:
        """One row for each document: its place in the input, text and similarity, best first."""
        return {
            "index": list(self.indices),
            "text": [each.b.text for each in self.explanations],
            "similarity": [each.similarity for each in self.explanations],
        }

    def to_arrow(self) -> Any:
        """`columns` as a pyarrow table (extra `files`)."""
        return require("pyarrow", extra="files").table(self.columns())

    def to_pandas(self) -> Any:
        """`columns` as a pandas data frame (extra `pandas`)."""
        return require("pandas", extra="pandas").DataFrame(self.columns())


def explain_ranking(
    query: str, docs: Sequence[str], encoder: Encoder, binary: bool = False
) -> Ranking:
    """Each document's similarity to `query`, explained, best first (ties in input order)."""
    explained = [explain(query, doc, encoder, binary) for doc in docs]
    order = sorted(range(len(explained)), key=lambda i: -explained[i].similarity)
    return Ranking(tuple(order), tuple(explained[i] for i in order))


@dataclass(frozen=True)
class Contrast:
    """Why one document is more similar to a query: shares that sum to the difference."""

    a: Explanation
    """(query, a)"""
    b: Explanation
    """(query, b)"""

    @property
    def difference(self) -> float:
        """Similarity of the query to `a` minus that to `b`."""
        return self.a.similarity - self.b.similarity

    @property
    def query_shares(self) -> Matrix:
        """What each word of the query adds to the difference."""
        shares: Matrix = self.a.shares_a - self.b.shares_a
        return shares

    def reasons(self, n: int = 10) -> list[tuple[str, Word, float]]:
        """The `n` words of a ("a") and b ("b") that change the difference most, up or down."""
        at_least(0, n=n)
        moves = [("a", w, float(s)) for w, s in zip(self.a.b.words, self.a.shares_b, strict=True)]
        moves += [("b", w, -float(s)) for w, s in zip(self.b.b.words, self.b.shares_b, strict=True)]
        return sorted(moves, key=lambda move: -abs(move[2]))[:n]

    def __str__(self) -> str:
        above = "above" if self.difference > 0 else "below"
        by = f"a is {above} b by {abs(self.difference):.4f}"
        lines = [by if self.difference else "a and b are equally near"]
        lines += [f"a {_line(self.a)}", f"b {_line(self.b)}"]
        words = zip(self.a.a.words, self.query_shares, strict=True)
        lines.append("query: " + ", ".join(f"{word} {share:+.3f}" for word, share in words))
        return "\n".join(lines)

    def columns(self) -> dict[str, list[Any]]:
        """One row for each word: of the "query", "a" or "b", its text, and what it adds."""
        query = zip(self.a.a.words, self.query_shares.tolist(), strict=True)
        moves = [("query", word, share) for word, share in query]
        moves += self.reasons(len(self.a.b.words) + len(self.b.b.words))
        return {
            "of": [side for side, _, _ in moves],
            "word": [word.text for _, word, _ in moves],
            "start": [word.start for _, word, _ in moves],
            "share": [share for _, _, share in moves],
        }

    def to_arrow(self) -> Any:
        """`columns` as a pyarrow table (extra `files`)."""
        return require("pyarrow", extra="files").table(self.columns())

    def to_pandas(self) -> Any:
        """`columns` as a pandas data frame (extra `pandas`)."""
        return require("pandas", extra="pandas").DataFrame(self.columns())

    def plot(self, ax: Any = None) -> Any:
        """Draw what each word of the query adds to the difference as bars; the matplotlib axes.

        Needs the extra `plot`. `ax`: axes to draw on.
        """
        pyplot = require("matplotlib.pyplot", extra="plot")
        ax = pyplot.subplots(figsize=(6, 1 + 0.4 * len(self.a.a.words)))[1] if ax is None else ax
        shares = self.query_shares
        places = np.arange(len(shares))
        ax.barh(
            places, shares, color=["tab:green" if share >= 0 else "tab:red" for share in shares]
        )
        ax.set_yticks(places, list(map(str, self.a.a.words)))
        ax.invert_yaxis()
        ax.set_title(str(self).split("\n", 1)[0], fontsize="medium")
        return ax

    def _repr_html_(self) -> str:
        head = f"<p>difference <b>{self.difference:+.4f}</b></p>"
        return head + self.a._repr_html_() + "<hr>" + self.b._repr_html_()

    def to_dict(self) -> dict[str, Any]:
        """Everything in plain types, ready for JSON."""
        words = zip(self.a.a.words, self.query_shares.tolist(), strict=True)
        return {
            "difference": self.difference,
            "query": [{"text": word.text, "share": share} for word, share in words],
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
        }


def contrast(query: str, a: str, b: str, encoder: Encoder, binary: bool = False) -> Contrast:
    """Why `a` ranks above (or below) `b` for `query`."""
    return Contrast(explain(query, a, encoder, binary), explain(query, b, encoder, binary))


def _line(explanation: Explanation) -> str:
    """Similarity, document, and its words by what they add."""
    shares = explanation.shares_b
    best = np.argsort(-np.abs(shares), kind="stable")[:4]
    words = ", ".join(f"{explanation.b.words[i]} {shares[i]:+.3f}" for i in best)
    text = " ".join(explanation.b.text.split())
    shown = text if len(text) <= 60 else text[:59] + "…"
    return f"{explanation.similarity:.4f}  {shown}  ({words})"
