"""k-means: Lloyd's iterations from a k-means++ start, with distances that need not be computed
left out by the triangle inequality (Hamerly, "Making k-means even faster", SDM 2010).

Products are computed by BLAS in float32; where two centres are so nearly as close that rounding
could decide, the two distances are computed again in float64. Sums are float64 in the order of the
rows. So the same seed gives the same labels whatever the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from wordllama.arguments import at_least, whole
from wordllama.kmeans.seeds import Random, generator, plus_plus

ELEMENTS = 1 << 21
"""Distances held at once: 8 MiB of float32."""
SLACK = 1e-5
"""Of the largest length: more than float32 rounding changes a distance by."""


@dataclass(frozen=True)
class KMeans:
    """What k-means found: `labels` (n,) and the (k, dim) centres they are nearest to."""

    labels: NDArray[np.int64]
    centres: NDArray[np.float32]
    inertia: float
    """Sum of the squared distances of the rows to their centres."""
    iterations: int


def kmeans(
    vectors: NDArray[np.float32],
    k: int,
    max_iterations: int = 100,
    tolerance: float = 1e-4,
    n_init: int = 10,
    min_iterations: int = 5,
    random_state: Random = None,
    progress: bool = False,
) -> KMeans:
    """The best of `n_init` runs of k-means on (n, dim) float32 vectors.

    A run ends when, after `min_iterations`, the inertia changes by less than `tolerance`, or after
    `max_iterations`. A cluster that loses all its rows takes the row farthest from its centre.
    Where no more than `k` rows are distinct, each of them is a cluster, numbered in the order of
    the rows, and the clusters left over are empty.
    `random_state` is a seed, a NumPy Generator or RandomState, or None for a random start.
    Raises ValueError unless 1 <= k <= n.

    >>> x = np.array([[0, 0], [0, 1], [9, 9], [9, 8]], dtype=np.float32)
    >>> found = kmeans(x, 2, random_state=0)
    >>> np.unique(found.labels[:2]).size, np.unique(found.labels[2:]).size, found.inertia
    (1, 1, 1.0)
    """
    check_k(k, len(vectors))
    at_least(1, n_init=n_init, max_iterations=max_iterations)
    first, labels = _distinct(vectors, k)
    if len(first) <= k:
        generator(random_state)  # a wrong one is refused though none is needed
        centres = vectors[np.pad(first, (0, k - len(first)))]
        return KMeans(labels, centres, inertia=0.0, iterations=1)
    starts = plus_plus(vectors, k, n_init, random_state)
    squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    runs = (
        _Run(vectors, squares, rows).lloyd(max_iterations, tolerance, min_iterations)
        for rows in tqdm(starts, "k-means", unit="run", disable=None if progress else True)
    )
    return min(runs, key=lambda run: run.inertia)


def check_k(k: int, n: int) -> None:
    """ValueError unless `n` rows can be in `k` clusters."""
    whole(k=k)
    if not 1 <= k <= n:
        raise ValueError(f"k must be from 1 to the number of vectors ({n}), not {k}")


def _distinct(
    vectors: NDArray[np.float32], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(the first of each set of equal rows, the set of each row), up to the first row that makes
    more than `most` sets.
    """
    first: list[int] = []
    sets: dict[bytes, int] = {}
    labels = np.empty(len(vectors), np.int64)
    for i, row in enumerate(vectors):
        labels[i] = sets.setdefault((row + np.float32(0)).tobytes(), len(sets))  # -0 equals 0
        if len(sets) > len(first):
            first.append(i)
        if len(first) > most:
            break
    return np.array(first, np.int64), labels


class _Run:
    """One run: each row's label, and bounds of its distance to its own and the next centre."""

    def __init__(
        self, vectors: NDArray[np.float32], squares: NDArray[np.float64], start: NDArray[np.int64]
    ) -> None:
        self.vectors = vectors
        self.squares = squares
        self.centres = vectors[start].astype(np.float64)
        self.labels = np.full(len(vectors), -1, np.int64)
        self.distance = np.full(len(vectors), np.inf, np.float32)
        self.next = np.zeros(len(vectors), np.float32)
        self.sums = np.zeros_like(self.centres)
        self.counts = np.zeros(len(start), np.int64)
        self.slack = np.float32(SLACK * max(1e-30, float(np.sqrt(squares.max()))))

    def lloyd(self, max_iterations: int, tolerance: float, min_iterations: int) -> KMeans:
        inertia = np.inf
        for iteration in range(1, max_iterations + 1):
            self.assign()
            previous, inertia = inertia, self.inertia()
            done = iteration >= min_iterations and abs(previous - inertia) < tolerance
            if done or iteration == max_iterations:
                break
            self.move()
        centres = self.centres.astype(np.float32)
        return KMeans(self.labels, centres, inertia, iteration)

    def inertia(self) -> float:
        """Sum of squared distances, from the clusters' sums alone."""
        centres = self.centres
        cross = np.einsum("ij,ij->", centres, self.sums)
        lengths = np.einsum("ij,ij->i", centres, centres) @ self.counts
        return max(0.0, float(self.squares.sum() - 2 * cross + lengths))

    def assign(self) -> None:
        """Give each row whose bounds allow of another centre the label of its nearest."""
        before = self.labels.copy()
        open_ = np.flatnonzero(self.distance + self.slack >= self.next)
        if len(open_) > 0.6 * len(before):
            open_ = np.arange(len(before))
        size = max(256, ELEMENTS // len(self.centres))
        for start in range(0, len(open_), size):
            rows = open_[start : start + size]
            whole = len(open_) == len(before)
            x = self.vectors[start : start + size] if whole else self.vectors[rows]
            self.labels[rows] = self._nearest(rows, x)
        moved = np.flatnonzero(before != self.labels)
        self._count(moved, before[moved], self.labels[moved])

    def _nearest(self, rows: NDArray[np.int64], x: NDArray[np.float32]) -> NDArray[np.int64]:
        """The nearest centre of each of some rows; sets their bounds."""
        centres = self.centres.astype(np.float32)
        lengths = np.einsum("ij,ij->i", self.centres, self.centres)
        distance = x @ (-2 * centres.T)
        distance += lengths.astype(np.float32)
        place = np.arange(len(rows))
        labels: NDArray[np.int64] = distance.argmin(axis=1)
        nearest = distance[place, labels]
        if len(centres) == 1:
            self.distance[rows], self.next[rows] = 0, np.inf
            return labels
        distance[place, labels] = np.inf
        second = distance.argmin(axis=1)
        after = distance[place, second]
        close = np.flatnonzero(after - nearest < 4 * self.slack * np.sqrt(self.squares[rows]))
        if len(close):
            wide = x[close].astype(np.float64)
            both = np.stack([labels[close], second[close]])
            exact = lengths[both] - 2 * np.einsum("ij,kij->ki", wide, self.centres[both])
            swap = (exact[1] < exact[0]) | ((exact[1] == exact[0]) & (both[1] < both[0]))
            labels[close[swap]] = both[1, swap]
        squares = self.squares[rows].astype(np.float32)
        self.distance[rows] = np.sqrt(np.maximum(squares + nearest, 0))
        self.next[rows] = np.sqrt(np.maximum(squares + after, 0))
        return labels

    def _count(
        self, rows: NDArray[np.int64], old: NDArray[np.int64], new: NDArray[np.int64]
    ) -> None:
        """Take rows out of their old clusters' sums and put them into their new ones'."""
        for labels, sign in ((old, -1), (new, 1)):
            known = np.flatnonzero(labels >= 0)
            order = known[np.argsort(labels[known], kind="stable")]
            clusters, first = np.unique(labels[order], return_index=True)
            parts = np.split(rows[order], first[1:]) if len(order) else []
            for cluster, members in zip(clusters, parts, strict=True):
                for start in range(0, len(members), ELEMENTS // self.vectors.shape[1]):
                    part = members[start : start + ELEMENTS // self.vectors.shape[1]]
                    self.sums[cluster] += sign * self.vectors[part].sum(axis=0, dtype=np.float64)
                self.counts[cluster] += sign * len(members)

    def move(self) -> None:
        """Move the centres to their clusters' means, and the bounds with them."""
        self._fill_empty()
        centres = self.centres.copy()
        kept = self.counts > 0
        centres[kept] = self.sums[kept] / self.counts[kept, None]
        shift = np.linalg.norm(centres - self.centres, axis=1).astype(np.float32)
        self.centres = centres
        self.distance += shift[self.labels]
        far = int(shift.argmax())
        others = np.full(len(shift), shift[far], np.float32)
        others[far] = np.delete(shift, far).max(initial=0)
        self.next -= others[self.labels]

    def _fill_empty(self) -> None:
        """Give each empty cluster the row that lies farthest from its centre."""
        empty = np.flatnonzero(self.counts == 0)
        distance = self._distances() if len(empty) else np.empty(0)
        for cluster in empty:
            distance[self.counts[self.labels] == 1] = 0  # the only row of a cluster stays there
            row = int(distance.argmax())
            if distance[row] == 0:
                break
            self._count(np.array([row]), self.labels[[row]], np.array([cluster]))
            self.labels[row] = cluster
            self.distance[row] = np.inf

    def _distances(self) -> NDArray[np.float64]:
        """The squared distance of each row to its centre."""
        out = np.empty(len(self.labels))
        for start in range(0, len(out), 4096):
            rows = slice(start, start + 4096)
            difference = self.vectors[rows] - self.centres[self.labels[rows]]
            out[rows] = np.einsum("ij,ij->i", difference, difference)
        return out
