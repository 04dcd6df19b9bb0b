"""Of the pairs of a crowd, those that may change an answer are kept."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.pairs.crowds import MARGIN, Table, connecting


def strongest_paths(score: np.ndarray) -> np.ndarray:
    """The strength of the best path between each two nodes, by Floyd and Warshall."""
    best = score.astype(np.float64)
    np.fill_diagonal(best, np.inf)
    for node in range(len(best)):
        best = np.maximum(best, np.minimum(best[:, node, None], best[None, node]))
    return best


@given(st.integers(2, 12), st.integers(0, 10_000), st.floats(0, 1), st.integers(2, 30))
@settings(deadline=None, max_examples=150)
def test_pairs_are_left_out_whose_rows_are_connected_by_surely_stronger_ones(
    nodes: int, seed: int, missing: float, levels: int
) -> None:
    rng = np.random.default_rng(seed)
    score = (rng.integers(0, levels, (nodes, nodes)) / levels).astype(np.float32)
    score[rng.random((nodes, nodes)) < missing] = -np.inf
    score = np.maximum(score, score.T)
    np.fill_diagonal(score, -np.inf)
    order = rng.permutation(nodes)
    kept = connecting(Table(order, order, score[np.ix_(order, order)]))
    wanted = (score >= strongest_paths(score) - 2 * MARGIN) & (score > -np.inf)
    assert np.array_equal(kept, wanted[np.ix_(order, order)])
