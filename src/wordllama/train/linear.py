"""Stages without gradients: transforms of all rows, computed from the vectors of texts.

SIF: Arora, Liang and Ma, 2017. All-but-the-top: Mu and Viswanath, 2018,
<https://arxiv.org/abs/1702.01417>.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordllama import kernel
from wordllama.kernel import Rows
from wordllama.train.corpus import Column

Matrix = NDArray[np.float32]
_AT_ONCE = 16384
_FLAT = 1e-3  # of the widest axis: what is narrower holds rounding errors, and stays small
_INITIAL = 2  # characters of a token that is one letter behind a mark for a space


def text_vectors(rows: Matrix, columns: Sequence[Column]) -> Matrix:
    """The vectors of all texts in the columns: (n, dim)."""
    held = Rows(np.ascontiguousarray(rows, dtype=np.float32))
    out = np.empty((sum(len(c.keys) for c in columns), rows.shape[1]), dtype=np.float32)
    at = 0
    for column in columns:
        n = len(column.keys)
        kernel.pool(column.ids, column.offsets, held, out[at : at + n])
        at += n
    return out


def moments(rows: Matrix, columns: Sequence[Column]) -> tuple[Matrix, NDArray[np.float64], float]:
    """Mean, covariance and mean norm of the texts' vectors, a block of texts at a time.

    Without columns, each row that is not zero is taken for a text.
    """
    if not columns:
        columns = [_alone(rows)]
    held = Rows(np.ascontiguousarray(rows, dtype=np.float32))
    dim = rows.shape[1]
    total, norms, n = np.zeros(dim), 0.0, 0
    second = np.zeros((dim, dim))
    for column in columns:
        for start in range(0, len(column.keys), _AT_ONCE):
            stop = min(start + _AT_ONCE, len(column.keys))
            ids, offsets = column.take(np.arange(start, stop))
            out = np.empty((stop - start, dim), dtype=np.float32)
            kernel.pool(ids, offsets, held, out)
            total += out.sum(axis=0, dtype=np.float64)
            second += out.T @ out
            norms += float(np.linalg.norm(out, axis=1).sum())
            n += len(out)
    mean = total / n
    return mean.astype(np.float32), second / n - np.outer(mean, mean), norms / n


def _alone(rows: Matrix) -> Column:
    """A text for each token whose row is not zero."""
    used = np.flatnonzero(rows.any(axis=1))
    if not len(used):
        raise ValueError("all rows are zero, and there are no texts to go by")
    return Column(used.astype(np.int32), np.arange(len(used) + 1), used.astype(np.uint64))


def principal(covariance: NDArray[np.float64], dim: int) -> Matrix:
    """The `dim` main axes as columns, each with its largest entry positive."""
    _, axes = np.linalg.eigh(covariance)
    main = axes[:, ::-1][:, :dim]
    main = main * np.sign(main[np.abs(main).argmax(axis=0), np.arange(main.shape[1])])
    return np.ascontiguousarray(main, dtype=np.float32)


def pca(rows: Matrix, columns: Sequence[Column], dim: int, whiten: float = 0.0) -> Matrix:
    """The rows in the `dim` main axes of the texts' vectors; ValueError if they have fewer.

    Each axis is divided by its standard deviation to the power of `whiten`.
    """
    if dim > rows.shape[1]:
        raise ValueError(f"pca: dim is {dim}, expected at most {rows.shape[1]}, the rows' width")
    covariance = moments(rows, columns)[1]
    axes = whitened(principal(covariance, dim), covariance, whiten)
    return np.asarray(rows @ axes, dtype=np.float32)


def sif(rows: Matrix, columns: Sequence[Column], a: float) -> Matrix:
    """Each row times a / (a + p), p its token's share of all tokens in the texts.

    Without columns, the shares are Zipf's: the nth row that is not zero has one like 1 / (n + 1).
    """
    counts = np.zeros(len(rows))
    for column in columns:
        counts += np.bincount(column.ids, minlength=len(rows))
    if not columns:
        used = _alone(rows).ids
        counts[used] = 1 / np.arange(2, len(used) + 2)
    share = counts / counts.sum()
    return np.asarray(rows * (a / (a + share))[:, None], dtype=np.float32)


def join(rows: Matrix, other: Matrix, columns: Sequence[Column], factor: float) -> Matrix:
    """Both concatenated, each scaled to a mean text norm of 1, the other times `factor`."""
    if len(rows) != len(other):
        raise ValueError(
            f"join: the models have {len(rows)} and {len(other)} rows: not of one tokenizer"
        )
    norms = [moments(matrix, columns)[2] or 1.0 for matrix in (rows, other)]
    beside = [rows / norms[0], other * (factor / norms[1])]
    return np.asarray(np.hstack(beside), dtype=np.float32)


def scale(rows: Matrix, columns: Sequence[Column], norm: float) -> Matrix:
    """The rows times one number, so that the texts' mean norm is `norm`.

    Cosines stay; what is fitted on top (a classifier with a penalty on its weights) sees it.
    """
    return np.asarray(rows * (norm / (moments(rows, columns)[2] or 1.0)), dtype=np.float32)


def center(rows: Matrix, columns: Sequence[Column], components: int) -> Matrix:
    """Rows less the texts' mean vector, without the texts' `components` main directions.

    A row of zeros, as of a token that stands for nothing, stays one.
    """
    mean, covariance, _ = moments(rows, columns)
    centered: Matrix = np.where(rows.any(axis=1, keepdims=True), rows - mean, 0)
    if not components:
        return centered
    axes = principal(covariance, components)
    return np.asarray(centered - (centered @ axes) @ axes.T, dtype=np.float32)


def fold_case(rows: Matrix, vocabulary: Mapping[str, int], share: float) -> Matrix:
    """Rows of tokens with capitals, moved by `share` towards the lower-case form's row, if any.

    Single letters stay as they are: an initial is not a word.
    """
    folded = rows.copy()
    for token, place in vocabulary.items():
        lower = vocabulary.get(token.lower())
        if lower is not None and lower != place and len(token) > _INITIAL:
            folded[place] += share * (rows[lower] - rows[place])
    return folded


def nearest(vectors: NDArray[np.generic], centres: int, seed: int) -> NDArray[np.int64]:
    """Which of a few vectors, drawn at random, each vector has the highest inner product with."""
    rows = np.random.default_rng(seed).choice(len(vectors), min(centres, len(vectors)), False)
    sample = np.asarray(vectors[np.sort(rows)], dtype=np.float32)
    parts = [
        (np.asarray(vectors[i : i + _AT_ONCE], dtype=np.float32) @ sample.T).argmax(axis=1)
        for i in range(0, len(vectors), _AT_ONCE)
    ]
    return np.concatenate(parts)


@dataclass(frozen=True)
class Axes:
    """Where a teacher's vectors are fitted to: (vectors - mean) @ axes."""

    mean: Matrix
    """(columns,)."""
    axes: Matrix
    """(columns, dim)."""

    def of(self, vectors: NDArray[np.generic]) -> NDArray[np.float16]:
        """The vectors in these axes: (n, dim) float16."""
        out = np.empty((len(vectors), self.axes.shape[1]), dtype=np.float16)
        for start in range(0, len(vectors), _AT_ONCE):
            part = np.asarray(vectors[start : start + _AT_ONCE], dtype=np.float32)
            out[start : start + _AT_ONCE] = (part - self.mean) @ self.axes
        return out


def main_axes(
    vectors: Sequence[NDArray[np.generic]], dim: int, whiten: float = 0.0, sample: int = 100_000
) -> Axes:
    """The main axes of the second moments, which keep cosines best; `dim` is at most the columns.

    With `whiten`, those of the covariance, each divided by the standard deviation along it to this
    power. They come from an evenly spaced sample of the vectors.
    """
    step = max(1, sum(map(len, vectors)) // sample)
    seen = np.concatenate([np.asarray(v[::step], dtype=np.float32) for v in vectors])
    mean = seen.mean(axis=0) if whiten else np.zeros(seen.shape[1], dtype=np.float32)
    covariance = ((seen - mean).T @ (seen - mean)).astype(np.float64)  # times a number
    axes = principal(covariance, min(dim, seen.shape[1]))
    return Axes(mean, whitened(axes, covariance, whiten))


def whitened(axes: Matrix, covariance: NDArray[np.float64], power: float) -> Matrix:
    """The axes, each divided by the standard deviation along it to this power.

    All of them are scaled alike so that the variance in all stays.
    """
    spread = np.sqrt(np.einsum("ij,ij->j", axes, covariance @ axes).clip(0))
    if not power or not spread[0]:
        return axes
    factors = np.maximum(spread, spread[0] * _FLAT) ** -power
    factors *= np.sqrt((spread**2).sum() / ((spread * factors) ** 2).sum())
    return np.asarray(axes * factors, dtype=np.float32)
