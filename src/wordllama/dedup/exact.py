"""Exact copies: all that a threshold of 1 asks for, since no similarity is above 1.

Two texts are exact copies if they are the same string (or, folded, the same folded string): not if
they are different words with the same vector, such as "a red car" and "red a car". Vectors that
stand for themselves are exact copies if their rows are the same and not zero: a zero row, the
vector of an empty text, is like nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from wordllama.pairs.copies import first_copies
from wordllama.vectors import Vectors


def exact_only(threshold: float) -> bool:
    """Whether no similarity (a float32) can be above the threshold, so that only copies count.

    >>> exact_only(1), exact_only(0.99999999), exact_only(0.9999999)
    (True, True, False)
    """
    return bool(np.float32(threshold) >= 1)


def first_of_same(keys: Iterable[Hashable]) -> NDArray[np.int64]:
    """For each key the index of the first one equal to it.

    >>> first_of_same(["a", "b", "a"]).tolist()
    [0, 1, 0]
    """
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(key, i) for i, key in enumerate(keys)], np.int64)


def first_same_row(vectors: Vectors) -> NDArray[np.int64]:
    """For each row the index of the first that is the same; a zero float row is alone.

    >>> first_same_row(np.array([[1, 2], [0, 0], [1, 2], [0, 0]], np.float32)).tolist()
    [0, 1, 0, 3]
    """
    return np.where(alike_itself(vectors), first_copies(vectors), np.arange(len(vectors)))


def alike_itself(vectors: Vectors) -> NDArray[np.bool_]:
    """Whether each row's similarity to an exact copy is 1, not 0 as for a zero float row."""
    if vectors.dtype == np.uint64:
        return np.ones(len(vectors), bool)
    return np.asarray(np.any(vectors, axis=1), np.bool_)


def repeated(texts: Iterable[Hashable]) -> NDArray[np.int64]:
    """Sorted indices of the texts that are the same as an earlier one.

    >>> repeated(["a", "b", "a"]).tolist()
    [2]
    """
    first = first_of_same(texts)
    return np.flatnonzero(first != np.arange(len(first)))


def digests(texts: Iterable[str]) -> NDArray[np.uint64]:
    """128 bits (n, 2) that stand for each text where texts are too many to hold.

    >>> one, two, three = digests(["a", "b", "a"]).tolist()
    >>> one == three != two
    True
    """
    joined = bytearray()
    for text in texts:
        joined += blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return np.frombuffer(joined, np.uint64).reshape(-1, 2)
