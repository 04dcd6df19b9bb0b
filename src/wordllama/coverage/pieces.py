"""Which pieces of a text say nothing of its meaning, and the share of its vector that they make.

Bytes of characters that the vocabulary lacks; unknown tokens; and words that are spelt in single
letters, of an alphabet or a syllabary that the tokenizer has, but no words in it: a mean of letters
tells how often each occurs. An ideograph is a word, and ASCII letters are those of names and codes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from string import ascii_letters
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from wordllama.encode import tokenizing
from wordllama.encode.encoder import Encoder

UNREAD = 0.5
"""A text counts as unread if a larger share of its vector says nothing. Chosen by
`benchmarks/coverage.py`: of 24 languages, 500 different sentences each, at most 1.8 % of those
below it are over 0.9 alike to another one; of those above, up to 98 %."""
CHARACTERS = 1 << 20
"""Texts are looked at in parts of about so many characters."""
PROBES = 1024
"""Rows whose length tells that of a usual one."""


def reads_all(encoder: Encoder, texts: Sequence[str]) -> bool:
    """Whether all are ASCII, and so sure to be read: a quick answer for a few texts."""
    return all(map(str.isascii, texts)) and _known(encoder).reads_ascii


def unread(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.bool_]:
    """(n,) whether the vector of each text is made mostly of pieces that say nothing."""
    return unread_shares(encoder, texts) > UNREAD


def unread_shares(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """(n,) the share of each text's vector, by the rows' lengths, of pieces that say nothing.

    An unknown token that the mean leaves out counts as a row of usual length. A text of which
    nothing is left, but which is not blank, has 1; a blank one has 0.
    """
    known = _known(encoder)
    shares = np.zeros(len(texts), np.float32)
    part: list[int] = []
    size = 0
    for i, text in enumerate(texts):
        if known.reads_ascii and text.isascii():
            continue
        part.append(i)
        size += len(text)
        if size > CHARACTERS:
            shares[part] = known.shares(encoder, [texts[i] for i in part])
            part, size = [], 0
    if part:
        shares[part] = known.shares(encoder, [texts[i] for i in part])
    return shares


class _Tokens:
    """What is known of a model's tokens: each is looked at when a text has it.

    It holds no encoder of the caller's, of which it would be kept alive.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._with_unknown = encoder.with_unknown() if encoder.skip_unknown else None
        self._length = np.full(encoder.n_tokens, np.nan, np.float32)
        self._silent = np.zeros(encoder.n_tokens, bool)
        if encoder.unknown is not None:
            some = np.linspace(0, encoder.n_tokens - 1, PROBES).astype(np.int32)
            usual = np.median(np.linalg.norm(encoder.token_vectors(some), axis=1))
            self._length[encoder.unknown], self._silent[encoder.unknown] = usual, True
        letters = (self._with_unknown or encoder).token_ids([ascii_letters, *ascii_letters])[0]
        self.reads_ascii = encoder.unknown not in letters

    def shares(self, encoder: Encoder, texts: list[str]) -> NDArray[np.float32]:
        """(n,) see `unread_shares`."""
        ids, offsets = (self._with_unknown or encoder).token_ids(texts)
        length = self._length[ids]
        if np.isnan(length).any():
            self._learn(encoder, np.unique(ids[np.isnan(length)]))
            length = self._length[ids]
        whole = _sums(length, offsets)
        silent = _sums(length * self._silent[ids], offsets)
        share = np.array([bool(text) and not text.isspace() for text in texts], np.float64)
        np.divide(silent, whole, out=share, where=whole > 0)
        return share.astype(np.float32)

    def _learn(self, encoder: Encoder, new: NDArray[np.int32]) -> None:
        pieces = tokenizing.piece_texts(encoder.tokenizer, new.tolist())
        self._silent[new] = [_says_nothing(piece) for piece in pieces]
        # Last, as other threads take a token for known by its length.
        self._length[new] = np.linalg.norm(encoder.token_vectors(new), axis=1)


def _says_nothing(piece: str) -> bool:
    """Whether a token is a part of a character, or one letter that is no word.

    >>> [_says_nothing(piece) for piece in ("\\ufffd", "ש", "कि", "天", "x", "да", "🎉", "")]
    [True, True, True, False, False, False, False, False]
    """
    if "\ufffd" in piece:
        return True
    if piece.isascii():
        return False
    kinds = [unicodedata.category(character)[0] for character in piece]
    if kinds.count("L") > 1 or not set(kinds) <= {"L", "M"}:
        return False
    return not unicodedata.name(piece[0], "").startswith("CJK")


def _sums(values: NDArray[np.float32], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.asarray(np.diff(sums[offsets]), np.float64)


_TOKENS: WeakKeyDictionary[Encoder, _Tokens] = WeakKeyDictionary()


def _known(encoder: Encoder) -> _Tokens:
    known = _TOKENS.get(encoder)
    if known is None:
        known = _TOKENS[encoder] = _Tokens(encoder)
    return known
