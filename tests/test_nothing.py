"""No texts, no rows, no others: every method gives nothing, or says what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from wordllama import WordLlama

NO_ROWS = np.zeros((0, 256), np.float32)
RECORD = {"q": "a car", "a": "b"}

Call = Callable[[WordLlama], Any]
CALLS: dict[str, tuple[Call, Any]] = {
    "topk": (lambda wl: wl.topk("q", []), []),
    "topk of many": (lambda wl: wl.topk(["q", "r"], []), [[], []]),
    "topk for nothing": (lambda wl: wl.topk([], ["a"]), []),
    "topk of rows": (lambda wl: wl.topk(np.ones(256, np.float32), NO_ROWS), []),
    "rank": (lambda wl: wl.rank("q", []), []),
    "rank of many": (lambda wl: wl.rank(["q"], [], sort=False), [[]]),
    "rank for nothing": (lambda wl: wl.rank([], ["a"]), []),
    "filter": (lambda wl: wl.filter("q", []), []),
    "filter of many": (lambda wl: wl.filter(["q"], []), [[]]),
    "filter for nothing": (lambda wl: wl.filter([], ["a"]), []),
    "mine": (lambda wl: str(wl.mine([])), "no pairs"),
    "mine approximately": (lambda wl: str(wl.mine([], method="approximate")), "no pairs"),
    "join left": (lambda wl: str(wl.join([], ["a"], one_to_one=True)), "no pairs"),
    "join right": (lambda wl: str(wl.join(["a"], [], k=2)), "no pairs"),
    "join both": (lambda wl: str(wl.join([], [], method="approximate")), "no pairs"),
    "cluster": (lambda wl: wl.cluster([], None), ([], 0.0)),
    "find_clusters": (lambda wl: wl.find_clusters([]).labels.tolist(), []),
    "find_clusters by density": (
        lambda wl: wl.find_clusters([], method="density").labels.tolist(),
        [],
    ),
    "find_clusters in batches": (
        lambda wl: wl.find_clusters([], 2, method="minibatch").labels.tolist(),
        [],
    ),
    "outliers": (lambda wl: wl.outliers([]).texts, []),
    "outliers of rows": (lambda wl: wl.outliers(NO_ROWS).index, []),
    "representatives": (lambda wl: wl.representatives([], 3, query="car"), []),
    "deduplicate": (lambda wl: wl.deduplicate([]), []),
    "deduplicate exactly": (lambda wl: wl.deduplicate([], 1, return_indices=True), []),
    "deduplicate rows": (lambda wl: wl.deduplicate(NO_ROWS, 1), []),
    "find_duplicates": (lambda wl: wl.find_duplicates([]).groups, []),
    "find_duplicates of rows": (lambda wl: wl.find_duplicates(NO_ROWS, 1).kept, []),
    "find_duplicates of columns": (lambda wl: wl.find_duplicates({"q": [], "a": []}).kept, []),
    "against nothing": (lambda wl: wl.find_duplicates(["a"], against=[]).kept, ["a"]),
    "approximately against nothing": (
        lambda wl: wl.find_duplicates(["a"], against=iter(()), method="approximate").kept,
        ["a"],
    ),
    "nothing against": (lambda wl: wl.find_duplicates([], against=["a"]).kept, []),
    "rows against nothing": (
        lambda wl: wl.find_duplicates(np.ones((1, 256), np.float32), against=NO_ROWS).kept,
        [0],
    ),
    "records against nothing": (lambda wl: wl.find_duplicates([RECORD], against=[]).kept, [RECORD]),
    "records against columns of nothing": (
        lambda wl: wl.find_duplicates([RECORD], against={"q": [], "a": []}).kept,
        [RECORD],
    ),
    "nothing against records": (lambda wl: wl.find_duplicates([], against=[RECORD]).kept, []),
    "the table of nothing": (lambda wl: wl.find_duplicates([]).to_arrow().num_rows, 0),
    "chunks": (lambda wl: wl.chunks("", topics=True), []),
    "chunks of no texts": (lambda wl: wl.chunks([]), []),
    "split": (lambda wl: wl.split(""), []),
    "embed": (lambda wl: wl.embed([]).shape, (0, 256)),
    "embed tokens": (lambda wl: wl.embed([], pool_embeddings=False), []),
    "tokenize": (lambda wl: wl.tokenize([]), []),
    "vector_similarity": (lambda wl: wl.vector_similarity(NO_ROWS, NO_ROWS).shape, (0, 0)),
    "explain": (lambda wl: str(wl.explain("a", [])), ""),
    "vocabulary_coverage": (lambda wl: wl.vocabulary_coverage([]).words, 0),
}


@pytest.mark.parametrize("name", CALLS)
def test_of_nothing_comes_nothing(wl: WordLlama, name: str) -> None:
    call, expected = CALLS[name]
    assert call(wl) == expected


def test_what_needs_something_says_so(wl: WordLlama) -> None:
    with pytest.raises(ValueError, match="k must be from 1"):
        wl.cluster([], 2)
    with pytest.raises(ValueError, match="labels must hold at least two classes"):
        wl.fit_classifier([], [])
    with pytest.raises(ValueError, match="there are no items to explain"):
        wl.find_duplicates([]).explain(0)
