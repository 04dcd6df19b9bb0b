"""Which term a token stands for: its text in one case, without its word's ending.

A token is looked at once, when it first comes; a text costs no more than a look-up for each of its
tokens. Tokens that begin a word and tokens from inside of one are different terms. Punctuation is
none: it says nothing, but makes postings long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from threading import Lock

import numpy as np
import snowballstemmer  # type: ignore[import-untyped]
from numpy.typing import NDArray

from wordllama.encode.encoder import Encoder
from wordllama.encode.surface import surfaces
from wordllama.texts.scripts import UNSPACED

NONE, UNSEEN = -1, -2
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
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
        self._lock, self._stemming = Lock(), Lock()

    def __len__(self) -> int:
        """How many terms have come."""
        return len(self._names)

    def of(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """The term of each token id (t,), -1 where it is none."""
        terms = self._term[ids]
        if (terms == UNSEEN).any():
            new = np.unique(ids[terms == UNSEEN]).tolist()
            with self._stemming:  # a stemmer is one thread's at a time
                keys = {token: self._key(token) for token in new}
            self.learn(keys)
            terms = self._term[ids]
        return terms

    def name(self, term: int) -> str:
        """The term as a word."""
        return self._names[term].strip()

    def keys(self, ids: NDArray[np.int32]) -> dict[int, str]:
        """What makes the terms of the token ids, for `learn` another time."""
        tokens = np.unique(ids)
        terms = self.of(tokens).tolist()
        names = [self._names[term] if term >= 0 else "" for term in terms]
        return dict(zip(tokens.tolist(), names, strict=True))

    def learn(self, keys: Mapping[int, str]) -> None:
        """Take the keys of some tokens as given, as they were found before ("": no term)."""
        with self._lock:
            for token, key in keys.items():
                if key and key not in self._keys:
                    self._keys[key] = len(self._names)
                    self._names.append(key)
                self._term[token] = self._keys[key] if key else NONE

    def _key(self, token: int) -> str:
        """What tokens of one term have in common: a stem, after a space where a word begins."""
        surface = self._surfaces.get(token)
        if surface is None:
            return "" if token in self._special else f"\0{token}"  # part of a character
        word = _EDGES.sub("", surface.casefold())
        if not word:
            return ""
        begins = surface[:1] == " " and not _UNSPACED.match(word)
        return " " * begins + self._stem(word)

    @cached_property
    def _stem(self) -> Callable[[str], str]:
        if self.language == "none":
            return str
        stem: Callable[[str], str] = snowballstemmer.stemmer(self.language).stemWord
        return stem

    @cached_property
    def _surfaces(self) -> dict[int, str]:
        text = self.encoder.tokenizer_json
        return _surfaces_of(text if isinstance(text, str) else text.decode())

    @cached_property
    def _special(self) -> set[int]:
        added: Iterable[tuple[int, object]] = (
            self.encoder.tokenizer.get_added_tokens_decoder().items()
        )
        return {number for number, token in added if getattr(token, "special", False)}


_surfaces_of = lru_cache(maxsize=2)(surfaces)
"""0.1 s for a model, which its second index need not wait for."""
