from __future__ import annotations

import json
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama import WordLlama
from wordllama.dedup import Duplicates, duplicate_indices, find_duplicates
from wordllama.dedup.best import best_and_forest, needed_before
from wordllama.pairs.approximate import Method, similar_pairs
from wordllama.pairs.components import connect
from wordllama.pairs.crowds import Needed, first_of_columns
from wordllama.vectors import Vectors, binarize, similarity


def some(n: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Names and vectors, many of them near others and some the same."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((max(1, n // 4), 16))
    kind = rng.integers(0, len(centres), n)
    step = rng.integers(0, 4, n)
    vectors = centres[kind] + 0.25 * step[:, None] * np.cos(
        kind[:, None] + np.arange(16) * step[:, None]
    )
    return [f"{k}.{s}" for k, s in zip(kind, step, strict=True)], vectors.astype(np.float32)


def plain_groups(vectors: np.ndarray, threshold: float) -> list[list[int]]:
    """Connected components, by flooding."""
    near = similarity(vectors, vectors) > threshold
    groups, left = [], set(range(len(vectors)))
    while left:
        group, border = set(), {min(left)}
        while border:
            group |= border
            border = {int(j) for i in border for j in np.flatnonzero(near[i])} - group
        left -= group
        if len(group) > 1:
            groups.append(sorted(group))
    return groups


@given(st.integers(1, 80), st.integers(0, 6), st.floats(0.5, 0.99))
@settings(deadline=None, max_examples=40)
def test_with_chain_what_stays_is_what_deduplicate_keeps(
    n: int, seed: int, threshold: float
) -> None:
    items, vectors = some(n, seed)
    gone = set(duplicate_indices(vectors, threshold).tolist())
    found = find_duplicates(items, vectors, threshold, chain=True)
    assert found.kept_indices == [i for i in range(n) if i not in gone]


@given(
    st.integers(1, 80), st.integers(0, 6), st.floats(0.5, 0.95), st.floats(0, 0.04), st.booleans()
)
@settings(deadline=None, max_examples=40)
def test_a_higher_threshold_later_is_the_higher_threshold_at_once(
    n: int, seed: int, threshold: float, more: float, chain: bool
) -> None:
    items, vectors = some(n, seed)
    later = find_duplicates(items, vectors, threshold, chain=chain).rethreshold(threshold + more)
    once = find_duplicates(items, vectors, threshold + more, chain=chain)
    assert later.to_dict() == once.to_dict()


@given(st.integers(1, 80), st.integers(0, 6), st.floats(0.5, 0.99))
@settings(deadline=None, max_examples=40)
def test_with_chain_groups_are_the_connected_components(
    n: int, seed: int, threshold: float
) -> None:
    items, vectors = some(n, seed)
    found = find_duplicates(items, vectors, threshold, chain=True)
    assert found.groups == plain_groups(vectors, threshold)


def test_with_chain_each_duplicate_names_its_most_similar_earlier_item() -> None:
    items, vectors = some(60)
    items = [f"{i}" for i in range(60)]
    table = np.triu(similarity(vectors, vectors), 1)
    for duplicate in find_duplicates(items, vectors, 0.9, chain=True).duplicates:
        assert duplicate.of < duplicate.index
        assert duplicate.score == pytest.approx(table[:, duplicate.index].max(), abs=1e-6)
        assert duplicate.score == pytest.approx(table[duplicate.of, duplicate.index], abs=1e-6)


def test_exact_duplicates_stand_apart_from_near_ones() -> None:
    x = np.array([[1, 0], [1, 0], [1, 0.1], [0, 1]], np.float32)
    found = find_duplicates(["a b", "a b", "b a", "c"], x, 0.9)
    assert [d.index for d in found.exact_duplicates] == [1]
    assert [d.index for d in found.near_duplicates] == [2]
    assert found.removed == 0.5


def test_the_longest_may_be_kept_or_whatever_a_function_prefers() -> None:
    items = ["aa", "aaaa", "aaa"]
    x = np.ones((3, 4), np.float32)
    assert find_duplicates(items, x, keep="longest").kept == ["aaaa"]
    assert find_duplicates(items, x, keep=lambda text: text == "aaa").kept == ["aaa"]
    assert {d.of for d in find_duplicates(items, x, keep="longest").duplicates} <= {1, 2}
    with pytest.raises(ValueError, match="keep must be 'first', 'longest' or a function"):
        find_duplicates(items, x, keep="last")  # type: ignore[arg-type]


def test_what_another_set_holds_is_dropped_and_nothing_else() -> None:
    train = np.array([[1, 0], [1, 0], [0, 1], [0.5, 0.5]], np.float32)
    test = np.array([[0, 1], [0.05, 1]], np.float32)
    others = (["b", "B"], test)
    found = find_duplicates(["a", "a", "b", "c"], train, 0.9, against=others, against_only=True)
    assert found.kept == ["a", "a", "c"]
    assert [(d.index, d.of, d.of_item, d.exact) for d in found.duplicates] == [(2, 0, "b", True)]
    assert "1 of them of 2 others" in str(found)
    assert str(found.duplicates[0]) == "2 'b' is the same as 0 'b' of the other set"
    also = find_duplicates(["a", "a", "b", "c"], train, 0.9, against=others)
    assert also.kept == ["a", "c"]
    with pytest.raises(ValueError, match="against_only=True needs another set"):
        find_duplicates(["a"], train[:1], against_only=True)


def test_records_are_the_same_if_their_columns_are() -> None:
    records = [{"q": "a", "a": "b"}, {"q": "a", "a": "b"}, {"q": "b", "a": "a"}]
    found = find_duplicates(records, np.eye(3, dtype=np.float32))
    assert [d.index for d in found.exact_duplicates] == [1]
    assert found.to_pandas()["q"].tolist() == ["a", "a", "b"]


def test_the_weakest_decisions_can_be_looked_at() -> None:
    items, vectors = some(60)
    found = find_duplicates(items, vectors, 0.8)
    weakest = found.least_similar_kept(3)
    assert [d.score for d in weakest] == sorted(d.score for d in found.near_duplicates)[:3]


def test_every_decision_can_be_explained() -> None:
    x = np.array([[1, 0], [1, 0], [1, 0.1], [0, 1]], np.float32)
    found = find_duplicates(["a b", "a b", "b a", "c"], x, 0.9)
    assert found.explain(0) == ("0 'a b' is kept, and its duplicates go (1, 2)")
    assert found.explain(1) == "1 'a b' is the same as 0 'a b'"
    assert found.explain(2) == "2 'b a' is 0.995 similar to 0 'a b'"
    assert found.explain(3) == "3 'c' is kept: nothing else that is kept is more similar than 0.9"
    with pytest.raises(ValueError, match="index must be from 0 to 3, not 4"):
        found.explain(4)


def test_the_result_becomes_json_arrow_and_pandas() -> None:
    items, vectors = some(20)
    found = find_duplicates(items, vectors, 0.9)
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()
    table, frame = found.to_arrow(), found.to_pandas()
    assert table.num_rows == len(frame) == 20
    assert table["kept"].to_pylist() == frame["kept"].tolist()


def test_a_lower_threshold_would_need_new_comparisons() -> None:
    found: Duplicates[str] = find_duplicates(["a"], np.ones((1, 4), np.float32), 0.9)
    with pytest.raises(ValueError, match=r"threshold must be at least 0.9, not 0.8"):
        found.rethreshold(0.8)


def test_bad_vectors_are_refused() -> None:
    with pytest.raises(ValueError, match="row 0 holds NaN"):
        find_duplicates(["a"], np.array([[np.nan]], np.float32))
    with pytest.raises(ValueError, match="vectors: 2 items have 1 vectors"):
        find_duplicates(["a", "b"], np.ones((1, 4), np.float32))
    with pytest.raises(ValueError, match="method must be auto, exact or approximate"):
        find_duplicates(["a"], np.ones((1, 4), np.float32), method="fast")  # type: ignore[arg-type]


def test_nothing_in_nothing_out() -> None:
    found: Duplicates[str] = find_duplicates([], np.zeros((0, 4), np.float32))
    assert (found.kept, found.duplicates, found.groups, found.removed) == ([], [], [], 0.0)
    assert str(found).startswith("0 of 0 items")


def test_the_approximate_method_finds_the_same_in_clumps() -> None:
    items, vectors = some(4000)
    exact = find_duplicates(items, vectors, 0.9)
    approximate = find_duplicates(items, vectors, 0.9, method="approximate")
    assert len(set(exact.kept_indices) ^ set(approximate.kept_indices)) <= 10
    flags = duplicate_indices(vectors, 0.9, method="approximate")
    chained = find_duplicates(items, vectors, 0.9, method="approximate", chain=True)
    assert len(set(flags.tolist()) ^ {d.index for d in chained.duplicates}) <= 10


def crowd(n: int, binary: bool, seed: int = 0) -> Vectors:
    """A crowd of near copies and two smaller ones, among rows that are unlike them."""
    rng = np.random.default_rng(seed)
    parts = [rng.standard_normal((n, 128))]
    for size, spread in ((n, 0.5), (n // 4, 0.3), (n // 6, 1.0)):
        step = rng.uniform(0, spread, (size, 1))
        parts.append(rng.standard_normal(128) + step * rng.standard_normal((size, 128)))
    rows = np.concatenate(parts)[rng.permutation(sum(map(len, parts)))].astype(np.float32)
    return binarize(rows) if binary else rows


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("method", ["exact", "approximate"])
def test_a_crowd_gets_the_result_of_all_pairs_from_few(binary: bool, method: Method) -> None:
    vectors = crowd(1200, binary)
    every = list(similar_pairs(vectors, 0.7, None, method))
    few = list(similar_pairs(vectors, 0.7, None, method, needed=needed_before))
    share = 0.5 if binary else 0.1  # many pairs of bits are equally similar
    assert sum(len(some.left) for some in few) < share * sum(len(some.left) for some in every)
    (best, forest), (best_of_few, forest_of_few) = (
        best_and_forest(len(vectors), found) for found in (every, few)
    )
    assert best_of_few.match.tolist() == best.match.tolist()
    assert best_of_few.score.tolist() == best.score.tolist()
    for threshold in (0.7, 0.8, 0.9, 0.97):
        strong, others = forest.score > threshold, forest_of_few.score > threshold
        nodes = np.arange(len(vectors))
        assert np.array_equal(
            connect(nodes, forest.left[strong], forest.right[strong]),
            connect(nodes, forest_of_few.left[others], forest_of_few.right[others]),
        )


def test_of_a_crowd_each_row_finds_its_best_in_another_set() -> None:
    vectors, others = crowd(800, False), crowd(800, False)[::-1] + np.float32(0.01)
    names = [str(i) for i in range(len(vectors))], [f"o{i}" for i in range(len(others))]
    found = find_duplicates(names[0], vectors, 0.7, against=(names[1], others))
    table = similarity(vectors, others)
    assert (found.match >= 0).tolist() == (table.max(axis=1) > 0.7).tolist()
    near = found.match >= 0
    assert np.allclose(found.score[near], table.max(axis=1)[near], atol=1e-6)


@pytest.mark.parametrize("method", ["exact", "approximate"])
def test_of_a_crowd_the_first_before_each_is_found_without_gathering_all(method: Method) -> None:
    vectors = crowd(1200, False)
    place = np.random.default_rng(1).permutation(len(vectors))[:1500]

    def first(wanted: Needed | None) -> tuple[list[int], int]:
        best, pairs = np.full(len(place), len(vectors)), 0
        for found in similar_pairs(vectors, 0.7, vectors[place], method, needed=wanted):
            earlier = found.left < place[found.right]
            np.minimum.at(best, found.right[earlier], found.left[earlier])
            pairs += len(found.left)
        return best.tolist(), pairs

    every, few = first(None), first(partial(first_of_columns, threshold=0.7, before=place))
    assert few[0] == every[0]
    assert few[1] < 0.1 * every[1]


def test_rows_of_the_same_vector_are_near_copies_of_the_first() -> None:
    vectors = np.repeat(np.eye(2, dtype=np.float32), 4000, axis=0)
    found = find_duplicates([str(i) for i in range(8000)], vectors, 0.9)
    assert found.kept_indices == [0, 4000]
    assert (len(found.exact_duplicates), len(found.near_duplicates)) == (0, 7998)
    assert [len(group) for group in found.rethreshold(0.99).groups] == [4000, 4000]


def test_folded_texts_are_the_same_whatever_their_case_width_and_spaces(wl: WordLlama) -> None:
    texts = ["A Red  Car", "a red car", "Ａ ＲＥＤ ＣＡＲ\n", "the weather", "STRASSE", "straße"]
    found = wl.find_duplicates(texts, fold=True)
    assert [(d.index, d.of) for d in found.exact_duplicates] == [(1, 0), (2, 0), (5, 4)]
    assert found.kept == ["A Red  Car", "the weather", "STRASSE"]
    assert wl.find_duplicates(texts, 0.99).exact_duplicates == []
    rows = [{"q": "A car", "n": 1}, {"q": "a CAR", "n": 1}, {"q": "a CAR", "n": 2}]
    assert len(wl.find_duplicates(rows, fold=True).exact_duplicates) == 2
    leaked = wl.find_duplicates(["A CAR"], fold=True, against=["a car"])
    assert [d.exact for d in leaked.duplicates] == [True]
    with pytest.raises(ValueError, match="fold=True needs texts, but texts are vectors"):
        wl.find_duplicates(wl.embed(texts), fold=True)


def test_records_come_from_any_table_or_iterable(wl: WordLlama) -> None:
    rows = [{"q": "a car", "n": 1}, {"q": "rain", "n": 2}, {"q": "a car", "n": 1}]
    tables = [
        tuple(rows),
        (row for row in rows),
        pd.DataFrame(rows),
        pl.DataFrame(rows),
        pl.LazyFrame(rows),
        pa.Table.from_pylist(rows),
        pa.Table.from_pylist(rows).to_reader(),
        Dataset.from_list(rows),
        Dataset.from_list(rows).to_iterable_dataset(),
    ]
    for table in tables:
        assert wl.find_duplicates(table).kept == rows[:2]
