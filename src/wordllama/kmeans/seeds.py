"""Random starts for k-means (Arthur and Vassilvitskii, "k-means++", SODA 2007)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Random = int | np.integer | np.random.Generator | np.random.RandomState | None

ROWS = 4096


def plus_plus(
    vectors: NDArray[np.float32], k: int, n_init: int, random_state: Random
) -> NDArray[np.int64]:
    """(n_init, k) rows to start from: each drawn in proportion to its squared distance to those
    drawn before it.

    >>> sorted(plus_plus(np.eye(3, dtype=np.float32), 3, 1, 0)[0].tolist())
    [0, 1, 2]
    """
    n = len(vectors)
    first, draws = _draws(n, k, n_init, random_state)
    starts = np.empty((n_init, k), np.int64)
    starts[:, 0] = first
    squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    distance = np.full((n_init, n), np.inf)
    rows = vectors.astype(np.float64) if n <= ROWS else vectors  # many are widened by blocks
    for step in range(1, k):
        _nearer(rows, squares, starts[:, step - 1], distance)
        running = np.cumsum(distance, axis=1)
        for run, total in enumerate(running[:, -1]):
            draw = draws[run, step - 1]
            at = np.searchsorted(running[run], draw * total) if total > 0 else int(draw * n)
            starts[run, step] = min(at, n - 1)
    return starts


def _draws(
    n: int, k: int, n_init: int, random_state: Random
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each run a first row, and a number in [0, 1) for each other one."""
    first, draws = np.empty(n_init, np.int64), np.empty((n_init, k - 1))
    if isinstance(random_state, np.random.Generator):
        for run in range(n_init):
            first[run], draws[run] = random_state.integers(n), random_state.random(k - 1)
        return first, draws
    legacy = (
        random_state
        if isinstance(random_state, np.random.RandomState)
        else np.random.RandomState(_checked(random_state))
    )
    for run in range(n_init):
        first[run], draws[run] = legacy.randint(n), legacy.random_sample(k - 1)
    return first, draws


def generator(random_state: Random) -> np.random.Generator:
    """The NumPy Generator that a seed, Generator or RandomState stands for."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31))
    return np.random.default_rng(_checked(random_state))


def _checked(seed: Random) -> Any:
    if seed is not None and not isinstance(seed, int | np.integer):
        kind = type(seed).__name__
        raise TypeError(f"random_state must be an int, Generator, RandomState or None, not {kind}")
    if seed is not None and not 0 <= seed < 1 << 32:
        raise ValueError(f"random_state must be from 0 to {(1 << 32) - 1}, not {seed}")
    return seed


def _nearer(
    vectors: NDArray[np.float32] | NDArray[np.float64],
    squares: NDArray[np.float64],
    centres: NDArray[np.int64],
    distance: NDArray[np.float64],
) -> None:
    """Lower each run's squared distances to those to its newest centre, where they are less.

    In float64, rounded to float32: so the order in which BLAS adds does not show.
    """
    centre_rows = vectors[centres].astype(np.float64)
    for start in range(0, len(vectors), ROWS):
        rows = slice(start, start + ROWS)
        products = centre_rows @ vectors[rows].astype(np.float64, copy=False).T
        new = squares[centres, None] + squares[None, rows] - 2 * products
        new = np.maximum(new, 0).astype(np.float32)
        distance[:, rows] = np.minimum(distance[:, rows], new)
    distance[np.arange(len(centres)), centres] = 0
