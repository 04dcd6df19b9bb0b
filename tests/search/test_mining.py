from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.search import Matches, join, mine
from wordllama.vectors import similarity


def some(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, 8)).astype(np.float32)


def as_set(found) -> set[tuple[int, int]]:  # type: ignore[no-untyped-def]
    return set(zip(found.left.tolist(), found.right.tolist(), strict=True))


@given(st.integers(0, 60), st.integers(1, 5), st.floats(-0.2, 0.8), st.integers(0, 4))
@settings(deadline=None, max_examples=40)
def test_mined_pairs_are_each_rows_best(n: int, k: int, threshold: float, seed: int) -> None:
    vectors = some(n, seed)
    table = similarity(vectors, vectors) if n else np.zeros((0, 0))
    np.fill_diagonal(table, -9)
    expected = {
        (min(i, int(j)), max(i, int(j)))
        for i in range(n)
        for j in np.argsort(-table[i], kind="stable")[:k]
        if table[i, j] > threshold
    }
    found = mine(vectors, k, threshold)
    assert as_set(found) == expected
    assert (np.diff(found.score) <= 0).all()


@given(st.integers(2, 60), st.integers(1, 4), st.integers(0, 4))
@settings(deadline=None, max_examples=30)
def test_mining_does_not_depend_on_the_order_of_the_rows(n: int, k: int, seed: int) -> None:
    vectors = some(n, seed)
    order = np.random.default_rng(seed).permutation(n)
    again = {
        (min(i, j), max(i, j))
        for i, j in ((int(order[a]), int(order[b])) for a, b in as_set(mine(vectors[order], k)))
    }
    assert again == as_set(mine(vectors, k))


def test_a_join_gives_every_pair_over_the_threshold() -> None:
    left, right = some(50), some(70, 1)
    expected = set(
        zip(*(s.tolist() for s in np.nonzero(similarity(left, right) > 0.4)), strict=True)
    )
    assert as_set(join(left, right, 0.4)) == expected


def test_a_join_is_the_same_from_either_side() -> None:
    left, right = some(50), some(70, 1)
    turned = {(j, i) for i, j in as_set(join(right, left, 0.3, one_to_one=True))}
    assert turned == as_set(join(left, right, 0.3, one_to_one=True))


def test_a_one_to_one_join_is_stable() -> None:
    left, right = some(40), some(40, 1)
    table = similarity(left, right)
    found = join(left, right, 0.0, one_to_one=True)
    assert len(set(found.left.tolist())) == len(set(found.right.tolist())) == len(found.left)
    best_left = dict(zip(found.left.tolist(), found.score.tolist(), strict=True))
    best_right = dict(zip(found.right.tolist(), found.score.tolist(), strict=True))
    for i, j in zip(*np.nonzero(table > 1e-6), strict=True):
        assert table[i, j] <= max(best_left.get(int(i), 0), best_right.get(int(j), 0)) + 1e-6


def test_a_join_may_be_limited_to_each_left_rows_best() -> None:
    left, right = some(30), some(40, 1)
    found = join(left, right, -1, k=1)
    assert sorted(found.left.tolist()) == list(range(30))
    best = similarity(left, right).argmax(axis=1)
    assert dict(as_set(found)) == dict(enumerate(best.tolist()))


def test_sets_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="left and right must have the same dtype and width"):
        join(some(3), some(3)[:, :4])
    with pytest.raises(ValueError, match="k must be at least 1, not 0"):
        mine(some(3), k=0)


def test_matches_read_as_pairs_of_texts() -> None:
    texts = ["a", "b", "c"]
    matches = Matches(texts, texts, mine(np.array([[1, 0], [0, 1], [1, 0.1]], np.float32)))
    assert str(matches) == "0.995  a  ~  c"
    assert matches[0].left_index == 0
    assert matches[:1].to_dict() == matches.to_dict() == [matches[0]._asdict()]
    assert matches.to_pandas()["right"].tolist() == matches.to_arrow()["right"].to_pylist() == ["c"]
    assert str(matches[5:]) == "no pairs"


def crowd(n: int, copies: int, seed: int = 0) -> np.ndarray:
    """Rows near one another, some of them copies, among as many that are not."""
    rng = np.random.default_rng(seed)
    near = rng.standard_normal(32) * 3 + rng.standard_normal((n, 32))
    near[rng.integers(0, n, copies)] = near[0]
    rows = np.concatenate([near, rng.standard_normal((n, 32))])
    return rows[rng.permutation(2 * n)].astype(np.float32)


@pytest.mark.parametrize("copies", [0, 40])
def test_of_a_crowd_the_same_pairs_are_mined_without_gathering_all(copies: int) -> None:
    vectors = crowd(900, copies)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    table = similarity(unit, unit)
    np.fill_diagonal(table, -9)
    for k in (1, 5):
        kth = np.sort(table, axis=1)[:, -k]
        found = mine(vectors, k, 0.5)
        assert (found.score >= np.minimum(kth[found.left], kth[found.right]) - 1e-6).all()
        counts = np.bincount(np.concatenate([found.left, found.right]), minlength=len(vectors))
        assert (counts >= np.minimum(k, (table > 0.5 + 1e-6).sum(axis=1))).all()
        joined = join(vectors, vectors, 0.5, k)
        assert (
            len(joined.left)
            == np.minimum(k, (table > 0.5).sum(axis=1) + 1)[
                np.diagonal(similarity(vectors, vectors)) > 0.5
            ].sum()
        )


def test_ten_thousand_copies_of_one_row_are_no_burden() -> None:
    vectors = np.ones((10_000, 8), np.float32)
    assert list(zip(*mine(vectors, 2)[:2], strict=True))[:3] == [(0, 1), (0, 2), (0, 3)]
    assert len(mine(vectors, 2).left) == 2 * 10_000 - 3
    assert len(join(vectors, vectors, 0.5, 1).left) == 10_000
