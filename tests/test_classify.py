"""The classifier: its solution, its round trip, and scikit-learn's own tools on it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score

from wordllama import WordLlama
from wordllama.classify import Classifier, fit_logistic
from wordllama.modelfiles.tensors import write_tensors

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


def saved(wl: WordLlama, folder: Path, labels: list[str] = LABELS) -> Path:
    wl.fit_classifier(TEXTS, labels).save(folder)
    return folder


def test_a_head_on_another_model_is_refused(wl: WordLlama, tmp_path: Path) -> None:
    folder = saved(wl, tmp_path / "head")
    other = WordLlama(wl.encoder, normalize=True)
    other.save(folder)
    with pytest.raises(ValueError, match=r"head: has SHA-256 .* one was damaged or replaced"):
        Classifier.load(folder)
    wl.save(folder)
    assert Classifier.load(folder).score(TEXTS, LABELS) == 1


def test_labels_and_weights_of_two_heads_are_not_mixed(wl: WordLlama, tmp_path: Path) -> None:
    one = saved(wl, tmp_path / "one")
    two = saved(wl, tmp_path / "two", LABELS[::-1])
    shutil.copy(two / "classifier.safetensors", one)
    with pytest.raises(ValueError, match=r"classifier\.safetensors: has SHA-256"):
        Classifier.load(one)
    shutil.copy(two / "classifier.json", one)
    assert Classifier.load(one).predict(TEXTS).tolist() == LABELS[::-1]


def with_sums(folder: Path, changes: dict[str, Any], **arrays: np.ndarray) -> Path:
    """A head that says other things of itself and is whole."""
    if arrays:
        write_tensors(folder / "classifier.safetensors", arrays, {})
        content = (folder / "classifier.safetensors").read_bytes()
        changes = {**changes, "weights_sha256": hashlib.sha256(content).hexdigest()}
    held = json.loads((folder / "classifier.json").read_text()) | changes
    held.pop("sha256")
    digest = hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()
    (folder / "classifier.json").write_text(json.dumps({**held, "sha256": digest}))
    return folder


def head_arrays(**changes: np.ndarray) -> dict[str, np.ndarray]:
    return {"coef": np.ones((2, 256), "f4"), "intercept": np.ones(2, "f4"), **changes}


BAD_HEADS: dict[str, tuple[dict[str, Any], dict[str, np.ndarray], str]] = {
    "one class": ({"classes": ["a"]}, {}, "expected two labels or more"),
    "no list": ({"classes": "ab"}, {}, "expected two labels or more"),
    "twice": ({"classes": ["a", "a"]}, {}, "names a label twice"),
    "true is one": ({"classes": [1, True]}, {}, "expected strings, numbers or booleans"),
    "two kinds": ({"classes": ["a", 1]}, {}, "expected strings, numbers or booleans"),
    "nan": ({"classes": [1.0, float("nan")]}, {}, "expected strings, numbers or booleans"),
    "nested": ({"classes": [["a"], ["b"]]}, {}, "expected strings, numbers or booleans"),
    "c": ({"c": "10"}, {}, "c is '10', expected a number over 0"),
    "c is nan": ({"c": float("nan")}, {}, "c is nan"),
    "three classes": ({"classes": ["a", "b", "c"]}, {}, r"coef is F32 \[2, 256\], expected"),
    "NaN": ({}, head_arrays(coef=np.full((2, 256), np.nan, "f4")), "coef holds NaN"),
    "infinity": ({}, head_arrays(intercept=np.full(2, np.inf, "f4")), "intercept holds NaN"),
    "width": ({}, head_arrays(coef=np.ones((2, 64), "f4")), r"coef is F32 \[2, 64\], expected"),
    "intercept": ({}, head_arrays(intercept=np.ones(1, "f4")), r"intercept is F32 \[1\], exp"),
    "kind": ({}, head_arrays(coef=np.ones((2, 256), "f8")), "coef is F64"),
    "none": ({}, {"coef": np.ones((2, 256), "f4")}, "intercept is missing"),
}


@pytest.mark.parametrize(("changes", "arrays", "complaint"), BAD_HEADS.values(), ids=BAD_HEADS)
def test_a_head_that_makes_no_sense_is_refused_by_its_file(
    wl: WordLlama,
    tmp_path: Path,
    changes: dict[str, Any],
    arrays: dict[str, np.ndarray],
    complaint: str,
) -> None:
    folder = with_sums(saved(wl, tmp_path / "head"), changes, **arrays)
    with pytest.raises(ValueError, match=rf"classifier\.(json|safetensors): .*{complaint}"):
        Classifier.load(folder)


def test_a_head_of_an_earlier_version_is_refused_clearly(wl: WordLlama, tmp_path: Path) -> None:
    folder = saved(wl, tmp_path / "head")
    (folder / "classifier.json").write_text('{"classes": ["cars", "food"], "c": 10.0}')
    with pytest.raises(ValueError, match="has no weights_sha256; fit and save the classifier anew"):
        Classifier.load(folder)


def test_labels_that_cannot_be_saved_are_named_before_anything_is_written(
    wl: WordLlama, tmp_path: Path
) -> None:
    days = np.array(["2026-11-27", "2026-11-28"], "datetime64[D]")
    head = wl.fit_classifier(TEXTS, list(np.repeat(days, 6)))
    with pytest.raises(ValueError, match="expected strings, numbers or booleans"):
        head.save(tmp_path / "head")
    assert not (tmp_path / "head").exists()
