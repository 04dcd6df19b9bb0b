from __future__ import annotations

import numpy as np
import pytest

from wordllama.kernel import Cuts, Rows, chosen, reference

COMPILED = [] if chosen is reference else [chosen]
DIMS = [1, 3, 7, 16, 31, 64, 100, 128, 192, 256, 300, 512, 1024]


def some_ids(rng: np.random.Generator, tokens: int) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.array([0, 1, 2, 3, 17, 300, 0, 5000, 40])
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return rng.integers(0, tokens, size=offsets[-1], dtype=np.int32), offsets


def mean(ids: np.ndarray, offsets: np.ndarray, rows: Rows) -> np.ndarray:
    """In float64, with no thought of speed."""
    places = ids if rows.mapping is None else rows.mapping[ids]
    tokens = rows.matrix[places].astype(np.float64)
    if rows.scale is not None:
        tokens *= rows.scale[ids, None]
    parts = np.split(tokens, offsets[1:-1])
    return np.array(
        [part.mean(axis=0) if len(part) else np.zeros(tokens.shape[1]) for part in parts]
    )


def rows_of(dtype: str, dim: int, *, scaled: bool, mapped: bool) -> Rows:
    rng = np.random.default_rng(dim)
    matrix = rng.normal(size=(50, dim))
    matrix = (matrix * 40 if dtype == "int8" else matrix).astype(dtype)
    tokens = 80 if mapped else 50
    scale = rng.normal(size=tokens).astype(np.float32) / (40 if dtype == "int8" else 1)
    mapping = rng.integers(0, 50, size=tokens, dtype=np.int32)
    return Rows(matrix, scale if scaled else None, mapping if mapped else None)


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
@pytest.mark.parametrize(("scaled", "mapped"), [(False, False), (True, False), (True, True)])
def test_a_vector_is_the_mean_of_its_rows(kernel, dtype, dim, scaled, mapped):
    rows = rows_of(dtype, dim, scaled=scaled, mapped=mapped)
    ids, offsets = some_ids(np.random.default_rng(0), 80 if mapped else 50)
    out = np.full((len(offsets) - 1, dim), np.nan, dtype=np.float32)
    kernel.pool(ids, offsets, rows, out)
    size = 40 if dtype == "int8" and not scaled else 1
    np.testing.assert_allclose(out, mean(ids, offsets, rows), rtol=0, atol=1e-5 * size)


@pytest.mark.parametrize("dim", [5, 64, 256])
def test_normalised_vectors_have_length_one_and_zero_rows_stay_zero(kernel, dim):
    rows = rows_of("float32", dim, scaled=False, mapped=False)
    ids, offsets = some_ids(np.random.default_rng(0), 50)
    out = np.empty((len(offsets) - 1, dim), dtype=np.float32)
    kernel.pool(ids, offsets, rows, out, normalize=True)
    lengths = np.linalg.norm(out, axis=1)
    np.testing.assert_allclose(lengths[np.diff(offsets) > 0], 1, atol=1e-6)
    assert not out[np.diff(offsets) == 0].any()


def test_all_of_float16_is_read_exactly(kernel):
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = every[np.isfinite(every)].reshape(-1, 64)
    rows = Rows(finite)
    out = np.empty(finite.shape, dtype=np.float32)
    ids = np.arange(len(finite), dtype=np.int32)
    kernel.pool(ids, np.arange(len(finite) + 1), rows, out)
    np.testing.assert_array_equal(out, finite.astype(np.float32))


@pytest.mark.parametrize("native", COMPILED)
def test_both_kernels_sum_in_the_same_order(native):
    rows = rows_of("float32", 100, scaled=False, mapped=False)
    ids, offsets = some_ids(np.random.default_rng(3), 50)
    ours, theirs = (np.empty((len(offsets) - 1, 100), dtype=np.float32) for _ in range(2))
    native.pool(ids, offsets, rows, ours)
    reference.pool(ids, offsets, rows, theirs)
    np.testing.assert_array_equal(ours, theirs)


def test_threads_change_nothing(kernel):
    rows = rows_of("float16", 256, scaled=True, mapped=True)
    ids, offsets = some_ids(np.random.default_rng(4), 80)
    want = np.empty((len(offsets) - 1, 256), dtype=np.float32)
    kernel.pool(ids, offsets, rows, want, threads=1)
    for threads in (0, 2, 7):
        got = np.empty_like(want)
        kernel.pool(ids, offsets, rows, got, threads=threads)
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("size", [1e-44, 1e-30, 1e-20, 1e20, 1e30, 3e38])
def test_rows_of_any_size_have_a_mean_and_a_direction(kernel, size):
    rng = np.random.default_rng(6)
    rows = Rows((rng.uniform(0.2, 1, (50, 70)) * size).astype(np.float32))
    ids, offsets = some_ids(rng, 50)
    exact = mean(ids, offsets, rows)
    out = np.empty((len(offsets) - 1, 70), np.float32)
    kernel.pool(ids, offsets, rows, out)
    np.testing.assert_allclose(out, exact, rtol=1e-5, atol=1e-45)
    kernel.pool(ids, offsets, rows, out, normalize=True)
    lengths = np.linalg.norm(out.astype(np.float64), axis=1)
    np.testing.assert_allclose(lengths[np.diff(offsets) > 0], 1, atol=1e-6)
    assert not out[np.diff(offsets) == 0].any()


def test_texts_whose_sum_leaves_float32_have_the_same_vector_in_any_company(kernel):
    rng = np.random.default_rng(7)
    rows = Rows(np.full((256, 64), 3e38, np.float32) * rng.uniform(-1, 1, (256, 64)).astype("f4"))
    texts = ["a b", "", "a", "some text of a few words " * 40, "a b"] * 50
    table = kernel.WordTable(Cuts("spaces"), lambda pieces, _: [list(p.encode()) for p in pieces])
    for threads in (1, 3):
        for packed in (False, True):
            out = np.empty((250, 1), np.uint64) if packed else np.empty((250, 64), np.float32)
            table.embed(texts, rows, out, threads=threads)
            ids, offsets = table.token_ids(texts)
            want = mean(ids, offsets, rows)
            if packed:
                signs = np.unpackbits(out.view(np.uint8), axis=1)
                np.testing.assert_array_equal(signs[abs(want) > 1e33], want[abs(want) > 1e33] > 0)
            else:
                assert np.isfinite(out).all()
                np.testing.assert_allclose(out, want, rtol=1e-4, atol=1e33)
