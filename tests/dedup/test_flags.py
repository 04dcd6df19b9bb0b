from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.dedup import duplicate_indices
from wordllama.vectors import Vectors, binarize, similarity


def plain(vectors: Vectors, threshold: float) -> list[int]:
    table = np.triu(similarity(vectors, vectors), 1) > threshold
    table[np.tril_indices(len(vectors))] = False
    return np.flatnonzero(table.any(axis=0)).tolist()


def texts_with_copies(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, 64))
    later = rng.integers(n // 2, n, n // 4)
    vectors[later] = vectors[rng.integers(0, n, len(later))]
    vectors[later] += rng.standard_normal((len(later), 64)) * rng.uniform(0, 0.6, (len(later), 1))
    return vectors.astype(np.float32)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("threshold", [0.3, 0.9])
def test_what_repeats_any_earlier_row_is_a_duplicate(binary: bool, threshold: float) -> None:
    vectors: Vectors = texts_with_copies(3000, 0)
    vectors = binarize(vectors) if binary else vectors
    assert duplicate_indices(vectors, threshold).tolist() == plain(vectors, threshold)


@given(st.integers(1, 120), st.integers(0, 5), st.floats(-0.5, 0.99))
@settings(deadline=None, max_examples=60)
def test_small_sets_agree_with_all_pairs(n: int, seed: int, threshold: float) -> None:
    vectors = texts_with_copies(n, seed)
    assert duplicate_indices(vectors, threshold).tolist() == plain(vectors, threshold)


@given(st.integers(1, 200), st.integers(0, 5), st.floats(0.1, 0.99))
@settings(deadline=None, max_examples=30)
def test_removing_duplicates_twice_changes_nothing(n: int, seed: int, threshold: float) -> None:
    vectors = texts_with_copies(n, seed)
    kept = np.delete(vectors, duplicate_indices(vectors, threshold), axis=0)
    assert len(duplicate_indices(kept, threshold)) == 0


def test_an_exact_copy_is_found_however_far_away() -> None:
    vectors = np.random.default_rng(0).standard_normal((12_000, 64)).astype(np.float32)
    vectors[5050] = vectors[100]
    vectors[11_999] = vectors[0]
    assert duplicate_indices(vectors, 0.9).tolist() == [5050, 11_999]


def test_thousands_of_copies_of_one_row_are_no_burden() -> None:
    vectors = np.tile(np.random.default_rng(0).standard_normal(64).astype(np.float32), (50_000, 1))
    assert duplicate_indices(vectors, 0.9).tolist() == list(range(1, 50_000))


def test_thousands_of_variants_of_one_row_are_no_burden() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal(64) + 0.05 * rng.standard_normal((8000, 64))
    assert duplicate_indices(vectors.astype(np.float32), 0.9).tolist() == list(range(1, 8000))


def test_empty_texts_are_not_duplicates_of_each_other() -> None:
    assert duplicate_indices(np.zeros((4, 8), np.float32), 0.9).tolist() == []


def test_no_rows_and_one_row_have_no_duplicates() -> None:
    assert duplicate_indices(np.zeros((0, 8), np.float32), 0.9).tolist() == []
    assert duplicate_indices(np.ones((1, 8), np.float32), 0.9).tolist() == []


@pytest.mark.parametrize("method", ["exact", "approximate"])
def test_vectors_on_disk_give_the_same_duplicates(method, tmp_path) -> None:  # type: ignore[no-untyped-def]
    vectors = texts_with_copies(3000, 1)
    vectors[2000:2100] = vectors[:100]
    np.save(tmp_path / "v.npy", vectors)
    mapped = np.load(tmp_path / "v.npy", mmap_mode="r")
    found = [duplicate_indices(each, 0.9, method).tolist() for each in (vectors, mapped)]
    assert found[0] == found[1]
    assert set(range(2000, 2100)) <= set(found[0])


def test_another_method_is_refused() -> None:
    with pytest.raises(ValueError, match="method must be auto, exact or approximate, not 'fast'"):
        duplicate_indices(np.ones((2, 4), np.float32), 0.9, "fast")  # type: ignore[arg-type]
