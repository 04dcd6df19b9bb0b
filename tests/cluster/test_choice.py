from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from wordllama.cluster import choose_k, silhouette
from wordllama.vectors import normalize


def test_the_silhouette_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 8)).astype(np.float32)
    labels = np.append(rng.integers(0, 4, 199), 9)
    assert silhouette(x, labels) == pytest.approx(silhouette_score(x, labels), abs=1e-6)


@pytest.mark.parametrize("groups", [2, 5, 9])
def test_the_number_of_separate_groups_is_found(groups: int) -> None:
    rng = np.random.default_rng(groups)
    centres = np.repeat(rng.standard_normal((groups, 32)), 30, axis=0)
    x = normalize(centres + 0.3 * rng.standard_normal(centres.shape))
    curve = choose_k(x, random_state=0)
    assert max(curve, key=lambda k: curve[k]) == groups
    assert curve == choose_k(x, random_state=0)


def test_few_rows_have_few_clusters() -> None:
    assert list(choose_k(np.eye(5, dtype=np.float32))) == [2]
    assert list(choose_k(np.eye(1, dtype=np.float32))) == [1]
