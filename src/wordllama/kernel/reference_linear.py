"""Linear classifiers in NumPy: the plain twin of `linear.cpp`, and its specification."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def hinge_pass(
    columns: NDArray[np.int32],
    offsets: NDArray[np.int64],
    values: Floats,
    dense: Floats,
    targets: NDArray[np.int32],
    costs: Floats,
    order: NDArray[np.int64],
    alpha: Floats,
    weights: Floats,
    dense_weights: Floats,
    threads: int = 0,
) -> float:
    """A step for each row of `order`, which changes `alpha` and both weights; the worst violation.

    Dual coordinate descent (Hsieh et al., ICML 2008) for linear support vector machines with
    squared hinge loss, each class against all others; with one column of weights, class 1 against
    class 0. Row i has the values[j] of the sparse columns[j], offsets[i] <= j < offsets[i + 1], and
    dense[i]. `targets` are the classes of the rows, `costs` the prices of their errors, `alpha`
    (n, width) the dual variables; the result is how far any of the steps was from the optimum.
    """
    _check(columns, offsets, values, len(weights))
    n, width = alpha.shape
    fits = len(offsets) - 1 == len(dense) == len(targets) == len(costs) == n
    if not fits or weights.shape[1] != width or dense_weights.shape != (dense.shape[1], width):
        raise ValueError("dense, targets, costs, alpha and the weights do not fit each other")
    if len(order) and not (order.min() >= 0 and order.max() < n):
        raise ValueError(f"order must hold rows, from 0 to {n} - 1")
    own = np.arange(width) if width > 1 else np.ones(1, int)
    worst = np.float32(0)
    for row in order.tolist():
        these = slice(offsets[row], offsets[row + 1])
        held, x, beside = columns[these], values[these, None], dense[row, :, None]
        scores = _sum(np.concatenate([weights[held] * x, dense_weights * beside]))
        both = np.concatenate([x, beside])[:, 0].astype(np.float64)
        ridge = np.float32(0.5) / costs[row]
        curvature = np.float32(np.append(np.cumsum(both * both), 0.0)[len(both) - 1]) + ridge
        sign = np.where(own == targets[row], np.float32(1), np.float32(-1))
        dual = alpha[row].copy()
        slope = (sign * scores - np.float32(1)) + ridge * dual
        worst = max(worst, np.abs(np.where(dual > 0, slope, np.minimum(slope, 0))).max())
        alpha[row] = np.maximum(dual - slope / curvature, 0)
        steps = (alpha[row] - dual) * sign
        if steps.any():
            np.add.at(weights, held, steps * x)
            dense_weights += steps * beside
    return float(worst)


def sparse_scores(
    columns: NDArray[np.int32],
    offsets: NDArray[np.int64],
    values: Floats,
    weights: NDArray[Any],
    threads: int = 0,
) -> Floats:
    """Sum of the weights of each row's columns, times their values: (n, width).

    Rows are as in `hinge_pass`, weights float32 or float16.
    """
    _check(columns, offsets, values, len(weights))
    out = np.zeros((len(offsets) - 1, weights.shape[1]), np.float32)
    lengths = np.diff(offsets)
    for j in range(int(lengths.max(initial=0))):
        rows = np.flatnonzero(lengths > j)
        at = offsets[rows] + j
        out[rows] += weights[columns[at]].astype(np.float32) * values[at, None]
    return out


def _sum(terms: Floats) -> Floats:
    """One after another, as the compiled kernel adds; NumPy adds a single column in pairs."""
    total: Floats = np.cumsum(terms, axis=0)[-1] if terms.shape[1] == 1 else terms.sum(axis=0)
    return total


def _check(
    columns: NDArray[np.int32], offsets: NDArray[np.int64], values: Floats, n_columns: int
) -> None:
    if len(columns) != len(values) or len(offsets) == 0:
        raise ValueError("columns and values must be of one length, and offsets not empty")
    if (np.diff(offsets) < 0).any() or offsets[0] < 0 or offsets[-1] > len(columns):
        raise ValueError("offsets must not fall, and lie between 0 and the number of columns")
    if len(columns) and not (columns.min() >= 0 and columns.max() < n_columns):
        raise ValueError(f"columns must be rows of weights, from 0 to {n_columns} - 1")
