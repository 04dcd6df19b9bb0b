"""The model's methods over sets of texts: near-duplicates, mining, joins, what stands out."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from wordllama import WordLlama

CARS = ["a red car", "the weather", "a car, red", "a red car"]


def test_many_queries_at_once_are_each_query_alone(wl: WordLlama) -> None:
    queries = ["car", "rain"]
    assert wl.topk(queries, CARS, k=2) == [wl.topk(q, CARS, k=2) for q in queries]
    assert wl.filter(queries, CARS) == [wl.filter(q, CARS) for q in queries]
    for many, query in zip(wl.rank(queries, CARS), queries, strict=True):
        one = wl.rank(query, CARS)
        assert [doc for doc, _ in many] == [doc for doc, _ in one]
        assert [s for _, s in many] == pytest.approx([s for _, s in one], abs=1e-6)


def test_vectors_may_stand_for_texts(wl: WordLlama) -> None:
    vectors, query = wl.embed(CARS), wl.embed("car")[0]
    assert [CARS[i] for i in wl.topk(query, vectors, k=2)] == wl.topk("car", CARS, k=2)
    assert [CARS[i] for i in wl.filter(query, vectors)] == wl.filter("car", CARS)
    assert [CARS[i] for i in wl.deduplicate(vectors)] == wl.deduplicate(CARS)
    assert wl.mine(vectors).pairs.left.tolist() == wl.mine(CARS).pairs.left.tolist()
    assert len(wl.find_duplicates(vectors).kept) == 2
    with pytest.raises(ValueError, match="row 1 holds NaN"):
        wl.mine(np.array([[1.0], [np.nan]], np.float32))


def test_find_duplicates_keeps_what_deduplicate_keeps(wl: WordLlama) -> None:
    assert wl.find_duplicates(CARS).kept == wl.deduplicate(CARS)


def test_test_questions_can_be_taken_out_of_training_data(wl: WordLlama) -> None:
    found = wl.find_duplicates(CARS, 0.8, against=["The car is red"])
    assert found.kept == ["the weather"]


def test_records_are_compared_by_all_their_columns(wl: WordLlama) -> None:
    rows = [
        {"q": "what is red?", "a": "a red car", "id": 1},
        {"q": "what is red?", "a": "the evening sky", "id": 2},
        {"q": "what is red?", "a": "a car, red", "id": 3},
    ]
    found = wl.find_duplicates(rows, 0.9)
    assert found.kept == rows[:2]
    assert found.duplicates[0].score == pytest.approx(
        (1 + wl.similarity("a red car", "a car, red")) / 2, abs=1e-6
    )
    columns = {"q": [row["q"] for row in rows], "a": [row["a"] for row in rows]}
    assert wl.find_duplicates(columns, 0.9).kept_indices == [0, 1]
    assert wl.find_duplicates(rows, 0.9, columns=["q"]).kept_indices == [0]
    with pytest.raises(ValueError, match="there is no column 'x', only q, a"):
        wl.find_duplicates(columns, columns=["x"])
    with pytest.raises(ValueError, match="record 1 must hold text in 'q'"):
        wl.find_duplicates([{"q": "a"}, {"q": None}])


def test_binary_vectors_work_too(wl: WordLlama) -> None:
    binary = WordLlama(wl.encoder, binary=True)
    assert binary.find_duplicates(CARS).kept == binary.deduplicate(CARS)
    assert binary.mine(CARS, threshold=0.4)[0].left == "a red car"
    assert binary.join(["car"], ["vehicle", "rain"], 0.1)[0].right == "vehicle"
    assert len(binary.outliers(CARS)) == 4
    assert binary.topk(["car"], CARS, k=1) == [binary.topk("car", CARS, k=1)]
    with pytest.raises(ValueError, match="representatives"):
        binary.representatives(CARS, 2)


def test_of_nothing_comes_nothing(wl: WordLlama) -> None:
    assert wl.find_duplicates([]).kept == []
    assert len(wl.mine([])) == len(wl.join([], ["a"])) == len(wl.outliers([])) == 0
    assert wl.representatives([], 2) == []
    assert wl.topk(["a"], [], k=2) == [[]]


@pytest.mark.parametrize("variable", ["OPENBLAS_NUM_THREADS=1", "WORDLLAMA_KERNEL=reference"])
def test_results_do_not_depend_on_threads_or_kernel(variable: str) -> None:
    name, value = variable.split("=")
    runs = [
        subprocess.run(
            [sys.executable, "-c", SETS], env=env, check=True, capture_output=True, text=True
        ).stdout
        for env in (os.environ, os.environ | {name: value})
    ]
    assert runs[0] == runs[1]


SETS = """
import random
from wordllama import WordLlama
words = "red blue car truck rain sun cat dog stock price bread wine walk run old new".split()
draw = random.Random(0)
texts = [" ".join(draw.choices(words, k=draw.randint(2, 5))) for _ in range(3000)]
wl = WordLlama.load()
found = wl.find_duplicates(texts, 0.8)
print(wl.cluster(texts, 12, random_state=1), found.to_dict(), wl.mine(texts[:300]).to_dict())
"""
