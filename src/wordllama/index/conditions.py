"""Phrases that must or must not occur in a text, as whole words in any case."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wordllama.encode import cuts
from wordllama.encode.encoder import Encoder
from wordllama.index.blocks import Block
from wordllama.texts.scripts import UNSPACED

_WORDS = re.compile(r"\w+")
_UNSPACED = re.compile(f"[{UNSPACED}]")


def inner_tokens(encoder: Encoder) -> NDArray[np.bool_] | None:
    """Which tokens go on a word, for a tokenizer that reads a word alike wherever it stands.

    None for all others, whose ids do not tell where a phrase is.
    """
    spec = cuts.read_spec(encoder.tokenizer_json)
    splitter = (spec.get("pre_tokenizer") or {}).get("type")
    if spec["model"]["type"] != "WordPiece" or splitter not in ("BertPreTokenizer", "Whitespace"):
        return None
    prefix = spec["model"].get("continuing_subword_prefix", "##")
    inner = np.zeros(encoder.n_tokens, bool)
    vocabulary = spec["model"]["vocab"].items()
    inner[[id for token, id in vocabulary if prefix and token.startswith(prefix)]] = True
    return inner


def tokens_of(phrase: str, encoder: Encoder) -> NDArray[np.int32] | None:
    """The ids of a phrase, or None where some word of it is not in the vocabulary."""
    words = _WORDS.findall(phrase)
    ids, offsets = encoder.token_ids(words)
    if not words or (np.diff(offsets) == 0).any():
        return None
    whole, _ = encoder.token_ids([" ".join(words)])
    return ids if np.array_equal(ids, whole) else None


def rows_with(
    block: Block, phrase: NDArray[np.int32], inner: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The rows of a block that hold these tokens one after another, at the ends of words.

    `inner` says of each token whether it goes on a word.
    """
    last = len(block.tokens) - len(phrase)
    if last < 0:
        return np.empty(0, np.int64)
    same = np.ones(last + 1, bool)
    for place, token in enumerate(phrase.tolist()):
        same &= block.tokens[place : last + 1 + place] == token
    starts = np.flatnonzero(same)
    texts = np.searchsorted(block.offsets, starts, side="right") - 1
    ends, stops = starts + len(phrase), block.offsets[texts + 1]
    following = block.tokens[np.minimum(ends, len(block.tokens) - 1)]
    whole = (ends == stops) | ((ends < stops) & ~inner[following])
    return np.asarray(block.rows[np.unique(texts[whole])], np.int64)


def says(phrase: str) -> Callable[[str], bool]:
    """A function text -> whether it holds the phrase's words one after another.

    >>> holds = says("New York")
    >>> holds("(new york)"), holds("new yorkers"), says("天気")("今日の天気")
    (True, False, True)
    """
    words = _WORDS.findall(phrase.casefold())
    pattern = r"[\W_]+".join(map(re.escape, words))
    if words and not _UNSPACED.match(words[0]):
        pattern = rf"(?<!\w){pattern}"
    if words and not _UNSPACED.match(words[-1][-1]):
        pattern = rf"{pattern}(?!\w)"
    found = re.compile(pattern).search
    return lambda text: found(text.casefold()) is not None
