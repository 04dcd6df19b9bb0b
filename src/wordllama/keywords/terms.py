"""Which term a token stands for: its text in one case, without its word's ending.

A token is looked at once, when it first comes; a text costs no more than a look-up for each of its
tokens. Tokens that begin a word and tokens from inside of one are different terms. Pieces that mark
the space before them begin no word after a bracket, a quote or a line's end: there a piece that is
a word by itself counts as one, and after a hyphen so does the beginning of a longer one (measured:
benchmarks/index_quality.py). Punctuation is no term: it says nothing, but makes postings long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from threading import Lock
from unicodedata import category

import numpy as np
import snowballstemmer  # type: ignore[import-untyped]
from numpy.typing import NDArray

from wordllama.encode.encoder import Encoder
from wordllama.encode.surface import style, surfaces
from wordllama.texts.scripts import UNSPACED

NONE, UNSEEN = -1, -2
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_NO_WORD = re.compile(r"[\W_]")
_UNSPACED = re.compile(f"[{UNSPACED}]")


def languages() -> list[str]:
    """The languages whose words can be stemmed.

    >>> languages()[:3]
    ['arabic', 'armenian', 'basque']
    """
    return sorted(snowballstemmer.algorithms())


class Terms:
    """The terms of a model's tokens, numbered as they first come.

    `language` names a Snowball stemmer (see `languages`), or is "none" for words as they stand.

    >>> from wordllama import WordLlama
    >>> terms = Terms(WordLlama.load("l2_words").encoder)
    >>> ids, _ = terms.encoder.token_ids(["Runs, running"])
    >>> terms.of(ids).tolist(), terms.name(0)
    ([0, -1, 0], 'run')
    """

    def __init__(self, encoder: Encoder, language: str = "english") -> None:
        if language != "none" and language not in languages():
            raise ValueError(
                f"language must be none or one of {', '.join(languages())}, not {language!r}"
            )
        self.encoder = encoder
        self.language = language
        self._term = np.full(encoder.n_tokens, UNSEEN, np.int32)
        self._keys: dict[str, int] = {}
        self._names: list[str] = []
        self._beginning = np.empty(0, np.int32)
        """Of each term the one that it is where it begins a word."""
        self._lock, self._stemming = Lock(), Lock()

    def __len__(self) -> int:
        """How many terms have come."""
        return len(self._names)

    def of(
        self, ids: NDArray[np.int32], offsets: NDArray[np.int64] | None = None
    ) -> NDArray[np.int32]:
        """The term of each token id (t,), -1 where it is none.

        Text number i has ids[offsets[i]:offsets[i + 1]]; without offsets, they are of one text.
        """
        terms = self._alone(ids)
        edges = _edges_of(self._tokenizer_json, self.encoder.n_tokens)
        if edges is None or not len(ids):
            return terms
        opens, closes, hyphens = edges
        ends = np.zeros(len(ids) + 1, bool)  # between which tokens a text ends
        ends[[0, -1]] = True
        if offsets is not None:
            ends[offsets] = True
        starts, whole, hyphened = ends[:-1].copy(), ends[1:].copy(), np.zeros(len(ids), bool)
        starts[1:] |= closes[ids[:-1]]
        whole[:-1] |= opens[ids[1:]]
        hyphened[1:] = hyphens[ids[:-1]]
        begins = starts & (whole | hyphened) & (terms >= 0)
        terms[begins] = self._at_beginnings()[terms[begins]]
        return terms

    def _alone(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """The terms of token ids, whatever stands before them."""
        terms = self._term[ids]
        if (terms == UNSEEN).any():
            new = np.unique(ids[terms == UNSEEN]).tolist()
            with self._stemming:  # a stemmer is one thread's at a time
                keys = {token: self._key(token) for token in new}
            self.learn(keys)
            terms = self._term[ids]
        return terms

    def _at_beginnings(self) -> NDArray[np.int32]:
        with self._lock:
            if len(self._beginning) < len(self._names):
                known = self._beginning.tolist()
                for term in range(len(known), len(self._names)):
                    known.append(self._number(_at_beginning(self._names[term])))
                # Those that came with these begin words.
                known += range(len(known), len(self._names))
                self._beginning = np.array(known, np.int32)
            return self._beginning

    def name(self, term: int) -> str:
        """The term as a word."""
        return self._names[term].strip()

    def keys(self, ids: NDArray[np.int32]) -> dict[int, str]:
        """What makes the terms of the token ids, for `learn` another time."""
        tokens = np.unique(ids)
        terms = self._alone(tokens).tolist()
        names = [self._names[term] if term >= 0 else "" for term in terms]
        return dict(zip(tokens.tolist(), names, strict=True))

    def learn(self, keys: Mapping[int, str]) -> None:
        """Take the keys of some tokens as given, as they were found before ("": no term)."""
        with self._lock:
            for token, key in keys.items():
                self._term[token] = self._number(key) if key else NONE

    def _number(self, key: str) -> int:
        number = self._keys.setdefault(key, len(self._names))
        if number == len(self._names):
            self._names.append(key)
        return number

    def _key(self, token: int) -> str:
        """What tokens of one term have in common: a stem, after a space where a word begins."""
        surface = self._surfaces.get(token)
        if surface is None:
            return "" if token in self._special else f"\0{token}"  # part of a character
        word = _EDGES.sub("", surface.casefold())
        if not word:
            return ""
        key = self._stem(word)
        return _at_beginning(key) if _NO_WORD.match(surface) else key

    @cached_property
    def _stem(self) -> Callable[[str], str]:
        if self.language == "none":
            return str
        stem: Callable[[str], str] = snowballstemmer.stemmer(self.language).stemWord
        return stem

    @cached_property
    def _surfaces(self) -> dict[int, str]:
        return _surfaces_of(self._tokenizer_json)

    @cached_property
    def _tokenizer_json(self) -> str:
        text = self.encoder.tokenizer_json
        return text if isinstance(text, str) else text.decode()

    @cached_property
    def _special(self) -> set[int]:
        added: Iterable[tuple[int, object]] = (
            self.encoder.tokenizer.get_added_tokens_decoder().items()
        )
        return {number for number, token in added if getattr(token, "special", False)}


_surfaces_of = lru_cache(maxsize=2)(surfaces)
"""0.1 s for a model, which its second index need not wait for."""


@lru_cache(maxsize=2)
def _edges_of(tokenizer_json: str, n_tokens: int) -> tuple[NDArray[np.bool_], ...] | None:
    """Of each token whether it begins, and ends, with what is in no word; whether it is a hyphen.

    None where tokens tell themselves whether they go on a word.

    >>> held = {"model": {"type": "BPE", "vocab": {"a": 0, "\u2581(": 1, "-": 2}}, "decoder": None}
    >>> [edges.tolist() for edges in _edges_of(json.dumps(held), 3)]
    [[False, True, True], [False, True, True], [False, False, True]]
    """
    if style(json.loads(tokenizer_json)) == "words":
        return None
    opens, closes, hyphens = np.zeros((3, n_tokens), bool)
    for token, text in _surfaces_of(tokenizer_json).items():
        # A part of a character has no text: it goes on a word, as letters, marks and numbers do.
        opens[token] = category(text[0])[0] not in "LMN"
        closes[token] = category(text[-1])[0] not in "LMN"
        hyphens[token] = text == "-"
    return opens, closes, hyphens


def _at_beginning(key: str) -> str:
    """The key of the same token where it begins a word."""
    return key if key.startswith((" ", "\0")) or _UNSPACED.match(key) else f" {key}"
