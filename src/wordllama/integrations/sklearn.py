"""scikit-learn: a vectorizer.

>>> from sklearn.linear_model import LogisticRegression
>>> from sklearn.pipeline import make_pipeline
>>> texts, labels = ["a red car", "heavy rain", "a fast truck", "snow and wind"], [0, 1, 0, 1]
>>> pipeline = make_pipeline(WordLlamaVectorizer(), LogisticRegression()).fit(texts, labels)
>>> pipeline.predict(["a storm", "a motorbike"]).tolist()
[1, 0]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.integrations.libraries import library, loaded
from wordllama.texts import Texts, as_list

base = library("sklearn.base", "scikit-learn", extra="sklearn")
validation = library("sklearn.utils.validation", "scikit-learn", extra="sklearn")


class WordLlamaVectorizer(
    base.ClassNamePrefixFeaturesOutMixin, base.TransformerMixin, base.BaseEstimator
):
    """Texts (n,) to their vectors (n, dim), float32.

    model: name, folder or "owner/name". dim: fewer (Matryoshka) dimensions. norm: unit length.
    """

    def __init__(
        self, model: str = "l2_supercat", dim: int | None = None, norm: bool = True
    ) -> None:
        self.model = model
        self.dim = dim
        self.norm = norm

    def fit(self, X: Texts, y: Any = None) -> WordLlamaVectorizer:  # noqa: N803
        """Load the model and check the texts; nothing is learned from them."""
        _texts(X)
        self.n_dimensions_ = loaded(self.model, self.dim).dim
        return self

    def transform(self, X: Texts) -> NDArray[np.float32]:  # noqa: N803
        """Vectors of the texts."""
        validation.check_is_fitted(self)
        model = loaded(self.model, self.dim)
        vectors: NDArray[np.float32] = model.embed(_texts(X), norm=self.norm)
        return vectors

    @property
    def _n_features_out(self) -> int:
        return self.n_dimensions_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags


def _texts(X: Texts) -> list[str]:  # noqa: N803
    if isinstance(X, str):
        raise ValueError("X must be an iterable of texts, not one text")
    return as_list(X, "X")
