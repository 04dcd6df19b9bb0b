from __future__ import annotations

import numpy as np
import pytest

from wordllama.pairs import exact
from wordllama.vectors import Vectors, binarize, similarity


def clumps(n: int, dim: int = 64, seed: int = 0) -> np.ndarray:
    """Vectors in loose clumps, so that similarities of every size occur."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((max(1, n // 5), dim))
    noise = rng.standard_normal((n, dim)) * rng.uniform(0.1, 1.5, (n, 1))
    return (centres[rng.integers(0, len(centres), n)] + noise).astype(np.float32)


def plain(left: Vectors, right: Vectors | None, threshold: float) -> set[tuple[int, int]]:
    table = similarity(left, left if right is None else right) > threshold
    if right is None:
        table = np.triu(table, 1)
    return set(zip(*(side.tolist() for side in np.nonzero(table)), strict=True))


def found(left: Vectors, right: Vectors | None, threshold: float) -> set[tuple[int, int]]:
    listed = [
        pair
        for some in exact.above(left, threshold, right)
        for pair in zip(some.left.tolist(), some.right.tolist(), strict=True)
    ]
    assert len(listed) == len(set(listed))
    return set(listed)


@pytest.mark.parametrize("threshold", [-0.05, 0.4, 0.83, 0.97])
@pytest.mark.parametrize("kind", ["dense", "binary"])
def test_the_pairs_are_those_of_the_whole_table(kind: str, threshold: float) -> None:
    vectors: Vectors = clumps(2500 if threshold > 0 else 600)
    if kind == "binary":
        vectors = binarize(vectors)
    assert found(vectors, None, threshold) == plain(vectors, None, threshold)


@pytest.mark.parametrize("kind", ["dense", "binary"])
def test_the_pairs_of_two_sets_are_those_of_the_whole_table(kind: str) -> None:
    left, right = clumps(1300), clumps(2100, seed=1)
    right[:50] = left[100:150]
    if kind == "binary":
        assert found(binarize(left), binarize(right), 0.5) == plain(
            binarize(left), binarize(right), 0.5
        )
    else:
        assert found(left, right, 0.7) == plain(left, right, 0.7)


def test_a_short_turn_is_taken_where_the_vectors_allow_it() -> None:
    rng = np.random.default_rng(0)
    flat = rng.standard_normal((3000, 24)) @ rng.standard_normal((24, 128))
    axes = exact.short_axes(flat.astype(np.float32), None, 0.9)
    assert axes is not None
    assert axes.shape[1] < 128
    assert exact.short_axes(flat[:100].astype(np.float32), None, 0.9) is None


def test_zero_rows_are_similar_to_nothing() -> None:
    vectors = np.zeros((3, 8), np.float32)
    vectors[1] = 1
    assert found(vectors, None, 0.5) == set()
    assert found(vectors, None, -0.5) == {(0, 1), (0, 2), (1, 2)}


def test_an_empty_set_has_no_pairs() -> None:
    assert found(np.zeros((0, 8), np.float32), None, 0.5) == set()


def test_vectors_on_disk_give_the_same_pairs(tmp_path) -> None:  # type: ignore[no-untyped-def]
    vectors = clumps(1500)
    np.save(tmp_path / "v.npy", vectors)
    mapped = np.load(tmp_path / "v.npy", mmap_mode="r")
    assert found(mapped, None, 0.7) == found(vectors, None, 0.7)
