"""The classifier: its solution, its round trip, and scikit-learn's own tools on it."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.svm import LinearSVC

from wordllama import WordLlama, kernel
from wordllama.classify import Classifier, Report, hinge, softmax
from wordllama.classify.features import Vocabulary, fold
from wordllama.classify.problem import Problem
from wordllama.kernel import reference
from wordllama.modelfiles.tensors import write_tensors

FOOD = ["great food", "a lovely meal", "tasty soup", "fresh bread", "ripe tomatoes", "sweet cake"]
CARS = ["broken engine", "flat tyre", "the brakes fail", "a new gearbox", "fast cars", "my old van"]
TEXTS = FOOD + CARS
LABELS = ["food"] * 6 + ["cars"] * 6


def labelled(seed: int, classes: int = 3, texts: int = 60) -> tuple[list[str], list[str]]:
    """Texts of words, each class with some of its own."""
    rng = np.random.default_rng(seed)
    own = ["soup", "engine", "court", "violin", "storm"]
    labels = [f"class {i % classes}" for i in range(texts)]
    drawn = [[own[i % classes], *rng.choice(["the", "and", "of", "old"], 6)] for i in range(texts)]
    return [" ".join(rng.permutation(each)) for each in drawn], labels


def problem_of(wl: WordLlama, classes: int, texts: int) -> tuple[Problem, Any]:
    """A problem, and its features as scikit-learn has them, with vectors of length 2."""
    given, labels = labelled(classes, classes, texts)
    ids, offsets = wl.encoder.token_ids(given)
    vocabulary, words = Vocabulary.of(ids, offsets, wl.encoder, classes)
    places = np.unique(labels, return_inverse=True)[1].astype(np.int32)
    vectors, costs = wl.embed(given, norm=True), np.ones(texts, np.float32)
    problem = Problem(words, vectors, places, costs, len(vocabulary.keys), classes)
    sparse = csr_matrix((words.values, words.columns, words.offsets))
    return problem, hstack([sparse, 2 * vectors]).tocsr()


@pytest.mark.parametrize("classes", [2, 3])
def test_the_hinge_is_that_of_scikit_learn(
    wl: WordLlama, classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same features in LinearSVC, whose objective is the same, give the same weights."""
    problem, features = problem_of(wl, classes, classes)
    monkeypatch.setattr(hinge, "CLOSE", 1e-4)
    monkeypatch.setattr(hinge, "PASSES", 1000)
    found = hinge.minimised(problem, 2.0, 0.3).scores(problem)
    theirs = LinearSVC(C=0.3, tol=1e-8, max_iter=100_000).fit(features, problem.classes)
    if classes == 2:
        np.testing.assert_array_equal(found[:, 0], -found[:, 1])
        found = found[:, 1]
    np.testing.assert_allclose(found, theirs.decision_function(features), atol=1e-3)


@pytest.mark.parametrize(("classes", "texts"), [(2, 2), (2, 40), (5, 60)])
@pytest.mark.parametrize("c", [0.01, 3.0, 1000.0])
def test_the_softmax_is_that_of_scikit_learn(
    wl: WordLlama, classes: int, texts: int, c: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Multinomial logistic regression; the binary one, where a cost counts half of ours."""
    problem, features = problem_of(wl, classes, texts)
    costs = np.random.default_rng(0).uniform(0.5, 2, texts).astype(np.float32)
    problem = replace(problem, costs=costs)
    monkeypatch.setattr(softmax, "CLOSE", 1e-5)
    monkeypatch.setattr(softmax, "STEPS", 2000)
    found = softmax.minimised(problem, 2.0, c).scores(problem)
    with_ones = hstack([features, np.ones((texts, 1))]).tocsr()
    theirs = LogisticRegression(
        C=2 * c if classes == 2 else c, fit_intercept=False, tol=1e-9, max_iter=10_000
    ).fit(with_ones, problem.classes, sample_weight=costs)
    chances = np.exp(found) / np.exp(found).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(chances, theirs.predict_proba(with_ones), atol=1e-4)


def test_the_features_are_those_of_scikit_learns_tfidf(wl: WordLlama) -> None:
    texts = ["The car and the Car", "a car", "", "and the storm the car the"]
    ids, offsets = wl.encoder.token_ids(texts)
    vocabulary, rows = Vocabulary.of(ids, offsets, wl.encoder, 2)
    folded = [fold(wl.encoder)[part].tolist() for part in np.split(ids, offsets[1:-1])]
    n = wl.encoder.n_tokens

    def keys(tokens: list[int]) -> list[int]:
        return tokens + [(a + 1) * n + b for a, b in pairwise(tokens)]

    theirs = TfidfVectorizer(analyzer=keys, sublinear_tf=True)
    exact = theirs.fit_transform(folded).toarray()
    order = np.argsort(theirs.get_feature_names_out().astype(np.int64))
    assert vocabulary.keys.tolist() == sorted(theirs.get_feature_names_out().tolist())
    for made in (rows, vocabulary.rows(ids, offsets)):
        dense = csr_matrix((made.values, made.columns, made.offsets), exact.shape).toarray()
        np.testing.assert_allclose(dense, exact[:, order], rtol=1e-5)
    unknown = vocabulary.rows(*wl.encoder.token_ids(["zebra", "the zebra"]))
    assert np.diff(unknown.offsets).tolist()[0] == 0
    assert vocabulary.keys[unknown.columns].tolist()[-1] == keys(folded[0])[0]


def test_only_the_most_frequent_features_are_kept(
    wl: WordLlama, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, labels = labelled(0)
    monkeypatch.setattr("wordllama.classify.features.MOST", 5)
    head = wl.fit_classifier(texts, labels)
    assert head.vocabulary_ is not None
    assert len(head.vocabulary_.keys) == 5
    names = [wl.tokenizer.decode([key]) for key in head.vocabulary_.keys.tolist()]
    assert {"the", "and", "old"} <= set(names)
    assert head.score(texts, labels) > 0.9, "the vector is kept"


@pytest.mark.parametrize("variable", ["WORDLLAMA_KERNEL", "OMP_NUM_THREADS"])
@pytest.mark.parametrize("count", [30, 120])
def test_a_fit_depends_on_neither_kernel_nor_threads(
    wl: WordLlama, variable: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, labels = labelled(1, 5, count)
    head = wl.fit_classifier(texts, labels)
    if variable == "WORDLLAMA_KERNEL":
        for name in ("hinge_pass", "sparse_scores"):
            monkeypatch.setattr(kernel, name, getattr(reference, name))
    else:
        for name in ("hinge_pass", "sparse_scores"):
            monkeypatch.setattr(kernel, name, partial(getattr(kernel, name), threads=1))
    again = wl.fit_classifier(texts, labels)
    np.testing.assert_array_equal(again.coef_, head.coef_)
    np.testing.assert_array_equal(again.word_coef_, head.word_coef_)


def test_it_says_how_well_it_does_on_texts_held_out(wl: WordLlama) -> None:
    texts, labels = labelled(2, 3, 200)
    noise = [labels[i - 1] if i % 4 == 0 else label for i, label in enumerate(labels)]
    head = wl.fit_classifier(texts, noise)
    choice = head.choice_
    assert choice is not None
    assert choice.held_out == 200
    assert choice.accuracy == pytest.approx(0.75, abs=0.06)
    chances = head.predict_proba(labelled(3, 3, 200)[0]).max(axis=1)
    assert chances.mean() == pytest.approx(0.75, abs=0.1), "as sure as it is right"
    assert head.score(*labelled(3, 3, 200)) > 0.9


def test_it_is_as_sure_as_it_is_right_from_few_texts(wl: WordLlama) -> None:
    texts, labels = labelled(2, 5, 100)
    noise = [labels[i - 1] if i % 4 == 0 else label for i, label in enumerate(labels)]
    head = wl.fit_classifier(texts, noise)
    others, truth = labelled(3, 5, 200)
    assert head.score(others, truth) > 0.85
    assert head.predict_proba(others).max(axis=1).mean() == pytest.approx(0.75, abs=0.12)


@pytest.mark.parametrize("c", [1e-9, 1e9])
def test_texts_that_say_nothing_are_fitted(wl: WordLlama, c: float) -> None:
    """No words, the same words under two labels, and the most extreme costs."""
    head = wl.fit_classifier(["", "soup", "soup", "", "car"], ["a", "a", "b", "b", "c"], c)
    chances = head.predict_proba(["", "soup", "car"])
    np.testing.assert_allclose(chances[:, 0], chances[:, 1], atol=0.02)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)


def test_one_text_a_class_is_enough(wl: WordLlama) -> None:
    head = wl.fit_classifier(["great food", "flat tyre", "loud music"], [3, 1, 2])
    assert head.predict(["a tasty soup", "a violin"]).tolist() == [3, 2]
    assert head.choice_ is not None
    assert (head.choice_.held_out, head.choice_.accuracy) == (0, None)


def test_balanced_classes_count_alike(wl: WordLlama) -> None:
    texts, labels = labelled(4, 2, 100)
    rare = [i for i, label in enumerate(labels) if label == "class 0" or i % 20 == 1]
    texts, labels = [texts[i] for i in rare], [labels[i] for i in rare]
    plain, even = (wl.fit_classifier(texts, labels, 0.01, balanced=b) for b in (False, True))
    rare_texts = [text for text, label in zip(texts, labels, strict=True) if label == "class 1"]
    assert (plain.predict(rare_texts) == "class 0").all()
    assert (even.predict(rare_texts) == "class 1").all()


def test_reasons_sum_to_the_score(wl: WordLlama) -> None:
    texts, labels = labelled(6)
    head = wl.fit_classifier(texts, labels)
    for text in (*texts[:5], "the soup the soup, of unknown zebras", "", "zebra"):
        scores = head._scores([text])[0]
        for k, label in enumerate(head.classes_.tolist()):
            shares = sum(reason.share for reason in head.explain(text, label))
            shares += float(head.intercept_[k] - head.intercept_.mean())
            assert shares == pytest.approx(float(scores[k] - scores.mean()), abs=5e-3)
    best = max(head.explain("the old soup of the court"), key=lambda reason: reason.share)
    assert best.word.text in ("soup", "court")
    with pytest.raises(ValueError, match="label is 'class 7', expected one of"):
        head.explain("soup", "class 7")


def test_a_report_counts_what_scikit_learn_counts(wl: WordLlama) -> None:
    texts, labels = labelled(5)
    others = [label if i % 5 else "class 9" for i, label in enumerate(labels)]
    head = wl.fit_classifier(texts, labels)
    report, guesses = head.evaluate(texts, others), head.predict(texts)
    assert report.accuracy == pytest.approx(accuracy_score(others, guesses))
    assert report.macro_f1 == pytest.approx(f1_score(others, guesses, average="macro"))
    theirs = precision_recall_fscore_support(others, guesses, zero_division=0)
    ours = [(c.precision, c.recall, c.f1, c.texts) for c in report.classes]
    np.testing.assert_allclose(np.array(ours).T, np.array(theirs))
    assert sum(c.texts for c in report.confusions) == sum(np.array(others) != guesses)
    assert "macro F1" in str(report)
    with pytest.raises(ValueError, match="there are 60 texts, but 1 labels"):
        head.evaluate(texts, ["x"])
    assert Report.of([], []).accuracy == 0


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
    assert repr(Classifier(wl, 0.5)) == f"Classifier({wl!r}, c=0.5, balanced=False)"


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
    for bad, why in [("", "is empty"), ("food\0", "ends with a zero character")]:
        with pytest.raises(ValueError, match=rf"labels\[1\] \(.*\) {why}"):
            wl.fit_classifier(FOOD[:3], ["food", bad, "cars"])
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


def test_a_head_without_words_is_read_as_it_was(wl: WordLlama, tmp_path: Path) -> None:
    """Saved before there were words, it has no format: logistic regression on the vectors."""
    folder = saved(wl, tmp_path / "head")
    rng = np.random.default_rng(0)
    arrays = head_arrays(coef=rng.standard_normal((2, 256)).astype(np.float32))
    with_sums(folder, {"c": 10.0, "format": None, "balanced": None, "choice": None}, **arrays)
    loaded = Classifier.load(folder)
    scores = wl.embed(TEXTS, norm=True) @ arrays["coef"].T + arrays["intercept"]
    powers = np.exp(scores)
    exact = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(loaded.predict_proba(TEXTS), exact, rtol=1e-4)
    loaded.save(tmp_path / "again")
    again = Classifier.load(tmp_path / "again").predict_proba(TEXTS)
    np.testing.assert_array_equal(again, loaded.predict_proba(TEXTS))
    assert [reason.word.text for reason in loaded.explain("a car")] == ["a", "car"]
    with_sums(folder, {"format": 3})
    with pytest.raises(ValueError, match="format is 3, but this version reads formats to 2"):
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
