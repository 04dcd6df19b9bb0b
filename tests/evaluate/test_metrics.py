from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, ndcg_score

from wordllama.evaluate import metrics

GRADES = arrays(np.float64, 30, elements=st.integers(0, 5).map(float))


@given(GRADES, GRADES)
def test_spearman_is_scipys(a, b):
    if len(set(a)) > 1 and len(set(b)) > 1:
        assert metrics.spearman(a, b)(None) == pytest.approx(spearmanr(a, b)[0], abs=1e-9)
    else:
        assert metrics.spearman(a, b)(None) == 0


@given(GRADES, arrays(bool, 30))
def test_average_precision_is_sklearns(scores, relevant):
    expected = average_precision_score(relevant, scores) if relevant.any() else 0
    assert metrics.average_precision(scores, relevant)(None) == pytest.approx(expected)


@given(GRADES, GRADES)
def test_ndcg_is_sklearns(grades, scores):
    order = np.argsort(-scores, kind="stable")
    distinct = -np.argsort(order).astype(float)
    expected = ndcg_score([grades], [distinct], k=10) if grades.any() else 0
    assert metrics.ndcg(grades[order], grades) == pytest.approx(expected)


@given(GRADES, arrays(bool, 30), arrays(np.float64, 30, elements=st.integers(0, 3).map(float)))
def test_a_weight_is_a_number_of_repetitions(scores, relevant, weights):
    if not weights.any():
        return
    often = np.repeat(np.arange(30), weights.astype(int))
    for metric, other in ((metrics.average_precision, relevant), (metrics.spearman, scores[::-1])):
        repeated = metric(scores[often], other[often])(None)
        assert metric(scores, other)(weights) == pytest.approx(repeated, abs=1e-9)
    assert metrics.mean(scores)(weights) == pytest.approx(scores[often].mean())


def test_bootstrap_draws_are_the_same_for_the_same_seed_and_spread_about_the_mean():
    values = np.arange(100.0)
    draws = metrics.bootstrap(metrics.mean(values), 100, 2000, seed=1)
    assert np.array_equal(draws, metrics.bootstrap(metrics.mean(values), 100, 2000, seed=1))
    assert draws.mean() == pytest.approx(values.mean(), abs=0.5)
    assert draws.std() == pytest.approx(values.std() / 10, rel=0.1)
