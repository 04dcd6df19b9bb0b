"""The vectorizer keeps scikit-learn's promises."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator

from wordllama import WordLlama
from wordllama.integrations.sklearn import WordLlamaVectorizer

TEXTS = ["a red car", "heavy rain", "a fast truck", "snow and wind", "a bicycle", "a storm"] * 4
LABELS = [0, 1, 0, 1, 0, 1] * 4


def test_it_gives_the_models_unit_vectors(wl: WordLlama) -> None:
    given = WordLlamaVectorizer().fit_transform(TEXTS)
    np.testing.assert_array_equal(given, wl.embed(TEXTS, norm=True))
    raw = WordLlamaVectorizer(norm=False, dim=64).fit(TEXTS).transform(np.array(TEXTS))
    np.testing.assert_array_equal(raw, WordLlama.load(trunc_dim=64).embed(TEXTS))


def test_it_clones_pickles_and_names_its_features() -> None:
    fitted = WordLlamaVectorizer(dim=64).fit(TEXTS)
    assert clone(fitted).get_params() == {"dim": 64, "model": "l2_supercat", "norm": True}
    pickled = pickle.dumps(fitted)
    assert len(pickled) < 1000
    np.testing.assert_array_equal(pickle.loads(pickled).transform(TEXTS), fitted.transform(TEXTS))
    names = fitted.get_feature_names_out()
    assert (len(names), names[63]) == (64, "wordllamavectorizer63")


def test_it_is_searched_over_in_a_pipeline() -> None:
    pipeline = Pipeline([("texts", WordLlamaVectorizer()), ("classes", LogisticRegression())])
    search = GridSearchCV(pipeline, {"texts__dim": [64, 256]}, cv=2, n_jobs=2)
    search.fit(TEXTS, LABELS)
    assert search.predict(["rain and snow", "a lorry"]).tolist() == [1, 0]
    both = FeatureUnion([("a", WordLlamaVectorizer(dim=64)), ("b", WordLlamaVectorizer())])
    assert both.fit_transform(TEXTS).shape == (24, 320)


def test_it_writes_pandas_by_choice() -> None:
    table = WordLlamaVectorizer(dim=64).set_output(transform="pandas").fit_transform(TEXTS)
    assert table.columns[0] == "wordllamavectorizer0"


def test_it_wants_to_be_fitted_and_refuses_what_is_not_texts() -> None:
    with pytest.raises(NotFittedError):
        WordLlamaVectorizer().transform(TEXTS)
    with pytest.raises(TypeError, match=r"X\[1\] must be a str, not NoneType"):
        WordLlamaVectorizer().fit(["a", None])
    with pytest.raises(ValueError, match="not one text"):
        WordLlamaVectorizer().fit("one text")
    with pytest.raises(ValueError, match="trunc_dim"):
        WordLlamaVectorizer(dim=3).fit(TEXTS)


@pytest.mark.filterwarnings("ignore:Can't test estimator")  # what needs arrays of numbers
def test_scikit_learns_checks_pass_as_far_as_they_feed_text() -> None:
    check_estimator(WordLlamaVectorizer())
    for check in (
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_set_params,
        estimator_checks.check_estimator_repr,
    ):
        check("WordLlamaVectorizer", WordLlamaVectorizer())
