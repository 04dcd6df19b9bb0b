from __future__ import annotations

import sys

import numpy as np
import pytest

from wordllama.search import outlier_scores, representatives
from wordllama.vectors import binarize, normalize


def clumps(groups: int, each: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((groups, 64))
    noise = 0.3 * rng.standard_normal((groups * each, 64))
    return normalize(np.repeat(centres, each, axis=0) + noise)


def test_representatives_come_from_every_group() -> None:
    chosen = representatives(clumps(5, 20), 5)
    assert sorted(chosen // 20) == [0, 1, 2, 3, 4]


def test_without_diversity_they_are_the_nearest_to_the_query() -> None:
    vectors = clumps(3, 10)
    chosen = representatives(vectors, 4, diversity=0, query=vectors[7])
    assert chosen.tolist() == np.argsort(-(vectors @ vectors[7]), kind="stable")[:4].tolist()


def test_no_more_representatives_than_there_are() -> None:
    assert sorted(representatives(clumps(1, 3), 9).tolist()) == [0, 1, 2]
    assert representatives(np.zeros((0, 4), np.float32), 3).tolist() == []
    with pytest.raises(ValueError, match="diversity must be from 0 to 1, not 2"):
        representatives(clumps(1, 3), 1, diversity=2)


def test_a_bar_shows_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    representatives(clumps(1, 9), 5, progress=True)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    representatives(clumps(1, 9), 5)
    assert capsys.readouterr().err == ""
    representatives(clumps(1, 9), 5, progress=True)
    assert "5/5" in capsys.readouterr().err


@pytest.mark.parametrize("binary", [False, True])
def test_a_row_far_from_all_is_the_most_likely_outlier(binary: bool) -> None:
    vectors = clumps(4, 50)
    vectors[77] = normalize(np.random.default_rng(9).standard_normal((1, 64)))[0]
    scores = outlier_scores(binarize(vectors) if binary else vectors)
    assert scores.argmax() == 77
    assert scores[77] > 0.9
    assert ((scores >= 0) & (scores <= 1)).all()
    assert np.median(scores) < 0.3


@pytest.mark.parametrize("sample", [2, 100, 200])
def test_neighbours_may_be_looked_for_in_a_sample(sample: int) -> None:
    vectors = clumps(4, 50)
    vectors[77] = normalize(np.random.default_rng(9).standard_normal((1, 64)))[0]
    scores = outlier_scores(vectors, sample=sample)
    assert scores.tolist() == outlier_scores(vectors, sample=sample).tolist()
    if sample > 2:
        assert scores.argmax() == 77
    if sample == 200:
        assert scores.tolist() == outlier_scores(vectors).tolist()


def test_copies_are_no_outliers() -> None:
    assert outlier_scores(np.ones((50, 8), np.float32), k=5).max() == 0


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_rows_have_scores_too(n: int) -> None:
    assert outlier_scores(clumps(1, n) if n else np.zeros((0, 4), np.float32)).shape == (n,)
