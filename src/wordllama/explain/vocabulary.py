"""The vocabulary of a model: the words nearest to a word, and how well it covers texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from tokenizers import Encoding, decoders

from wordllama import vectors
from wordllama.arguments import at_least
from wordllama.encode import tokenizing
from wordllama.encode.encoder import Encoder
from wordllama.texts import valid_unicode
from wordllama.texts.graphemes import MARKS

_LETTERS = rf"[^\W\d_](?:[^\W\d_]|[{MARKS}])*"
_WORD = re.compile(rf"{_LETTERS}(?:['’]{_LETTERS})*")
_AT_ONCE = 4096
_EXAMPLES = 10


def neighbours(word: str, encoder: Encoder, n: int = 10) -> list[tuple[str, float]]:
    """(word, cosine) of the `n` words of the vocabulary nearest to `word`, best first.

    Words are tokens that start a word and consist of letters; `word` itself, in any letter case, is
    left out. `word` can be any text; a text without tokens has no neighbours. ValueError for n < 1.
    """
    at_least(1, n=n)
    query = np.zeros((1, encoder.dim), np.float32)
    encoder.embed([word], query, True)
    if not query.any():
        return []
    ids = _word_ids(encoder)
    texts = [text.strip() for text in tokenizing.token_texts(encoder.tokenizer, ids)]
    rows = encoder.token_vectors(np.array(ids, np.int32))
    scores = vectors.cosine(query, rows)[0]
    nearest: dict[str, float] = {}
    for at in np.argsort(-scores, kind="stable"):
        if texts[at].lower() != word.strip().lower() and texts[at] not in nearest:
            nearest[texts[at]] = float(scores[at])
            if len(nearest) == n:
                break
    return list(nearest.items())


def _word_ids(encoder: Encoder) -> list[int]:
    """Ids of the tokens that begin a word and hold letters only."""
    vocabulary = encoder.tokenizer.get_vocab(with_added_tokens=False)
    mark = next((m for m in "▁Ġ" if sum(token[:1] == m for token in vocabulary) > 99), "")
    found = []
    for token, id in vocabulary.items():
        word = token[len(mark) :]
        if token.startswith(mark) and word.isalpha() and len(word) > 1 and word.isprintable():
            found.append(id)
    return sorted(found)


@dataclass(frozen=True)
class Coverage:
    """How a vocabulary tokenizes the words of texts (runs of letters, each occurrence counted)."""

    words: int
    single: float
    """Share of the words that are one token."""
    several: float
    """Share that are put together from several tokens, all of them of letters."""
    bytes: float
    """Share that need single bytes: characters that the vocabulary does not hold."""
    unknown: float
    """Share with the unknown token in it, whose meaning is lost."""
    tokens_per_word: float
    examples: tuple[tuple[str, int], ...]
    """The most frequent words of three tokens or more, or with bytes or unknown, and how often."""

    def __str__(self) -> str:
        lines = [
            f"{self.words:,} words, {self.tokens_per_word:.2f} tokens each: {self.single:.1%} one "
            f"token, {self.several:.1%} several, {self.bytes:.1%} bytes, {self.unknown:.1%} unknown"
        ]
        if self.examples:
            shown = ", ".join(f"{word} ({times})" for word, times in self.examples)
            lines.append(f"in many tokens: {shown}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


def vocabulary_coverage(texts: Iterable[str], encoder: Encoder) -> Coverage:
    """The shares of the texts' words that are one token, several tokens, bytes or unknown.

    If a language fits the model, most words are one or two tokens; if many need bytes or are
    unknown, the vectors mean little. Texts without a word have shares of 0.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(valid_unicode(text)))
    tokens = 0
    kinds: Counter[str] = Counter()
    hard: Counter[str] = Counter()
    listed = list(counts)
    for first in range(0, len(listed), _AT_ONCE):
        batch = listed[first : first + _AT_ONCE]
        for word, encoding in zip(batch, _encoded(batch, encoder), strict=True):
            kind = _kind(word, encoding, encoder)
            kinds[kind] += counts[word]
            tokens += len(encoding) * counts[word]
            if kind in ("bytes", "unknown") or len(encoding) > 2:
                hard[word] = counts[word]
    words = sum(counts.values())
    of = max(words, 1)
    return Coverage(
        words=words,
        single=kinds["single"] / of,
        several=kinds["several"] / of,
        bytes=kinds["bytes"] / of,
        unknown=kinds["unknown"] / of,
        tokens_per_word=tokens / of,
        examples=tuple(hard.most_common(_EXAMPLES)),
    )


def _encoded(words: list[str], encoder: Encoder) -> list[Encoding]:
    """Each word as it is read within a text, after a space."""
    tokenizer = encoder.tokenizer
    spaced, plain = (one.tokens for one in tokenizing.encoded(tokenizer, [" x", "x"]))
    lead = " " if len(spaced) == 1 and spaced != plain else ""
    return tokenizing.encoded(tokenizer, [lead + word for word in words])


def _kind(word: str, encoding: Encoding, encoder: Encoder) -> str:
    unknown = getattr(encoder.tokenizer.model, "unk_token", None)
    if unknown is not None and unknown in encoding.tokens:
        return "unknown"
    if len(encoding) == 1:
        return "single"
    if not word.isascii():
        if encoding.tokens[0].startswith("Ġ"):
            alone = [decoders.ByteLevel().decode([token]) for token in encoding.tokens]
        else:
            alone = tokenizing.token_texts(encoder.tokenizer, encoding.ids)
        if any("\ufffd" in text for text in alone):
            return "bytes"
    return "several"
