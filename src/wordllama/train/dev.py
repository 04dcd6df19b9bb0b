"""The score on the dev set, which is watched while training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wordllama.train.config import Data
from wordllama.train.corpus import Tokenize, read_corpus
from wordllama.train.exclude import Exclusion
from wordllama.train.linear import text_vectors
from wordllama.vectors import binarize, hamming_similarity, normalize

_PAIRS_AT_ONCE = 1000


def scorer(data: Data, tokenize: Tokenize) -> Callable[[NDArray[np.float32], bool], float]:
    """(rows, binary) -> the dev set's figure x 100.

    Spearman's correlation for scored pairs, mean reciprocal rank among 1,000 for pairs.
    """
    corpus = read_corpus(data, tokenize, Exclusion())
    n = len(corpus)
    scores = corpus.scores

    def score(rows: NDArray[np.float32], binary: bool = False) -> float:
        vectors = text_vectors(rows, corpus.columns[:2])
        a, b = vectors[:n], vectors[n:]
        if scores is not None:
            return 100 * _spearman(_paired(a, b, binary), scores)
        return 100 * _reciprocal_rank(a, b, binary)

    return score


def _paired(a: NDArray[np.float32], b: NDArray[np.float32], binary: bool) -> NDArray[np.float32]:
    if binary:
        differing: NDArray[np.float32] = ((a > 0) != (b > 0)).sum(axis=1, dtype=np.float32)
        return -differing
    product: NDArray[np.float32] = (normalize(a) * normalize(b)).sum(axis=1)
    return product


def _reciprocal_rank(a: NDArray[np.float32], b: NDArray[np.float32], binary: bool) -> float:
    found = []
    for start in range(0, len(a), _PAIRS_AT_ONCE):
        left, right = (x[start : start + _PAIRS_AT_ONCE] for x in (a, b))
        if binary:
            scores = hamming_similarity(binarize(left), binarize(right))
        else:
            scores = normalize(left) @ normalize(right).T
        of_pair = np.diagonal(scores)[:, None]
        found.append(1.0 / (scores >= of_pair).sum(axis=1))
    return float(np.concatenate(found).mean())


def _spearman(x: NDArray[np.float32], y: NDArray[np.float32]) -> float:
    return float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])


def _ranks(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Ranks; equal values share their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[place], dtype=np.float64)
