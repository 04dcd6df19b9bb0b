from __future__ import annotations

import copy
import json
import pickle
import tracemalloc
from typing import Any

import numpy as np
import pytest

from wordllama import WordLlama, search
from wordllama.vectors import binarize, similarity

VECTORS = np.random.default_rng(0).standard_normal((500, 64)).astype(np.float32)


@pytest.mark.parametrize("binary", [False, True])
def test_scores_are_similarities(binary: bool) -> None:
    vectors = binarize(VECTORS) if binary else VECTORS
    expected = similarity(vectors[:1], vectors)[0]
    assert np.allclose(search.scores(vectors[0], vectors), expected, atol=1e-6)


def test_equal_rows_get_equal_scores_wherever_they_stand() -> None:
    vectors = np.tile(VECTORS[:1], (1001, 1))
    assert len(np.unique(search.scores(VECTORS[1], vectors))) == 1


def test_ranking_keeps_the_order_of_ties() -> None:
    vectors = np.concatenate([VECTORS[:5], VECTORS[:5]])
    order, scores = search.rank(VECTORS[2], vectors)
    assert order[:2].tolist() == [2, 7]
    assert (np.diff(scores) <= 0).all()


@pytest.mark.parametrize("binary", [False, True])
def test_topk_of_many_queries_is_each_ones_ranking(binary: bool) -> None:
    vectors = binarize(VECTORS) if binary else VECTORS
    indices, scores = search.topk(vectors[:7], vectors, 5)
    for query in range(7):
        order, best = search.rank(vectors[query], vectors)
        assert indices[query].tolist() == order[:5].tolist()
        assert np.allclose(scores[query], best[:5], atol=1e-6)


def test_topk_of_more_than_there_are_gives_all() -> None:
    assert search.topk(VECTORS[:2], VECTORS[:3], 10)[0].shape == (2, 3)
    assert search.topk(VECTORS[:2], VECTORS[:3], 0)[0].shape == (2, 0)
    with pytest.raises(ValueError, match="k must be at least 0, not -1"):
        search.topk(VECTORS[:2], VECTORS, -1)


def test_filter_keeps_input_order_and_what_is_above() -> None:
    chosen, scores = search.filter(VECTORS[0], VECTORS, 0.1)
    assert scores.tolist() == search.scores(VECTORS[0], VECTORS)[chosen].tolist()
    assert (np.diff(chosen) > 0).all()
    assert set(chosen.tolist()) == set(
        np.flatnonzero(similarity(VECTORS[:1], VECTORS)[0] > 0.1).tolist()
    )


def test_methods_on_texts_are_these_functions(wl: WordLlama) -> None:
    docs = ["a car", "rain", "a truck", "a car", "the weather", ""]
    queries, vectors = wl.embed(["vehicle", "storm"]), wl.embed(docs)
    orders, scores = search.rank(queries, vectors)
    ranked = wl.rank(["vehicle", "storm"], docs)
    assert [[doc for doc, _ in row] for row in ranked] == [[docs[i] for i in o] for o in orders]
    assert [[score for _, score in row] for row in ranked] == scores.tolist()
    chosen = search.filter(queries, vectors, 0.3)
    assert wl.filter(["vehicle", "storm"], docs, 0.3) == [
        [docs[i] for i in row] for row, _ in chosen
    ]
    assert [row.tolist() for row, _ in chosen] == [
        search.filter(query, vectors, 0.3)[0].tolist() for query in queries
    ]


def test_of_nothing_comes_nothing() -> None:
    none = VECTORS[:0]
    assert search.scores(VECTORS[0], none).tolist() == []
    assert search.rank(VECTORS[0], none)[0].tolist() == []
    assert search.filter(VECTORS[0], none, 0.0)[0].tolist() == []


def test_lengths_change_no_order() -> None:
    lengths = 10 ** np.random.default_rng(1).uniform(-37, 37, (500, 1))
    stretched = (VECTORS * lengths).astype(np.float32)
    for query in (VECTORS[3], stretched[3]):
        order, scores = search.rank(query, stretched)
        assert order.tolist() == search.rank(VECTORS[3], VECTORS)[0].tolist()
        assert np.allclose(scores, similarity(VECTORS[3:4], VECTORS)[0][order], atol=1e-6)


def test_int8_vectors_are_ranked_by_their_cosine(wl: WordLlama) -> None:
    scale = 127 / abs(VECTORS).max(axis=1, keepdims=True)
    rounded = np.rint(VECTORS * scale).astype(np.int8)
    expected = similarity(VECTORS[:2], rounded.astype(np.float32))
    assert np.allclose(search.scores(VECTORS[:2], rounded), expected, atol=1e-6)
    indices, best = search.topk(VECTORS[:2], rounded, 5)
    assert np.allclose(best, -np.sort(-expected, axis=1)[:, :5], atol=1e-6)
    assert wl.topk(VECTORS[0], rounded, 5) == indices[0].tolist()
    assert [i for i, _ in wl.rank(VECTORS[0], rounded)][:5] == indices[0].tolist()
    assert wl.filter(VECTORS[0], rounded, 0.2) == np.flatnonzero(expected[0] > 0.2).tolist()


@pytest.mark.parametrize("call", [search.scores, search.rank, search.topk, search.filter])
@pytest.mark.parametrize("row", [0, 7, 499])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_row_that_is_not_finite_is_named(call, row: int, value: float) -> None:
    vectors = VECTORS.copy()
    vectors[row, 5] = value
    vectors[row:, 6] = value
    more = () if call in (search.scores, search.rank) else (3,)
    with pytest.raises(ValueError, match=f"docs: row {row} holds NaN or infinity"):
        call(VECTORS[:2], vectors, *more, name="docs")


@pytest.mark.parametrize("wrong", [VECTORS[:, :63], binarize(VECTORS), VECTORS[0].astype(np.int8)])
def test_vectors_of_another_kind_or_width_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="vectors must be of the query's kind and width"):
        search.topk(VECTORS[:1], wrong, 3)


def test_no_vector_is_copied(wl: WordLlama) -> None:
    vectors = np.tile(VECTORS, (200, 1))
    tracemalloc.start()
    assert wl.topk(VECTORS[0], vectors, 3) == [0, 500, 1000]
    wl.filter(VECTORS[0], vectors, 0.99)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < vectors.nbytes / 4


@pytest.mark.parametrize("mode", ["vector", "keyword", "hybrid"])
def test_what_is_found_is_the_list_and_knows_scores_and_places(wl: WordLlama, mode: Any) -> None:
    docs = ["a car", "rain", "a truck", "a car", "the weather", ""]
    ranked = wl.rank("a car", docs, mode=mode)
    scores = dict(enumerate(score for _, score in wl.rank("a car", docs, sort=False, mode=mode)))
    for found in (wl.topk("a car", docs, 4, mode=mode), wl.filter("a car", docs, 0.1, mode=mode)):
        assert isinstance(found, list)
        assert isinstance(found, search.Found)
        assert found == [docs[i] for i in found.indices]
        assert found.scores.tolist() == [scores[i] for i in found.indices.tolist()]
    best = wl.topk("a car", docs, 4, mode=mode)
    assert list(zip(best, best.scores.tolist(), strict=True)) == ranked[:4]
    assert ranked == list(zip((docs[i] for i in ranked.indices), ranked.scores, strict=True))
    plain = list(best)
    for again in (pickle.loads(pickle.dumps(best)), copy.deepcopy(best)):
        assert again == plain
        assert again.to_dict() == best.to_dict()
    assert (str(best), json.dumps(best)) == (str(plain), json.dumps(plain))
    best.sort()
    assert best.to_arrow().to_pylist() == best.to_dict() == again.to_dict()
    assert best.to_pandas()["text"].tolist() == plain


def test_vectors_are_found_by_number(wl: WordLlama) -> None:
    one, two = wl.topk(VECTORS[:2], VECTORS, 2)
    assert (one[0], two[0]) == (0, 1)
    assert one.columns() == {"index": one, "score": one.scores.tolist()}
    assert wl.filter("car", []).to_dict() == []
