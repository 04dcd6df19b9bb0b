"""A classifier on top of a model: linear, on a text's vector and on its words."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from wordllama import kernel
from wordllama.classify import labels as label_arrays
from wordllama.classify.features import Vocabulary, fold
from wordllama.classify.fitting import fitted
from wordllama.classify.problem import Problem
from wordllama.classify.reasons import Reason, reasons
from wordllama.classify.report import Report
from wordllama.encode.encoder import Encoder
from wordllama.extras import require
from wordllama.modelfiles.head import Choice, Head, Words, check_labels, read_head, write_head
from wordllama.texts import Texts, as_list
from wordllama.vectors import binarize, normalize, signs

TEXTS_AT_ONCE = 8192


class Model(Protocol):
    """What a classifier needs of a `WordLlama`."""

    @classmethod
    def load(cls, config: str | PathLike[str]) -> Any:
        """The model in a folder."""

    encoder: Encoder
    binary: bool

    def save(self, folder: str | PathLike[str]) -> None:
        """Write the model into a folder."""


class Classifier:
    """Labels of texts. It keeps to scikit-learn's protocol (pipelines, searches, scoring).

    The features are the text's vector at unit length and, by TF-IDF, its tokens and pairs of
    neighbouring tokens. The fit is multinomial logistic regression for up to 20 texts a class, and
    linear support vector machines with squared hinge loss for more.

    c: how much an error costs beside large weights (as in scikit-learn's LogisticRegression and
        LinearSVC); None takes 3 for few texts a class, and chooses 1 or 3 by texts held out for
        more, or takes 1 where texts times classes are over 400,000.
    balanced: errors in all classes together cost the same, however rare a class is.

    After `fit`, `choice_` has the c and the length of the vector beside the words that were chosen,
    and how well texts that were held out were labelled.

    >>> from wordllama import WordLlama
    >>> texts = ["great food", "lovely meal", "broken engine", "flat tyre"]
    >>> head = Classifier(WordLlama.load()).fit(texts, ["food", "food", "cars", "cars"])
    >>> head.predict(["tasty soup", "the brakes fail"]).tolist()
    ['food', 'cars']
    """

    model_class: ClassVar[type[Model]]
    """`WordLlama`, which `load` makes; set where it is defined, above this module."""
    classes_: NDArray[Any]
    coef_: NDArray[np.float32]
    """(classes, dim), for the vector."""
    intercept_: NDArray[np.float32]
    """(classes,)"""
    word_coef_: NDArray[np.float16] | None
    """(words, classes), for the words of `vocabulary_`; None of a head saved before there were."""
    vocabulary_: Vocabulary | None
    choice_: Choice | None

    def __init__(self, model: Model, c: float | None = None, balanced: bool = False) -> None:
        self.model = model
        self.c = c
        self.balanced = balanced

    def fit(self, texts: Texts, labels: Iterable[Any], *, progress: bool = False) -> Classifier:
        """Learn from one label a text. `progress`: show a bar on a terminal.

        The same texts and labels give the same classifier, whatever the number of threads.

        Raises ValueError for texts and labels of different number, a label that is missing (None,
        NaN or "") or ends with a zero character, strings or booleans among others, fewer than two
        classes, or a `c` out of bounds.
        """
        if self.c is not None and not 1e-9 <= self.c <= 1e9:  # costs are float32
            raise ValueError(f"c is {self.c}, expected a number from 1e-9 to 1e9, or None")
        listed = as_list(texts)
        given = label_arrays.checked(labels, len(listed))
        self.classes_, places = np.unique(given, return_inverse=True)
        count = len(self.classes_)
        if count < 2:
            found = self.classes_.tolist()
            raise ValueError(f"labels must hold at least two classes, only {found} came")
        ids, offsets = self.model.encoder.token_ids(listed)
        self.vocabulary_, words = Vocabulary.of(ids, offsets, self.model.encoder, count)
        costs = np.ones(len(listed), np.float32)
        if self.balanced:
            costs = (len(listed) / (count * np.bincount(places)))[places].astype(np.float32)
        vectors = self._vectors(ids, offsets)
        size = len(self.vocabulary_.keys)
        problem = Problem(words, vectors, places.astype(np.int32), costs, size, count)
        with _bar(progress) as bar:
            weights, self.choice_ = fitted(problem, self.c, bar.update)
        self.coef_, self.intercept_ = weights.coef, weights.intercept
        self.word_coef_ = weights.words.astype(np.float16)
        return self

    def predict_proba(self, texts: Texts) -> NDArray[np.float32]:
        """The probability of each of `classes_`: (n, classes), rows sum to 1.

        They are the softmax of the scores times one factor, which fits texts that were held out.
        """
        self._check_fitted()
        listed = as_list(texts)
        out = np.empty((len(listed), len(self.classes_)), np.float32)
        for at in range(0, len(listed), TEXTS_AT_ONCE):
            these = slice(at, at + TEXTS_AT_ONCE)
            out[these] = _softmax(self._scores(listed[these]))
        return out

    def predict(self, texts: Texts) -> NDArray[Any]:
        """The most probable label of each text."""
        places = self.predict_proba(texts).argmax(axis=1)
        return np.asarray(self.classes_[places])

    def score(self, texts: Texts, labels: Iterable[Any]) -> float:
        """The share of texts whose predicted label is the given one."""
        return float((self.predict(texts) == np.asarray(list(labels))).mean())

    def evaluate(self, texts: Texts, labels: Iterable[Any]) -> Report:
        """How well texts are labelled whose labels are known: accuracy, F1, what is confused.

        Raises ValueError where texts and labels are of different number.
        """
        predicted, given = self.predict(texts).tolist(), list(labels)
        if len(given) != len(predicted):
            raise ValueError(f"there are {len(predicted)} texts, but {len(given)} labels")
        return Report.of(given, predicted)

    def explain(self, text: str, label: Any = None) -> list[Reason]:
        """What each word of `text` adds to the score of `label` (the one predicted, if None).

        Scores are taken beside the mean of all labels'; the shares and the label's intercept sum to
        that. Raises ValueError for a label that is not one of `classes_`, or a binary model.

        >>> from wordllama import WordLlama
        >>> texts = ["great food", "lovely meal", "broken engine", "flat tyre"]
        >>> head = Classifier(WordLlama.load()).fit(texts, ["food", "food", "cars", "cars"])
        >>> max(head.explain("a broken violin"), key=lambda reason: reason.share).word.text
        'broken'
        """
        self._check_fitted()
        if self.model.binary:
            raise ValueError("explain needs dense vectors: the signs of a sum are no sum of signs")
        if label is None:
            label = self.predict([text])[0]
        (places,) = np.nonzero(self.classes_ == label)
        if not len(places):
            raise ValueError(f"label is {label!r}, expected one of {self.classes_.tolist()!r:.80}")
        k, words = int(places[0]), self.word_coef_
        coef = self.coef_[k] - self.coef_.mean(axis=0)
        word_coef = None if words is None else words[:, k] - words.mean(axis=1, dtype=np.float32)
        return reasons(text, self.model.encoder, coef, self.vocabulary_, word_coef)

    def save(self, folder: str | PathLike[str]) -> None:
        """Write model and head into a folder, from which `Classifier.load` gives both back.

        Raises ValueError where the labels are neither strings nor numbers.
        """
        self._check_fitted()
        classes = self.classes_.tolist()
        check_labels(classes)
        self.model.save(folder)
        write_head(Path(folder), self._head(classes))

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> Classifier:
        """The classifier in a folder.

        Raises:
            FileNotFoundError: a file of the model or the classifier is missing.
            ValueError: one is damaged, or they were not saved together; the message names it.
        """
        place = Path(folder)
        head = read_head(place)
        made = cls(cls.model_class.load(place), head.c, head.balanced)
        made.classes_ = np.asarray(head.classes)
        made.coef_, made.intercept_ = head.coef, head.intercept
        made.word_coef_, made.vocabulary_, made.choice_ = None, None, head.choice
        if head.words is not None:
            words = head.words
            made.word_coef_ = words.coef
            made.vocabulary_ = Vocabulary(words.keys, words.idf, fold(made.model.encoder))
        return made

    def __repr__(self) -> str:
        return f"Classifier({self.model!r}, c={self.c}, balanced={self.balanced})"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's arguments, as scikit-learn asks for them."""
        return {"model": self.model, "c": self.c, "balanced": self.balanced}

    def set_params(self, **params: Any) -> Classifier:
        """Change constructor arguments by name, as scikit-learn does."""
        for name, value in params.items():
            if name not in (known := self.get_params()):
                raise ValueError(f"Classifier has no parameter {name!r}; it has {', '.join(known)}")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        utils = require("sklearn.utils", extra="evaluate")
        return utils.Tags(
            estimator_type="classifier",
            target_tags=utils.TargetTags(required=True),
            classifier_tags=utils.ClassifierTags(),
            input_tags=utils.InputTags(two_d_array=False, string=True),
        )

    def __sklearn_clone__(self) -> Classifier:
        return Classifier(**self.get_params())

    def _head(self, classes: list[Any]) -> Head:
        words = None
        if self.vocabulary_ is not None and self.word_coef_ is not None:
            words = Words(self.vocabulary_.keys, self.vocabulary_.idf, self.word_coef_)
        linear = self.coef_, self.intercept_
        return Head(classes, self.c, *linear, words, self.balanced, self.choice_)

    def _scores(self, texts: list[str]) -> NDArray[np.float32]:
        ids, offsets = self.model.encoder.token_ids(texts)
        scores = kernel.scores(self._vectors(ids, offsets), self.coef_) + self.intercept_
        if self.vocabulary_ is not None and self.word_coef_ is not None:
            words = self.vocabulary_.rows(ids, offsets)
            scores += kernel.sparse_scores(*words, self.word_coef_)
        return np.asarray(scores, np.float32)

    def _vectors(self, ids: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors that `embed` gives, at unit length: the texts need not be read again."""
        encoder = self.model.encoder
        vectors = np.empty((len(offsets) - 1, encoder.dim), np.float32)
        kernel.pool(ids, offsets, encoder.rows, vectors)
        return normalize(signs(binarize(vectors)) if self.model.binary else vectors)

    def _check_fitted(self) -> None:
        if not hasattr(self, "coef_"):
            raise ValueError("the classifier has not been fitted: call fit(texts, labels) first")


def _bar(progress: bool) -> Any:
    """A bar of the passes over the texts, whose number is known when they are done."""
    from tqdm import tqdm

    return tqdm(unit=" passes", disable=None if progress else True)


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)
