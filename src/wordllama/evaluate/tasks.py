"""The kinds of tasks: each holds its texts and scores an encoder's vectors.

The protocols are those of MTEB (Muennighoff et al. 2023, https://arxiv.org/abs/2210.07316): vectors
are taken as the encoder gives them, not normalised, except where a cosine is the score itself.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wordllama.evaluate import metrics
from wordllama.evaluate.encoders import Encode, Vectors
from wordllama.evaluate.metrics import Floats, Weighted
from wordllama.extras import require
from wordllama.vectors import normalize

DRAWS = 10
EXAMPLES = 8
"""Labelled texts of each class that a few-shot classifier sees."""
FOUND = 10
"""Documents of each query that count."""
CLUSTERED = 2000
"""Texts of one clustering draw."""


@dataclass(frozen=True)
class Outcome:
    """A task's score (0 to 1, or -1 to 1) and its bootstrap draws (resamples,)."""

    value: float
    samples: Floats


class Task(Protocol):
    """A named set of one kind."""

    @property
    def name(self) -> str:
        """The set's name."""
        ...

    @property
    def group(self) -> str:
        """The group that it belongs to."""
        ...

    @property
    def metric(self) -> str:
        """The name of the score."""
        ...

    def __len__(self) -> int:
        """Items that are scored."""
        ...

    def score(self, encode: Encode, resamples: int) -> Outcome:
        """The score of `encode`'s vectors."""
        ...


def _outcome(task: Task, figure: Weighted, resamples: int) -> Outcome:
    seed = zlib.crc32(task.name.encode())
    return Outcome(figure(None), metrics.bootstrap(figure, len(task), resamples, seed))


def _cosines(encode: Encode, first: Sequence[str], second: Sequence[str]) -> Vectors:
    vectors = normalize(encode([*first, *second]))
    cosines: Vectors = (vectors[: len(first)] * vectors[len(first) :]).sum(axis=1)
    return cosines


@dataclass(frozen=True)
class ScoredPairs:
    """Pairs of texts (or words), rated for similarity: Spearman of the rating and the cosine."""

    name: str
    first: Sequence[str]
    second: Sequence[str]
    scores: Sequence[float]
    group: str = "STS"
    metric: str = "Spearman"

    def __len__(self) -> int:
        return len(self.scores)

    def score(self, encode: Encode, resamples: int = 0) -> Outcome:
        """Spearman's correlation over all pairs, whatever subset they come from."""
        cosines = _cosines(encode, self.first, self.second)
        return _outcome(self, metrics.spearman(cosines, self.scores), resamples)


@dataclass(frozen=True)
class LabelledPairs:
    """Pairs of texts that mean the same, or not: average precision of the cosine."""

    name: str
    first: Sequence[str]
    second: Sequence[str]
    same: Sequence[bool]
    group: str = "pairs"
    metric: str = "average precision"

    def __len__(self) -> int:
        return len(self.same)

    def score(self, encode: Encode, resamples: int = 0) -> Outcome:
        """Average precision over all pairs."""
        cosines = _cosines(encode, self.first, self.second)
        return _outcome(self, metrics.average_precision(cosines, self.same), resamples)


@dataclass(frozen=True)
class Labelled:
    """Texts with a class: accuracy of logistic regression on 8 examples a class, 10 draws."""

    name: str
    train: Sequence[str]
    train_labels: Sequence[str]
    test: Sequence[str]
    test_labels: Sequence[str]
    group: str = "classification"
    metric: str = "accuracy"

    def __len__(self) -> int:
        return len(self.test)

    def score(self, encode: Encode, resamples: int = 0) -> Outcome:
        """Mean accuracy of the draws; intervals draw examples and test texts anew."""
        linear = require("sklearn.linear_model", extra="evaluate")
        exceptions = require("sklearn.exceptions", extra="evaluate")
        labels, test_labels = np.asarray(self.train_labels), np.asarray(self.test_labels)
        draws_of_rows = few_shot(labels, EXAMPLES, DRAWS)
        used, places = np.unique(np.concatenate(draws_of_rows), return_inverse=True)
        vectors = encode([*(self.train[i] for i in used), *self.test])
        examples, test = vectors[: len(used)], vectors[len(used) :]
        right = np.empty((DRAWS, len(test)), bool)
        draws = np.split(places, np.cumsum([len(rows) for rows in draws_of_rows])[:-1])
        with _one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
            for draw, rows in enumerate(draws):
                head = linear.LogisticRegression(max_iter=100)
                head.fit(examples[rows], labels[used[rows]])
                right[draw] = head.predict(test) == test_labels
        rng = np.random.default_rng(len(self))

        def figure(weights: Floats | None = None) -> float:
            if weights is None:
                return float(right.mean())
            again = np.bincount(rng.integers(DRAWS, size=DRAWS), minlength=DRAWS)
            return float(again @ right @ weights / (DRAWS * weights.sum()))

        return _outcome(self, figure, resamples)


def _one_thread() -> AbstractContextManager[Any]:
    """Fits this small are 2 to 100 times faster without threads that wait for each other."""
    threads = require("threadpoolctl", extra="evaluate")
    limits: AbstractContextManager[Any] = threads.threadpool_limits(1)
    return limits


def few_shot(labels: NDArray[np.str_], examples: int, draws: int) -> list[NDArray[np.int64]]:
    """Indices of up to `examples` items of each label, drawn at random, for each of `draws`.

    The draws are MTEB's: one order, to which one random permutation is applied before each draw, of
    which the first items of each label are taken.

    >>> [rows.tolist() for rows in few_shot(np.array(["a", "b", "a", "b", "b"]), 1, 2)]
    [[1, 2], [2, 4]]
    """
    order = np.arange(len(labels))
    sizes = np.unique(labels, return_counts=True)[1]
    rank = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    drawn = []
    for _ in range(draws):
        np.random.RandomState(42).shuffle(order)
        grouped = order[np.argsort(labels[order], kind="stable")]
        drawn.append(np.sort(grouped[rank < examples]))
    return drawn


@dataclass(frozen=True)
class Clustered:
    """Texts with a topic: V-measure of mini-batch k-means on 10 draws of up to 2,000 texts."""

    name: str
    texts: Sequence[str]
    labels: Sequence[str]
    group: str = "clustering"
    metric: str = "V-measure"

    def __len__(self) -> int:
        return DRAWS

    def score(self, encode: Encode, resamples: int = 0) -> Outcome:
        """Mean V-measure of the draws, with as many clusters as there are labels in the draw."""
        cluster = require("sklearn.cluster", extra="evaluate")
        measure = require("sklearn.metrics", extra="evaluate").v_measure_score
        labels = np.asarray(self.labels)
        orders = [np.random.default_rng(draw).permutation(len(labels)) for draw in range(DRAWS)]
        draws = [order[:CLUSTERED] for order in orders]
        used = np.unique(np.concatenate(draws))
        vectors = encode([self.texts[i] for i in used])
        values = []
        with _one_thread():
            for draw, rows in enumerate(draws):
                k = len(np.unique(labels[rows]))
                means = cluster.MiniBatchKMeans(k, batch_size=1024, n_init=10, random_state=draw)
                found = means.fit_predict(vectors[np.searchsorted(used, rows)])
                values.append(measure(labels[rows], found))
        return _outcome(self, metrics.mean(values), resamples)


@dataclass(frozen=True)
class Retrieval:
    """Queries, documents and graded judgements: nDCG@10 of ranking by cosine."""

    name: str
    queries: Sequence[str]
    documents: Sequence[str]
    grades: Sequence[dict[int, float]]
    """For each query, document index -> grade."""
    group: str = "retrieval"
    metric: str = "nDCG@10"

    def __len__(self) -> int:
        return len(self.queries)

    def score(self, encode: Encode, resamples: int = 0) -> Outcome:
        """Mean nDCG@10 of the queries; equal cosines keep the documents' order."""
        queries, documents = normalize(encode(self.queries)), normalize(encode(self.documents))
        first = (
            _first(cosines, FOUND).tolist()
            for start in range(0, len(queries), 256)
            for cosines in queries[start : start + 256] @ documents.T
        )
        return self.score_found(first, resamples)

    def score_found(self, found: Iterable[Sequence[int]], resamples: int = 0) -> Outcome:
        """Mean nDCG@10 of what was found for each query: indices of documents, best first."""
        values = [
            metrics.ndcg([grades.get(i, 0.0) for i in first], list(grades.values()))
            for first, grades in zip(found, self.grades, strict=True)
        ]
        return _outcome(self, metrics.mean(values), resamples)


def _first(scores: Vectors, k: int) -> NDArray[np.int64]:
    """Indices of the `k` highest, best first, ties to the lower index."""
    if len(scores) > k:
        candidates = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
    else:
        candidates = np.arange(len(scores))
    best: NDArray[np.int64] = candidates[np.argsort(-scores[candidates], kind="stable")][:k]
    return best


@dataclass(frozen=True)
class Reranking:
    """Queries, each with texts that answer it and texts that do not: mean average precision."""

    name: str
    queries: Sequence[str]
    positive: Sequence[Sequence[str]]
    negative: Sequence[Sequence[str]]
    group: str = "retrieval"
    metric: str = "MAP"

    def __len__(self) -> int:
        return len(self.queries)

    def score(self, encode: Encode, resamples: int = 0) -> Outcome:
        """Mean of the queries' average precisions."""
        lists = [[*yes, *no] for yes, no in zip(self.positive, self.negative, strict=True)]
        vectors = normalize(encode([*self.queries, *(text for texts in lists for text in texts)]))
        values, start = [], len(self.queries)
        for query, texts, positive in zip(vectors, lists, self.positive, strict=False):
            cosines = vectors[start : start + len(texts)] @ query
            relevant = np.arange(len(texts)) < len(positive)
            values.append(metrics.average_precision(cosines, relevant)(None))
            start += len(texts)
        return _outcome(self, metrics.mean(values), resamples)
