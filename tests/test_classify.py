"""The classifier: its solution, its round trip, and scikit-learn's own tools on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score

from wordllama import WordLlama
from wordllama.classify import Classifier, fit_logistic

FOOD = ["great food", "a lovely meal", "tasty soup", "fresh bread", "ripe tomatoes", "sweet cake"]
CARS = ["broken engine", "flat tyre", "the brakes fail", "a new gearbox", "fast cars", "my old van"]
TEXTS = FOOD + CARS
LABELS = ["food"] * 6 + ["cars"] * 6


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_weights_are_those_of_scikit_learn(classes: int) -> None:
    rng = np.random.default_rng(classes)
    x = rng.standard_normal((200, 12)).astype(np.float32)
    y = rng.integers(classes, size=200)
    ours, intercept = fit_logistic(x, y, classes, 2.0)
    theirs = LogisticRegression(C=2.0, tol=1e-8, max_iter=2000).fit(x, y)
    scores = x @ ours.T + intercept
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    found = powers / powers.sum(axis=1, keepdims=True)
    if classes > 2:  # theirs has one weight vector for two classes, so half the penalty
        np.testing.assert_allclose(found, theirs.predict_proba(x), atol=2e-3)
    assert (found.argmax(axis=1) == theirs.predict(x)).mean() > 0.97


def test_it_labels_unseen_texts(wl: WordLlama) -> None:
    head = wl.fit_classifier(TEXTS, LABELS)
    assert head.predict(["a hot curry", "the clutch is worn"]).tolist() == ["food", "cars"]
    assert head.score(TEXTS, LABELS) == 1
    np.testing.assert_allclose(head.predict_proba(TEXTS).sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("names", [("x", "y"), (1, 2), (True, False)])
def test_labels_come_back_as_they_were_given(
    wl: WordLlama, tmp_path: Path, names: tuple[object, object]
) -> None:
    labels = [names[0]] * 6 + [names[1]] * 6
    head = wl.fit_classifier(TEXTS, labels)
    head.save(tmp_path / "head")
    loaded = Classifier.load(tmp_path / "head")
    assert loaded.predict(TEXTS).tolist() == head.predict(TEXTS).tolist() == labels
    np.testing.assert_array_equal(loaded.predict_proba(TEXTS), head.predict_proba(TEXTS))


def test_scikit_learn_clones_scores_and_searches_it(wl: WordLlama) -> None:
    head = Classifier(wl, c=1.0)
    assert clone(head).c == 1.0
    assert cross_val_score(head, TEXTS, LABELS, cv=3).mean() > 0.8
    search = GridSearchCV(head, {"c": [0.1, 10.0]}, cv=3).fit(TEXTS, LABELS)
    assert search.predict(["a hot curry"]).tolist() == ["food"]
    assert repr(Classifier(wl, 0.5)) == f"Classifier({wl!r}, c=0.5)"


def test_a_binary_model_can_be_classified(wl: WordLlama) -> None:
    binary = WordLlama(wl.encoder, binary=True)
    assert binary.fit_classifier(TEXTS, LABELS).score(TEXTS, LABELS) == 1


def test_what_cannot_be_fitted_is_named(wl: WordLlama, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"at least two classes, only .'food'. came"):
        wl.fit_classifier(FOOD, ["food"] * 6)
    with pytest.raises(ValueError, match=r"labels has shape \(2,\), expected \(6,\)"):
        wl.fit_classifier(FOOD, ["food"] * 2)
    for missing in (None, float("nan")):
        with pytest.raises(ValueError, match=rf"labels\[1\] is {missing}: leave texts without"):
            wl.fit_classifier(FOOD[:3], ["food", missing, "cars"])
    with pytest.raises(ValueError, match=r"labels\[1\] is 1, labels\[0\] 'food': give one type"):
        wl.fit_classifier(FOOD[:2], ["food", 1])
    with pytest.raises(ValueError, match="c is 0"):
        wl.fit_classifier(TEXTS, LABELS, c=0)
    with pytest.raises(ValueError, match="has not been fitted"):
        Classifier(wl).predict(FOOD)
    with pytest.raises(FileNotFoundError, match=r"no classifier.safetensors"):
        Classifier.load(tmp_path)
