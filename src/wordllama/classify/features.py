"""What a text says beside its vector: which tokens and pairs of tokens it holds, by TF-IDF."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordllama.encode.encoder import Encoder
from wordllama.encode.surface import surfaces

MOST = 1 << 18
"""Features of a classifier; where there are more, those in the fewest texts are left out."""
MOST_WEIGHTS = 1 << 26
"""Features times classes."""


class Sparse(NamedTuple):
    """Row i has the values[j] of the columns[j], offsets[i] <= j < offsets[i + 1]."""

    columns: NDArray[np.int32]
    offsets: NDArray[np.int64]
    values: NDArray[np.float32]

    def take(self, rows: NDArray[np.int64]) -> Sparse:
        """Some of the rows."""
        starts, lengths = self.offsets[rows], np.diff(self.offsets)[rows]
        offsets = _offsets(lengths)
        places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return Sparse(self.columns[places], offsets, self.values[places])


@dataclass(frozen=True)
class Vocabulary:
    """The features of a classifier.

    The key of a token is its id, that of a pair (a, b) of neighbours (a + 1) * n_tokens + b. Tokens
    that differ in case alone are one.
    """

    keys: NDArray[np.int64]
    """(features,), rising."""
    idf: NDArray[np.float32]
    """(features,): 1 + log((1 + texts) / (1 + texts that hold it))."""
    folded: NDArray[np.int32]
    """(n_tokens,) the token that stands for each."""

    @classmethod
    def of(
        cls, ids: NDArray[np.int32], offsets: NDArray[np.int64], encoder: Encoder, classes: int
    ) -> tuple[Vocabulary, Sparse]:
        """The features of texts, of which these are the token ids, and the texts' own."""
        folded = fold(encoder)
        texts, keys = _occurrences(ids, offsets, folded)
        distinct, columns = np.unique(keys, return_inverse=True)
        n = len(offsets) - 1
        held, places, counts = _counted(texts, columns, len(distinct), n)
        frequency = np.bincount(places, minlength=len(distinct))
        most = min(MOST, max(1, MOST_WEIGHTS // classes))
        if len(distinct) > most:
            best = np.sort(np.argsort(-frequency, kind="stable")[:most])
            column = np.full(len(distinct), -1)
            column[best] = np.arange(most)
            known = column[places] >= 0
            held, places, counts = held[known], column[places][known], counts[known]
            distinct, frequency = distinct[best], frequency[best]
        idf = (1 + np.log((1 + n) / (1 + frequency))).astype(np.float32)
        made = cls(distinct, idf, folded)
        return made, made._weighted(held, places, counts, n)

    def rows(self, ids: NDArray[np.int32], offsets: NDArray[np.int64]) -> Sparse:
        """The features of texts, each row of length 1, or 0 where none is known."""
        texts, keys = _occurrences(ids, offsets, self.folded)
        columns = self._columns(keys)
        known = columns >= 0
        n = len(offsets) - 1
        return self._weighted(*_counted(texts[known], columns[known], len(self.keys), n), n)

    def shares(
        self, ids: NDArray[np.int32], offsets: NDArray[np.int64], coef: NDArray[np.float32]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """(tokens, what each adds) of one text to its score; of a pair, half goes to either token.

        A token may come in several of the arrays, and twice in one of them.
        """
        row = self.rows(ids, offsets)
        by_column = np.zeros(len(self.keys) + 1)
        by_column[row.columns] = row.values * coef[row.columns].astype(np.float64)
        columns = self._columns(_occurrences(ids, offsets, self.folded)[1])
        adds = by_column[columns] / np.bincount(columns + 1)[columns + 1]  # 0 where column is -1
        n = len(ids)
        yield np.arange(n), adds[:n]
        for first in (0, 1):
            yield np.arange(n - 1) + first, adds[n:] / 2

    def _columns(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        if not len(self.keys):
            return np.full(len(keys), -1)
        columns = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[columns] == keys, columns, -1)

    def _weighted(
        self,
        texts: NDArray[np.int64],
        columns: NDArray[np.int64],
        counts: NDArray[np.int64],
        n: int,
    ) -> Sparse:
        values = (1 + np.log(counts)) * self.idf[columns]
        lengths = np.sqrt(np.bincount(texts, values * values, minlength=n))
        offsets = _offsets(np.bincount(texts, minlength=n))
        scaled = (values / lengths[texts]).astype(np.float32)
        return Sparse(columns.astype(np.int32), offsets, scaled)


def fold(encoder: Encoder) -> NDArray[np.int32]:
    """(n_tokens,) the first token with the same text apart from case."""
    text = encoder.tokenizer_json
    named = surfaces(text if isinstance(text, str) else text.decode())
    folded = np.arange(encoder.n_tokens, dtype=np.int32)
    first: dict[str, int] = {}
    for token in sorted(named):
        if token < len(folded):
            folded[token] = first.setdefault(named[token].casefold(), token)
    return folded


def _occurrences(
    ids: NDArray[np.int32], offsets: NDArray[np.int64], folded: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(text, key) of every token and pair."""
    tokens = folded[ids].astype(np.int64)
    texts = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    inside = texts[1:] == texts[:-1]
    pairs = ((tokens[:-1] + 1) * len(folded) + tokens[1:])[inside]
    return np.concatenate([texts, texts[:-1][inside]]), np.concatenate([tokens, pairs])


def _counted(
    texts: NDArray[np.int64], columns: NDArray[np.int64], n_columns: int, n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(text, column, count) of what each text holds, by text, then column."""
    held, counts = np.unique(texts * n_columns + columns, return_counts=True)
    return held // max(n_columns, 1), held % max(n_columns, 1), counts


def _offsets(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
