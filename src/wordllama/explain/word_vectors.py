"""A text's words, and the part of the text's vector that each of them is."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordllama.encode import tokenizing
from wordllama.encode.encoder import Encoder
from wordllama.texts import valid_unicode
from wordllama.texts.graphemes import MARKS

_WORD = re.compile(rf"\w[\w{MARKS}]*(?:['’\-]\w[\w{MARKS}]*)*|[^\w\s][{MARKS}]*")

_ROWS = 1 << 14


@dataclass(frozen=True)
class Word:
    """A word of a text, `text[start:end]`, and the tokens that it is read as."""

    text: str
    start: int
    end: int
    tokens: tuple[str, ...]

    def __str__(self) -> str:
        return self.text if self.text.strip() else repr(self.text)


@dataclass(frozen=True)
class Pair:
    """A word of each text, what the pair adds to the similarity, and their own cosine."""

    a: Word
    b: Word
    share: float
    cosine: float

    def __str__(self) -> str:
        return f"{self.share:+.3f}  {self.a} ~ {self.b}  (cosine {self.cosine:.2f})"


@dataclass(frozen=True)
class WordVectors:
    """The words of `text` and their vectors, whose sum is the vector of the text."""

    text: str
    words: tuple[Word, ...]
    vectors: NDArray[np.float64]
    """(words, dim): the sum of the rows of a word's tokens, by the number of the text's tokens."""


def word_vectors(text: str, encoder: Encoder) -> WordVectors:
    """The words of `text`, each with its part of the text's vector.

    Every token belongs to one word: words that share a token come as one, and a line end or a tab
    that is a token of its own counts as a word. An empty text has no words.
    """
    text = valid_unicode(text)
    (encoding,) = tokenizing.encoded(encoder.tokenizer, [text])
    used, _ = encoder.token_ids([text])
    kept = np.flatnonzero(np.isin(np.array(encoding.ids, np.int64), used))
    if len(kept) != len(used):
        raise ValueError("the tokenizer gives other tokens than the encoder for this text")
    all_spans, all_tokens = encoding.offsets, encoding.tokens  # made anew each time they are read
    spans = [all_spans[i] for i in kept]
    tokens = [all_tokens[i] for i in kept]
    groups = _groups(text, spans)
    words = []
    for first, last in groups:
        start, end = _stripped(text, min(s for s, _ in spans[first:last]), spans[last - 1][1])
        words.append(Word(text[start:end], start, end, tuple(tokens[first:last])))
    starts = np.array([first for first, _ in groups], np.int64)
    return WordVectors(text, tuple(words), _sums(encoder, used, starts) / max(len(used), 1))


def _sums(
    encoder: Encoder, ids: NDArray[np.int32], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The sum of the rows of each run of tokens, in memory for some of the rows."""
    sums = np.zeros((len(starts), encoder.dim))
    for at in range(0, len(ids), _ROWS):
        rows = encoder.token_vectors(ids[at : at + _ROWS]).astype(np.float64)
        first, last = np.searchsorted(starts, [at, at + len(rows) - 1], side="right")
        runs = np.arange(first - 1, last)
        sums[runs] += np.add.reduceat(rows, np.maximum(starts[runs] - at, 0), axis=0)
    return sums


def _groups(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(first, last) tokens of each word: tokens in a row whose visible parts lie in one word.

    A token of spaces alone, and one that shares its place with the next, go to the word after it.
    """
    word_at = _word_numbers(text)
    groups: list[tuple[int, int]] = []
    reached, leads, last_end = -1, False, 0
    for token, (start, end) in enumerate(spans):
        touched = [word_at[at] for at in range(start, end) if word_at[at] >= 0]
        if leads or start < last_end or (touched and touched[0] <= reached):
            groups[-1] = (groups[-1][0], token + 1)
        else:
            groups.append((token, token + 1))
        reached = max([reached, *touched])
        last_end = max(last_end, end)
        leads = not touched and not text[start:end].strip(" ")
    return groups


def _word_numbers(text: str) -> list[int]:
    """For each character the number of its word, -1 for white space."""
    numbers = [-1] * len(text)
    for number, word in enumerate(_WORD.finditer(text)):
        numbers[word.start() : word.end()] = [number] * (word.end() - word.start())
    return numbers


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space around it, unless it is nothing else."""
    inner = text[start:end].strip()
    if not inner:
        return start, end
    start = text.index(inner, start)
    return start, start + len(inner)
