from __future__ import annotations

import numpy as np
import pytest

from wordllama.cluster import kmeans, minibatch_kmeans
from wordllama.vectors import normalize


def clumps(n: int, groups: int, dim: int = 32, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, groups, n)
    centres = rng.standard_normal((groups, dim))
    return normalize(centres[truth] + rng.standard_normal((n, dim))), truth


def test_batches_come_near_to_what_all_rows_at_once_give() -> None:
    x, _ = clumps(6000, 12)
    whole = kmeans(x, 12, random_state=0)
    batches = minibatch_kmeans(x, 12, batch_size=500, random_state=0)
    assert batches.inertia <= 1.05 * whole.inertia


def test_labels_are_the_nearest_centres() -> None:
    x, _ = clumps(3000, 5)
    found = minibatch_kmeans(x, 5, batch_size=256, random_state=1)
    squares = ((x[:, None] - found.centres[None]) ** 2).sum(axis=2)
    assert (squares.argmin(axis=1) == found.labels).mean() > 0.999
    assert found.inertia == pytest.approx(squares.min(axis=1).sum(), rel=1e-4)


def test_vectors_on_disk_give_the_same_labels(tmp_path) -> None:  # type: ignore[no-untyped-def]
    x, _ = clumps(2000, 5)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    first, second = (minibatch_kmeans(v, 5, random_state=3).labels for v in (x, mapped))
    assert np.array_equal(first, second)


def test_k_must_be_among_the_rows() -> None:
    with pytest.raises(ValueError, match="k must be from 1 to"):
        minibatch_kmeans(np.ones((3, 2), np.float32), 4)
