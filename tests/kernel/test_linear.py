"""Linear classifiers: both kernels take the same steps, to the optimum."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from wordllama.kernel import reference


def problem(seed: int, n: int = 60, sparse: int = 30, dense: int = 5, classes: int = 3) -> Any:
    """Features, targets and costs; and alpha and weights of 0."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 6, n)
    columns = np.concatenate([rng.choice(sparse, k, replace=False) for k in lengths])
    targets = rng.integers(0, classes, n).astype(np.int32)
    width = classes if classes > 2 else 1
    given = (
        columns.astype(np.int32),
        np.cumsum([0, *lengths], dtype=np.int64),
        rng.random(len(columns), np.float32),
        rng.standard_normal((n, dense), np.float32),
        targets,
        rng.uniform(0.2, 2, n).astype(np.float32),
    )
    state = [np.zeros(shape, np.float32) for shape in ((n, width), (sparse, width), (dense, width))]
    return given, state


def passes(kernel: ModuleType, given: Any, state: Any, count: int, threads: int = 0) -> float:
    n, violation = len(given[4]), 0.0
    for number in range(count):
        order = np.random.default_rng(number).permutation(n)
        violation = kernel.hinge_pass(*given, order, *state, threads=threads)
    return violation


@pytest.mark.parametrize("classes", [2, 3, 40])
def test_both_kernels_take_the_same_steps(kernel: ModuleType, classes: int) -> None:
    given, state = problem(classes, classes=classes)
    _, plain = problem(classes, classes=classes)
    assert passes(kernel, given, state, 3, threads=2) == passes(reference, given, plain, 3)
    for one, other in zip(state, plain, strict=True):
        np.testing.assert_array_equal(one, other)
    for dtype in (np.float32, np.float16):
        scores = kernel.sparse_scores(*given[:3], state[1].astype(dtype), threads=2)
        exact = reference.sparse_scores(*given[:3], state[1].astype(dtype))
        np.testing.assert_array_equal(scores, exact)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_passes_end_at_the_optimum(kernel: ModuleType, classes: int) -> None:
    given, (alpha, weights, dense_weights) = problem(7, classes=classes)
    columns, offsets, values, dense, targets, costs = given
    assert passes(kernel, given, (alpha, weights, dense_weights), 300) < 1e-3
    x = np.zeros((len(targets), len(weights)))
    for row in range(len(targets)):
        these = slice(offsets[row], offsets[row + 1])
        x[row, columns[these]] = values[these]
    x = np.hstack([x, dense])
    w = np.vstack([weights, dense_weights]).astype(float)
    own = np.arange(w.shape[1]) if classes > 2 else np.ones(1)
    signs = np.where(targets[:, None] == own, 1.0, -1.0)
    slope = w - 2 * x.T @ (signs * costs[:, None] * np.maximum(1 - signs * (x @ w), 0))
    assert np.abs(slope).max() < 1e-2


@pytest.mark.parametrize(
    ("place", "wrong", "complaint"),
    [
        (0, np.full(3, 30, np.int32), "one length"),
        (1, np.zeros(0, np.int64), "offsets not empty"),
        (3, np.zeros((2, 5), np.float32), "do not fit each other"),
        (6, np.array([60]), "order must hold rows, from 0 to 60 - 1"),
        (6, np.array([-1]), "order must hold rows"),
        (8, np.zeros((2, 3), np.float32), "columns must be rows of weights, from 0 to 2 - 1"),
        (9, np.zeros((5, 2), np.float32), "do not fit each other"),
    ],
)
def test_what_does_not_fit_is_refused(
    kernel: ModuleType, place: int, wrong: np.ndarray, complaint: str
) -> None:
    given, state = problem(0)
    arguments = [*given, np.arange(60), *state]
    arguments[place] = wrong
    with pytest.raises(ValueError, match=complaint):
        kernel.hinge_pass(*arguments)
