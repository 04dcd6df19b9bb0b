from __future__ import annotations

import numpy as np
import pytest

from wordllama.pairs import approximate, exact
from wordllama.vectors import Vectors, binarize


def noisy_copies(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, 24)) @ rng.standard_normal((24, 64))
    copies = vectors[: n // 2]
    copies += rng.standard_normal(copies.shape) * rng.uniform(0, 2, (len(copies), 1))
    return np.concatenate([vectors, copies]).astype(np.float32)


def listed(found) -> set[tuple[int, int]]:  # type: ignore[no-untyped-def]
    return {pair for s in found for pair in zip(s.left.tolist(), s.right.tolist(), strict=True)}


@pytest.mark.parametrize("binary", [False, True])
def test_nearly_all_pairs_are_found_and_no_others(binary: bool) -> None:
    vectors: Vectors = noisy_copies(3000)
    threshold = 0.9
    if binary:
        vectors, threshold = binarize(vectors), 0.7
    every = listed(exact.above(vectors, threshold))
    likely = listed(approximate.likely_above(vectors, threshold))
    assert likely <= every
    assert len(likely) >= 0.99 * len(every) > 100


def test_nearly_all_pairs_of_two_sets_are_found_and_no_others() -> None:
    left, right = noisy_copies(2000), noisy_copies(1000, seed=1)
    right[:300] = left[500:800] + 0.1
    every = listed(exact.above(left, 0.9, right))
    likely = listed(approximate.likely_above(left, 0.9, right))
    assert likely <= every
    assert len(likely) >= 0.99 * len(every) >= 290


def test_an_empty_set_has_no_pairs() -> None:
    assert listed(approximate.likely_above(np.zeros((0, 8), np.float32), 0.9)) == set()
