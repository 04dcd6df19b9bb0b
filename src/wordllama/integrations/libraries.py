"""The libraries that the integrations are for: imported, with a word on untested versions."""

from __future__ import annotations

import warnings
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.arguments import at_least
from wordllama.extras import require
from wordllama.model import WordLlama
from wordllama.texts import Texts

TESTED = {
    "bertopic": "0.17",
    "chonkie": "1.7",
    "chromadb": "1.5",
    "duckdb": "2.0",
    "haystack-ai": "3.4",
    "lancedb": "0.40",
    "langchain-core": "1.8",
    "llama-index-core": "0.14",
    "mteb": "2.26",
    "pandas": "3.1",
    "polars": "2.1",
    "scikit-learn": "1.9",
    "sentence-transformers": "6.2",
    "spacy": "3.8",
}
"""Distribution -> the version that the tests run with."""


DEFAULT = "l2_supercat"
"""The model of a store that is made without naming one."""


def library(module: str, distribution: str, extra: str) -> Any:
    """The imported module; ImportError says what to install.

    A version with another first number (or second, where the first is 0) than the tested one
    gets a UserWarning that names both.

    >>> library("numpy", "numpy", "sklearn").__name__
    'numpy'
    """
    require(module.partition(".")[0], extra=extra)
    found = require(module, extra=extra)
    installed, tested = version(distribution), TESTED.get(distribution)
    if tested is not None and _series(installed) != _series(tested):
        warnings.warn(
            f"{distribution} {installed} is not tested with this version of wordllama; {tested} is",
            stacklevel=2,
        )
    return found


@lru_cache(maxsize=8)
def loaded(model: str, dim: int | None = None) -> WordLlama:
    """The model of that name, cut to `dim` dimensions, loaded once."""
    return WordLlama.load(model, trunc_dim=dim)


def best(model: str, query: str, texts: list[str], n: int | None = None) -> list[tuple[int, float]]:
    """(index, similarity to the query) of the `n` most similar texts, or of all, best first.

    >>> [i for i, score in best("l2_supercat", "car", ["rain", "truck", "soup"], 1)]
    [1]
    """
    if n is not None:
        at_least(1, n=n)
    ranked = loaded(model).rank(query, texts)
    return list(zip(ranked.indices.tolist(), ranked.scores.tolist(), strict=True))[:n]


def pieces(model: str, text: str, limit: int) -> list[str]:
    """The text in chunks of one subject and at most `limit` characters each, in any script.

    White space at their ends is left out, and a chunk of nothing else.

    >>> pieces("l2_supercat", "天气很好。股市下跌。\\n", 6)
    ['天气很好。', '股市下跌。']
    """
    chunks = loaded(model).chunks(text, limit, topics=True)
    return [chunk.text.rstrip() for chunk in chunks if not chunk.text.isspace()]


def pairwise(wl: WordLlama, a: Texts, b: Texts) -> NDArray[np.float32]:
    """Cosine of each text of `a` with the text of `b` beside it: (n,).

    >>> pairwise(loaded("l2_supercat"), ["a car", "rain"], ["a car", ""]).round(3).tolist()
    [1.0, 0.0]
    """
    cosines: NDArray[np.float32] = np.einsum(
        "ij,ij->i", wl.embed(a, norm=True), wl.embed(b, norm=True)
    )
    return cosines


def chosen(model: str | WordLlama, dim: int | None = None) -> WordLlama:
    """The model of that name, cut to `dim` dimensions; or the model itself."""
    if isinstance(model, str):
        return loaded(model, dim)
    if dim not in (None, model.dim):
        raise ValueError(f"dim must be None for a loaded model of {model.dim}, not {dim}")
    return model


def _series(version: str) -> tuple[str, ...]:
    """The numbers that change when an interface does.

    >>> _series("1.9.1"), _series("0.14.2")
    (('1',), ('0', '14'))
    """
    first, second = version.split(".")[:2]
    return (first, second) if first == "0" else (first,)
