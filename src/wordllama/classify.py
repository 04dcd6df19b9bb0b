"""A classifier on top of a model: multinomial logistic regression on the texts' vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from wordllama.extras import require
from wordllama.modelfiles.head import Head, check_labels, read_head, write_head
from wordllama.texts import Texts, as_list
from wordllama.vectors import normalize, signs

_ITERATIONS = 500
_MEMORY = 10
_TOLERANCE = 1e-5


class Model(Protocol):
    """What a classifier needs of a `WordLlama`."""

    @classmethod
    def load(cls, config: str | PathLike[str]) -> Any:
        """The model in a folder."""

    def embed(self, texts: Texts) -> NDArray[Any]:
        """A vector for each text, float32 or packed bits."""

    def save(self, folder: str | PathLike[str]) -> None:
        """Write the model into a folder."""


class Classifier:
    """Labels of texts. It keeps to scikit-learn's protocol (pipelines, searches, scoring).

    `c` is the inverse strength of the L2 penalty, as in scikit-learn's LogisticRegression; vectors
    are taken at unit length. Predictions are labels as they were given to `fit`.

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
    intercept_: NDArray[np.float32]

    def __init__(self, model: Model, c: float = 10.0) -> None:
        self.model = model
        self.c = c

    def fit(self, texts: Texts, labels: Iterable[Any]) -> Classifier:
        """Learn from one label a text.

        Raises ValueError for texts and labels of different number, a label that is missing (None or
        NaN), strings among others, or fewer than two classes.
        """
        if not self.c > 0:
            raise ValueError(f"c is {self.c}, expected more than 0")
        vectors = self._vectors(texts)
        given = _checked(list(labels), len(vectors))
        self.classes_, places = np.unique(given, return_inverse=True)
        if len(self.classes_) < 2:
            found = self.classes_.tolist()
            raise ValueError(f"labels must hold at least two classes, only {found} came")
        self.coef_, self.intercept_ = fit_logistic(vectors, places, len(self.classes_), self.c)
        return self

    def predict_proba(self, texts: Texts) -> NDArray[np.float32]:
        """The probability of each of `classes_`: (n, classes), rows sum to 1."""
        self._check_fitted()
        return _softmax(self._vectors(texts) @ self.coef_.T + self.intercept_)

    def predict(self, texts: Texts) -> NDArray[Any]:
        """The most probable label of each text."""
        places = self.predict_proba(texts).argmax(axis=1)
        return np.asarray(self.classes_[places])

    def score(self, texts: Texts, labels: Iterable[Any]) -> float:
        """The share of texts whose predicted label is the given one."""
        return float((self.predict(texts) == np.asarray(list(labels))).mean())

    def save(self, folder: str | PathLike[str]) -> None:
        """Write model and head into a folder, from which `Classifier.load` gives both back.

        Raises ValueError where the labels are neither strings nor numbers.
        """
        self._check_fitted()
        classes = self.classes_.tolist()
        check_labels(classes)
        self.model.save(folder)
        write_head(Path(folder), Head(classes, self.c, self.coef_, self.intercept_))

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> Classifier:
        """The classifier in a folder.

        Raises:
            FileNotFoundError: a file of the model or the classifier is missing.
            ValueError: one is damaged, or they were not saved together; the message names it.
        """
        place = Path(folder)
        head = read_head(place)
        made = cls(cls.model_class.load(place), head.c)
        made.classes_ = np.asarray(head.classes)
        made.coef_, made.intercept_ = head.coef, head.intercept
        return made

    def __repr__(self) -> str:
        return f"Classifier({self.model!r}, c={self.c})"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's arguments, as scikit-learn asks for them."""
        return {"model": self.model, "c": self.c}

    def set_params(self, **params: Any) -> Classifier:
        """Change constructor arguments by name, as scikit-learn does."""
        for name, value in params.items():
            if name not in ("model", "c"):
                raise ValueError(f"Classifier has no parameter {name!r}; it has model and c")
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
        return Classifier(self.model, self.c)

    def _vectors(self, texts: Texts) -> NDArray[np.float32]:
        vectors = self.model.embed(as_list(texts))
        if vectors.dtype == np.uint64:
            vectors = signs(vectors)
        return normalize(vectors)

    def _check_fitted(self) -> None:
        if not hasattr(self, "coef_"):
            raise ValueError("the classifier has not been fitted: call fit(texts, labels) first")


def _checked(labels: list[Any], count: int) -> NDArray[Any]:
    for i, label in enumerate(labels):
        if label is None or (isinstance(label, float | np.floating) and np.isnan(label)):
            raise ValueError(f"labels[{i}] is {label}: leave texts without a label out")
        if isinstance(label, str) != isinstance(labels[0], str):
            raise ValueError(f"labels[{i}] is {label!r}, labels[0] {labels[0]!r}: give one type")
    given = np.asarray(labels)
    if given.shape != (count,):
        raise ValueError(f"labels has shape {given.shape}, expected ({count},)")
    return given


def fit_logistic(
    vectors: NDArray[np.float32], classes: NDArray[np.int64], n_classes: int, c: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (classes, dim) and intercepts (classes,) of penalised logistic regression.

    By L-BFGS (Liu and Nocedal, 1989); intercepts are not penalised.
    """
    n, dim = vectors.shape
    x = np.hstack([vectors, np.ones((n, 1), dtype=np.float32)]).astype(np.float64)
    one_hot = np.zeros((n, n_classes))
    one_hot[np.arange(n), classes] = 1
    penalty = np.full(dim + 1, 1 / (c * n))
    penalty[-1] = 0

    def value_and_slope(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w = flat.reshape(n_classes, dim + 1)
        scores = x @ w.T
        scores -= scores.max(axis=1, keepdims=True)
        total = np.log(np.exp(scores).sum(axis=1))
        loss = float((total - scores[np.arange(n), classes]).mean() + (penalty * w * w).sum() / 2)
        slope = (np.exp(scores - total[:, None]) - one_hot).T @ x / n + penalty * w
        return loss, slope.ravel()

    w = _minimised(value_and_slope, np.zeros(n_classes * (dim + 1))).reshape(n_classes, dim + 1)
    return w[:, :-1].astype(np.float32), w[:, -1].astype(np.float32)


def _minimised(function: Any, x: NDArray[np.float64]) -> NDArray[np.float64]:
    value, slope = function(x)
    moves: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for _ in range(_ITERATIONS):
        if np.abs(slope).max() < _TOLERANCE:
            break
        direction = -_inverse_times(slope, moves)
        size, falling = 1.0, float(slope @ direction)
        while True:
            new_value, new_slope = function(x + size * direction)
            if new_value <= value + 1e-4 * size * falling or size < 1e-10:
                break
            size /= 2
        step, change = size * direction, new_slope - slope
        if step @ change > 1e-12:
            moves = [*moves[1 - _MEMORY :], (step, change)]
        x, value, slope = x + step, new_value, new_slope
    return x


def _inverse_times(
    slope: NDArray[np.float64], moves: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]
) -> NDArray[np.float64]:
    """The two-loop recursion: the inverse Hessian that the moves tell, times the slope."""
    q, shares = slope.copy(), []
    for step, change in reversed(moves):
        share = (step @ q) / (step @ change)
        q -= share * change
        shares.append(share)
    if moves:
        step, change = moves[-1]
        q *= (step @ change) / (change @ change)
    for (step, change), share in zip(moves, reversed(shares), strict=True):
        q += step * (share - (change @ q) / (step @ change))
    return q


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)
