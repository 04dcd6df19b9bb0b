"""Distances, the best rows, and pairs above a threshold."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SHAPES = [(1, 1, 64), (3, 5, 64), (7, 33, 128), (20, 300, 256), (40, 130, 320), (9, 70, 1024)]
DIMS = [1, 3, 8, 15, 17, 64, 100, 256, 300]


def some_bits(rng: np.random.Generator, n: int, bits: int) -> np.ndarray:
    """Rows that differ from a few models in a few bits, so that some are near."""
    models = rng.integers(0, 2, size=(4, bits), dtype=np.uint8)
    flips = rng.random((n, bits)) < rng.choice([0.0, 0.02, 0.3], size=(n, 1))
    return np.packbits(models[rng.integers(0, 4, size=n)] ^ flips, axis=1).view(np.uint64)


def some_units(rng: np.random.Generator, n: int, dim: int) -> np.ndarray:
    """Unit rows about a few models."""
    models = rng.normal(size=(5, dim))
    noise = rng.normal(size=(n, dim)) * rng.choice([0.0, 0.2, 1.0, 5.0], size=(n, 1))
    rows = models[rng.integers(0, 5, size=n)] + noise
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def differing_bits(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    x, y = (np.unpackbits(m.view(np.uint8), axis=1).astype(np.int32) for m in (a, b))
    return (x[:, None] != y[None]).sum(axis=2)


def all_scores(a: np.ndarray, b: np.ndarray, scale: Any = 1) -> np.ndarray:
    """In float64."""
    if a.dtype == np.uint64:
        return 1 - 2 * differing_bits(a, b) / (64 * a.shape[1])
    return (a.astype(np.float64) @ b.astype(np.float64).T) * scale


@pytest.mark.parametrize(("n", "m", "bits"), SHAPES)
def test_hamming_counts_differing_bits(kernel, n, m, bits):
    rng = np.random.default_rng(bits)
    a, b = some_bits(rng, n, bits), some_bits(rng, m, bits)
    for threads in (0, 1, 3):
        distance = kernel.hamming(a, b, threads)
        assert distance.dtype == np.int32
        np.testing.assert_array_equal(distance, differing_bits(a, b))


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_topk_gives_the_best_rows_best_first(kernel, dtype, dim):
    rng = np.random.default_rng(dim)
    queries, rows = some_units(rng, 7, dim), some_units(rng, 1000, dim)
    rows = rows if dtype == "float32" else (rows * 127).astype(np.int8)
    scale = rng.random(1000).astype(np.float32) / 127 if dtype == "int8" else None
    scores, indices = kernel.topk(queries, rows, 10, scale)
    assert (scores.dtype, indices.dtype) == (np.float32, np.int64)
    want = all_scores(queries, rows, 1 if scale is None else scale)
    np.testing.assert_allclose(scores, -np.sort(-want, axis=1)[:, :10], atol=1e-6)
    np.testing.assert_allclose(scores, np.take_along_axis(want, indices, axis=1), atol=1e-6)


@pytest.mark.parametrize("bits", [64, 128, 256, 512, 576, 1024])
def test_topk_of_bits_is_by_hamming_similarity(kernel, bits):
    rng = np.random.default_rng(bits)
    queries, rows = some_bits(rng, 5, bits), some_bits(rng, 500, bits)
    scores, indices = kernel.topk(queries, rows, 20)
    want = all_scores(queries, rows)
    np.testing.assert_array_equal(indices, np.argsort(-want, axis=1, kind="stable")[:, :20])
    np.testing.assert_array_equal(scores, np.take_along_axis(want, indices, axis=1).astype("f4"))


@given(
    scores=st.lists(st.integers(-3, 3), min_size=0, max_size=300),
    k=st.integers(0, 310),
    threads=st.integers(0, 3),
)
@settings(deadline=None)
def test_ties_go_to_the_lower_row(kernel, scores, k, threads):
    rows = np.array(scores, dtype=np.float32).reshape(-1, 1)
    found, indices = kernel.topk(np.ones((1, 1), np.float32), rows, k, None, threads)
    order = np.argsort(-rows[:, 0], kind="stable")[:k]
    np.testing.assert_array_equal(indices[0], order)
    np.testing.assert_array_equal(found[0], rows[order, 0])


@pytest.mark.parametrize("dtype", ["float32", "int8", "uint64"])
def test_a_query_scores_the_same_alone_in_company_and_on_any_number_of_threads(kernel, dtype):
    rng = np.random.default_rng(5)
    if dtype == "uint64":
        queries, rows = some_bits(rng, 40, 256), some_bits(rng, 50_000, 256)
    else:
        queries, rows = some_units(rng, 40, 100), some_units(rng, 20_000, 100)
        rows = rows if dtype == "float32" else (rows * 127).astype(np.int8)
    scores, indices = kernel.topk(queries, rows, 5, threads=1)
    for threads in (0, 2, 5):
        for got, want in zip(
            kernel.topk(queries, rows, 5, None, threads), (scores, indices), strict=True
        ):
            np.testing.assert_array_equal(got, want)
    for i in range(0, 40, 7):
        alone, where = kernel.topk(queries[i : i + 1], rows, 5)
        np.testing.assert_array_equal(alone[0], scores[i])
        np.testing.assert_array_equal(where[0], indices[i])


def test_topk_of_nothing(kernel):
    rows = np.ones((3, 8), np.float32)
    for queries, some, k, shape in (
        (rows[:0], rows, 2, (0, 2)),
        (rows, rows[:0], 2, (3, 0)),
        (rows, rows, 0, (3, 0)),
        (rows, rows, 9, (3, 3)),
    ):
        scores, indices = kernel.topk(queries, some, k)
        assert scores.shape == indices.shape == shape


def check_pairs(kernel, a: np.ndarray, b: np.ndarray | None, threshold: float) -> None:
    want = all_scores(a, a if b is None else b)
    if b is None:
        want[np.tri(len(a), dtype=bool)] = -np.inf
    i, j, score = kernel.pairs_above(a, b, threshold)
    assert (i.dtype, j.dtype, score.dtype) == (np.int64, np.int64, np.float32)
    np.testing.assert_allclose(score, want[i, j], atol=1e-6)
    assert (score > np.float32(threshold)).all()
    found = np.zeros(want.shape, dtype=bool)
    found[i, j] = True
    assert len(i) == found.sum()
    assert (found | (want < threshold + 1e-6)).all()
    assert not (found & (want < threshold - 1e-6)).any()
    order = i * want.shape[1] + j
    assert (np.diff(order) > 0).all()


@pytest.mark.parametrize("threshold", [-0.2, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("dim", [1, 8, 17, 25, 64, 100, 256])
def test_pairs_above_finds_every_pair(kernel, dim, threshold):
    rng = np.random.default_rng(dim)
    a, b = some_units(rng, 333, dim), some_units(rng, 260, dim)
    check_pairs(kernel, a, None, threshold)
    check_pairs(kernel, a, b, threshold)


@pytest.mark.parametrize("threshold", [-0.2, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("bits", [64, 256, 320])
def test_pairs_above_of_bits(kernel, bits, threshold):
    rng = np.random.default_rng(bits)
    a, b = some_bits(rng, 150, bits), some_bits(rng, 130, bits)
    check_pairs(kernel, a, None, threshold)
    check_pairs(kernel, a, b, threshold)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_pairs_above_of_vectors_of_any_length(kernel, size):
    rng = np.random.default_rng(7)
    a = (rng.normal(size=(200, 256)) * rng.random((200, 1)) * size).astype(np.float32)
    threshold = 20 * size * size
    i, j, _ = kernel.pairs_above(a, None, threshold)
    want = np.triu(all_scores(a, a), 1) > threshold
    clear = abs(all_scores(a, a) - threshold) > 1e-3 * size * size
    found = np.zeros(want.shape, dtype=bool)
    found[i, j] = True
    np.testing.assert_array_equal(found & clear, want & clear)


@pytest.mark.parametrize("kind", ["float32", "uint64"])
def test_pairs_do_not_depend_on_threads_or_on_the_other_rows(kernel, kind):
    rng = np.random.default_rng(8)
    a = some_units(rng, 1500, 256) if kind == "float32" else some_bits(rng, 1500, 256)
    want = kernel.pairs_above(a, None, 0.8, 1)
    for threads in (0, 2, 5):
        for got, expected in zip(kernel.pairs_above(a, None, 0.8, threads), want, strict=True):
            np.testing.assert_array_equal(got, expected)
    i, j, score = kernel.pairs_above(a[:100], a[100:300], 0.8)
    among = (want[0] < 100) & (want[1] >= 100) & (want[1] < 300)
    np.testing.assert_array_equal(i, want[0][among])
    np.testing.assert_array_equal(j, want[1][among] - 100)
    np.testing.assert_array_equal(score, want[2][among])


def test_pairs_of_nothing(kernel):
    rows = np.ones((3, 8), np.float32)
    for a, b in ((rows[:0], None), (rows, rows[:0]), (rows[:1], None)):
        assert [len(x) for x in kernel.pairs_above(a, b, 0.5)] == [0, 0, 0]


def test_arrays_need_not_be_contiguous(kernel):
    rng = np.random.default_rng(9)
    rows = some_units(rng, 60, 32)
    every_other = rows[::2, ::-1]
    copied = np.ascontiguousarray(every_other)
    for got, want in zip(
        kernel.topk(every_other, every_other, 3), kernel.topk(copied, copied, 3), strict=True
    ):
        np.testing.assert_allclose(got, want, atol=1e-6)


NOTHING = {"float32": np.empty((2**32, 0), np.float32), "uint64": np.empty((2**32, 0), np.uint64)}
CALLS = {
    "hamming": lambda kernel, a: kernel.hamming(a, a),
    "scores": lambda kernel, a: kernel.scores(a, a),
    "topk": lambda kernel, a: kernel.topk(a, a, 1),
    "pairs_above": lambda kernel, a: kernel.pairs_above(a, None, 0.5),
    "pairs of two": lambda kernel, a: kernel.pairs_above(a, a, 0.5),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("dtype", NOTHING)
def test_rows_of_no_width_are_refused_before_anything_is_counted(kernel, call, dtype):
    if (call, dtype) == ("hamming", "float32"):
        return  # it is for bits only
    with pytest.raises(ValueError, match="must have at least one column, not shape"):
        CALLS[call](kernel, NOTHING[dtype])


@pytest.mark.parametrize("call", CALLS)
def test_rows_of_more_bits_than_float32_counts_are_refused(kernel, call):
    with pytest.raises(ValueError, match="must have at most 262144 words a row, not 262145"):
        CALLS[call](kernel, np.zeros((2, 2**18 + 1), np.uint64))


def test_the_widest_rows_are_counted_exactly(kernel):
    widest = np.zeros((2, 2**18), np.uint64)
    widest[0] = ~np.uint64(0)
    assert kernel.hamming(widest[:1], widest).tolist() == [[0, 2**24]]


@pytest.mark.parametrize("call", ["hamming", "scores", "topk"])
def test_results_that_no_memory_holds_are_refused(kernel, call, tmp_path):
    many = np.memmap(tmp_path / "sparse", np.uint64, "w+", shape=(2**30, 1))
    calls = CALLS | {"topk": lambda kernel, a: kernel.topk(a, a, len(a))}
    with pytest.raises((ValueError, MemoryError)):
        calls[call](kernel, many)


def same_rows(scores: np.ndarray, want: np.ndarray) -> bool:
    return bool(np.array_equal(scores, want, equal_nan=True))


sizes = st.sampled_from([0.0, 1e-45, 1e-38, 1e-23, 1e-5, 1.0, 1e5, 1e20, 1e37, np.inf, np.nan])


@given(
    rows=st.lists(st.tuples(sizes, st.integers(0, 5)), min_size=1, max_size=80),
    dim=st.integers(1, 40),
    dtype=st.sampled_from(["float32", "int8"]),
    k=st.integers(0, 90),
)
@settings(deadline=None)
def test_cosines_are_those_of_vectors_of_any_length(kernel, rows, dim, dtype, k):
    models = np.random.default_rng(dim).normal(size=(6, dim)).clip(-9, 9)
    exact = models[[model for _, model in rows]]
    length = np.array([size for size, _ in rows])[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        vectors = (exact * length).astype(np.float32)
    docs = vectors if dtype == "float32" else (exact * 14).astype(np.int8)
    queries = np.vstack([models[:3], models[:1] * 1e30, models[:1] * 0]).astype(np.float32)
    scores = kernel.scores(queries, docs, cosine=True)
    x, y = queries.astype(np.float64), docs.astype(np.float64)
    with np.errstate(all="ignore"):
        norms = np.linalg.norm(x, axis=1)[:, None], np.linalg.norm(y, axis=1)[:, None]
        want = (x / np.where(norms[0] == 0, 1, norms[0])) @ (
            y / np.where(norms[1] == 0, 1, norms[1])
        ).T
    want[:, ~np.isfinite(y).all(axis=1)] = np.nan
    np.testing.assert_allclose(scores, want, atol=2e-6)
    best, indices = kernel.topk(queries, docs, k, cosine=True)
    order = np.lexsort((-scores, ~np.isnan(scores)), axis=1)[:, :k]  # NaN first; stable
    assert same_rows(best, np.take_along_axis(scores, indices, axis=1))
    assert same_rows(indices, order)
    for i, row in enumerate(docs):  # equal rows have equal scores
        equal = (docs == row).all(axis=1)
        assert len(np.unique(scores[0][equal])) <= 1, i


def test_cosines_depend_on_neither_threads_nor_company(kernel):
    rng = np.random.default_rng(11)
    rows = (some_units(rng, 20_000, 100) * 10 ** rng.uniform(-40, 36, (20_000, 1))).astype(
        np.float32
    )
    queries = rows[:40]
    want = kernel.topk(queries, rows, 7, threads=1, cosine=True)
    for threads in (0, 2, 5):
        for got, expected in zip(
            kernel.topk(queries, rows, 7, None, threads, cosine=True), want, strict=True
        ):
            np.testing.assert_array_equal(got, expected)
    table = kernel.scores(queries, rows, cosine=True, threads=3)
    np.testing.assert_array_equal(np.take_along_axis(table, want[1], axis=1), want[0])
    np.testing.assert_array_equal(kernel.scores(queries[:1], rows, cosine=True)[0], table[0])


def test_a_cosine_takes_no_scale(kernel):
    with pytest.raises(ValueError, match="scale must be None: no cosine depends on it"):
        kernel.topk(*[np.ones((2, 4), np.float32)] * 2, 1, np.ones(2, np.float32), cosine=True)


def test_many_queries_take_no_more_memory_than_a_few():
    code = """
import resource
import numpy as np
from wordllama import kernel
rows = np.random.default_rng(0).normal(size=(4096, 64)).astype(np.float32)
queries = np.tile(rows, (3, 1))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
scores, indices = kernel.topk(queries, rows, 400, threads=8)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(grown * 1024 - scores.nbytes - indices.nbytes, (scores[:4096] == scores[-4096:]).all())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    beside, equal = done.stdout.split()
    assert int(beside) < 300 << 20  # 600 MB with a list of 400 for every query and thread
    assert equal == "True"


@pytest.mark.parametrize("kind", ["float32", "int8", "uint64"])
def test_scores_of_some_rows_are_those_of_all(kernel, kind):
    rng = np.random.default_rng(12)
    bits = rng.integers(0, 2**63, (9000, 2), dtype=np.uint64)
    rows = bits if kind == "uint64" else (rng.normal(size=(9000, 99)) * 30).astype(kind)
    queries = bits[:3] if kind == "uint64" else some_units(rng, 3, 99)
    scale = None if kind == "uint64" else rng.random(9000).astype(np.float32)
    at = rng.permutation(9000)
    for some in (at, at[:1], at[:0]):
        for threads in (1, 3):
            got = kernel.scores(queries, rows, scale, threads, at=some)
            np.testing.assert_array_equal(got, kernel.scores(queries, rows, scale)[:, some])
    for wrong in (-1, 9000):
        with pytest.raises(ValueError, match="at must lie between 0 and 9000"):
            kernel.scores(queries, rows, scale, at=np.array([0, wrong]))
