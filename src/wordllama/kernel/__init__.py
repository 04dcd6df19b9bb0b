"""The few functions that cost time, in two implementations with the same names and signatures.

`reference` is NumPy and Python, `native` is compiled. Both give the same means, to the last bit,
for any batch size, number of threads and history; unit vectors and scores agree to 1e-6, since
they are rounded in another order. `WORDLLAMA_KERNEL=reference|native` chooses one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Tokenize = Callable[[list[str], bool], list[list[int]]]
"""(strings, whole) -> ids of each: whole texts, or pieces made by `Cuts` where `whole` is False."""


@dataclass(frozen=True)
class Rows:
    """A model's matrix, and how a token id finds its row: `matrix[mapping[id]] * scale[id]`."""

    matrix: NDArray[np.generic]
    """(m, dim) float32, float16 or int8, C-contiguous; may be memory-mapped and read-only."""
    scale: NDArray[np.float32] | None = None
    """(n_tokens,) factor of each token (int8 scale and token weight in one), or None for 1."""
    mapping: NDArray[np.int32] | None = None
    """(n_tokens,) row of each token, or None where row i is token i."""


@dataclass(frozen=True)
class Cuts:
    """Where a tokenizer allows a text to be cut into pieces whose ids, in a row, are the text's."""

    kind: str
    """"adjacent" (after normalising, between a and b unless a+b is in `joined`), "spaces" (before
    a single space between two non-spaces), or "whole" (nowhere)."""
    joined: frozenset[str] = frozenset()
    """Two-character strings that some token of more than one character holds."""
    prefix: str = ""
    """What the normaliser puts before a non-empty text."""
    space: str = " "
    """What the normaliser turns a space into."""
    specials: tuple[str, ...] = ()
    """A text that holds one of these is tokenized whole."""


@dataclass(frozen=True)
class Bpe:
    """A tokenizer's byte-pair encoding, for a kernel that tokenizes unseen pieces itself."""

    vocabulary: dict[str, int]
    merges: str
    """"left right" of each merge, one a line, best first."""
    unknown: int | None = None
    """The id of a character that has none, or None where it becomes the tokens of its bytes."""


@dataclass(frozen=True)
class ByteBpe:
    """A byte-level BPE and its splitting, for a kernel that tokenizes unseen plain ASCII itself."""

    vocabulary: dict[str, int]
    merges: str
    """As of `Bpe`."""
    splitting: str
    """The pattern that cuts words: "gpt2", "llama3" (and Qwen 2's), or "digits" (GPT-2's, after
    digits were split off)."""
    digits: int
    """So many digits go together at most; 0: any number."""
    whole_words: bool
    """Whether a word that is a token is not merged."""


@dataclass(frozen=True)
class WordPiece:
    """BERT's splitting and WordPiece, for a kernel that tokenizes unseen plain ASCII itself."""

    vocabulary: dict[str, int]
    inner: str
    """What stands before a token that goes on a word, such as "##"."""
    unknown: int | None
    """The id of a word that can't be spelt, or None where it is left out."""
    longest_word: int
    """In characters; a longer one is unknown."""
    lowercase: bool


TokenizerRule: TypeAlias = Bpe | ByteBpe | WordPiece
"""How a kernel may tokenize unseen pieces itself. The compiled one tells rules by their names."""


class Segment(NamedTuple):
    """Which of the documents `first`, `first + 1`, ... hold which terms (see `build_postings`)."""

    first: int
    terms: NDArray[np.int32]
    starts: NDArray[np.int64]
    documents: NDArray[np.uint16]
    counts: NDArray[np.uint16]
    lengths: NDArray[np.int32]


def _choose() -> tuple[ModuleType, str]:
    """The implementation to use, and why it is not the compiled one ("" if it is)."""
    asked = os.environ.get("WORDLLAMA_KERNEL", "")
    if asked not in ("", "reference", "native"):
        raise ValueError(f"WORDLLAMA_KERNEL must be reference or native, not {asked!r}")
    if asked == "reference":
        return import_module("wordllama.kernel.reference"), "WORDLLAMA_KERNEL=reference"
    try:
        return import_module("wordllama.kernel.native"), ""
    except ModuleNotFoundError as error:
        if asked:
            raise ImportError(
                f"WORDLLAMA_KERNEL is native, but this installation has no compiled kernel: {error}"
            ) from error
        return import_module("wordllama.kernel.reference"), f"no compiled kernel: {error}"


if TYPE_CHECKING:
    from wordllama.kernel.reference import WordTable, hamming, pairs_above, pool, scores, topk
    from wordllama.kernel.reference_keywords import build_postings, keyword_topk, nearest_bits
    from wordllama.kernel.reference_linear import hinge_pass, sparse_scores

chosen, why_not_native = _choose()
name = chosen.__name__.rpartition(".")[2]
"""Which implementation is in use: "native" or "reference"."""
simd: str = getattr(chosen, "simd", "")
"""The instruction set that the compiled one uses ("avx512", "avx2", "neon", "baseline")."""

if not TYPE_CHECKING:
    WordTable, pool = chosen.WordTable, chosen.pool
    hamming, scores, topk = chosen.hamming, chosen.scores, chosen.topk
    pairs_above = chosen.pairs_above
    build_postings, keyword_topk = chosen.build_postings, chosen.keyword_topk
    nearest_bits = chosen.nearest_bits
    hinge_pass, sparse_scores = chosen.hinge_pass, chosen.sparse_scores

__all__ = [
    "Bpe",
    "ByteBpe",
    "Cuts",
    "Rows",
    "Segment",
    "Tokenize",
    "TokenizerRule",
    "WordPiece",
    "WordTable",
    "build_postings",
    "chosen",
    "hamming",
    "hinge_pass",
    "keyword_topk",
    "name",
    "nearest_bits",
    "pairs_above",
    "pool",
    "scores",
    "simd",
    "sparse_scores",
    "topk",
    "why_not_native",
]
