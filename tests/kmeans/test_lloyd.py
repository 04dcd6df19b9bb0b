from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.cluster import kmeans
from wordllama.vectors import normalize


def clumps(n: int, groups: int, dim: int = 32, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, groups, n)
    centres = rng.standard_normal((groups, dim))
    return normalize(centres[truth] + 0.5 * rng.standard_normal((n, dim))), truth


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len(set(a.tolist())) == len(set(b.tolist()))


def plain_lloyd(x: np.ndarray, centres: np.ndarray, steps: int) -> np.ndarray:
    for _ in range(steps):
        labels = ((x[:, None].astype(float) - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
        centres = np.stack([x[labels == c].mean(axis=0, dtype=float) for c in range(len(centres))])
    return ((x[:, None].astype(float) - centres[None]) ** 2).sum(axis=2).argmin(axis=1)


def test_well_separated_groups_are_found() -> None:
    x, truth = clumps(2000, 7)
    assert same_partition(kmeans(x, 7, random_state=0).labels, truth)


def test_labels_and_inertia_belong_to_the_centres() -> None:
    x = normalize(np.random.default_rng(0).standard_normal((1500, 24)))
    found = kmeans(x, 9, random_state=3)
    squares = ((x[:, None] - found.centres[None]) ** 2).sum(axis=2)
    assert (squares.argmin(axis=1) == found.labels).mean() > 0.999
    assert found.inertia == pytest.approx(squares.min(axis=1).sum(), rel=1e-5)


def test_leaving_out_distances_does_not_change_the_labels() -> None:
    from wordllama.kmeans.seeds import plus_plus

    x = normalize(np.random.default_rng(5).standard_normal((1200, 16)))
    start = x[plus_plus(x, 8, 1, 4)[0]].astype(float)
    found = kmeans(x, 8, n_init=1, random_state=4, tolerance=0, max_iterations=12)
    assert found.iterations == 12
    assert np.array_equal(found.labels, plain_lloyd(x, start, 11))


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState, int])
def test_one_seed_gives_one_result(make) -> None:  # type: ignore[no-untyped-def]
    x, _ = clumps(600, 5)
    first, second = (kmeans(x, 5, random_state=make(0)) for _ in range(2))
    assert np.array_equal(first.labels, second.labels)
    assert first.inertia == second.inertia


def test_a_seed_and_its_random_state_are_the_same() -> None:
    x = normalize(np.random.default_rng(0).standard_normal((400, 16)))
    seeded = kmeans(x, 6, random_state=7)
    stated = kmeans(x, 6, random_state=np.random.RandomState(7))
    assert np.array_equal(seeded.labels, stated.labels)


@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 3))
@settings(deadline=None, max_examples=40)
def test_copies_and_few_rows_give_every_row_a_label(k: int, distinct: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((distinct, 4)).astype(np.float32)[rng.integers(0, distinct, 12)]
    found = kmeans(x, k, n_init=2, random_state=seed)
    assert found.labels.min() >= 0
    assert found.labels.max() < k
    assert np.isfinite(found.centres).all()
    if k >= distinct:
        assert found.inertia == pytest.approx(0, abs=1e-5)


def test_every_row_its_own_cluster() -> None:
    x = np.random.default_rng(0).standard_normal((20, 8)).astype(np.float32)
    found = kmeans(x, 20, random_state=0)
    assert sorted(found.labels.tolist()) == list(range(20))
    assert found.inertia == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("k", [0, -1, 11])
def test_k_must_be_among_the_rows(k: int) -> None:
    with pytest.raises(ValueError, match=rf"k must be from 1 to .* not {k}"):
        kmeans(np.ones((10, 4), np.float32), k)


def test_a_random_state_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match=r"random_state must be .* not str"):
        kmeans(np.ones((10, 4), np.float32), 2, random_state="0")  # type: ignore[arg-type]


@pytest.mark.parametrize(("distinct", "k"), [(1, 2048), (1, 1), (40, 40), (40, 300), (2048, 2048)])
def test_no_more_distinct_rows_than_clusters_are_a_cluster_each(
    monkeypatch: pytest.MonkeyPatch, distinct: int, k: int
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("nothing is left to draw")

    monkeypatch.setattr("wordllama.kmeans.lloyd.plus_plus", never)
    rows = normalize(np.random.default_rng(0).standard_normal((distinct, 8)))
    which = np.r_[np.arange(distinct), np.random.default_rng(1).integers(0, distinct, 2048)][:2048]
    found = kmeans(rows[which], k)
    assert np.array_equal(found.labels, which)
    assert found.centres.shape == (k, 8)
    assert np.array_equal(found.centres[:distinct], rows)
    assert found.inertia == 0
    with pytest.raises(TypeError, match="random_state"):
        kmeans(rows[which], k, random_state="0")  # type: ignore[arg-type]


def test_minus_zero_is_zero() -> None:
    assert kmeans(np.array([[0.0, 1], [-0.0, 1]], np.float32), 2).labels.tolist() == [0, 0]


def test_empty_clusters_are_filled_with_one_pass_over_the_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from wordllama.kmeans.lloyd import _Run

    passes: list[int] = []
    once = _Run._distances
    monkeypatch.setattr(_Run, "_distances", lambda run: passes.append(1) or once(run))
    x = np.repeat(np.eye(50, dtype=np.float32), 40, axis=0)
    x[0] = 0.5  # 51 distinct rows, and 40 centres that start at the same one
    squares = np.einsum("ij,ij->i", x, x, dtype=np.float64)
    run = _Run(x, squares, np.full(40, 1))
    run.assign()
    run.move()
    assert len(passes) == 1
    assert (run.counts > 0).all()
