"""Texts drawn at random from a vocabulary: what a teacher can be asked where there are no texts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from wordllama.encode.surface import style, surfaces
from wordllama.encode.tokenizing import encoded, parse
from wordllama.train.prune import prune
from wordllama.train.vocabulary import LONGEST, NORMALIZER, UNKNOWN, inner_pieces, wordpiece

_TOKENS = 8  # of a drawn text
_EACH = 0.35  # drawn texts for each token of the vocabulary: most tokens are in two or three
_FEWEST = 2000
_UNUSED = re.compile(r"\[unused\d+\]|<unused_?\d+>")


def drawn_texts(tokenizer_json: str, seed: int) -> list[str]:
    """Texts of eight tokens each, half of them by Zipf's law, half all alike in frequency.

    They say nothing, but the teacher's vectors of them tell how tokens add up in it: which of them
    count for much and which for little. ValueError if no token stands for a text.

    >>> held = '{"model": {"type": "WordPiece", "vocab": {"play": 0, "##ing": 1}}}'
    >>> drawn_texts(held, 0)[0]
    'ing play play playing play playing'
    """
    unknown = json.loads(tokenizer_json)["model"].get("unk_token")
    told = surfaces(tokenizer_json)
    texts = [told[i] for i in sorted(told) if told[i].strip() not in ("", unknown)]
    if not texts:
        raise ValueError("the tokenizer has no token that stands for a text")
    share = 1 / np.arange(2, len(texts) + 2)
    n = max(_FEWEST, round(_EACH * len(texts)))
    rng = np.random.default_rng(seed)
    zipf = rng.choice(len(texts), (n, _TOKENS), p=share / share.sum())
    alike = rng.integers(len(texts), size=(n, _TOKENS))
    picked = np.where(rng.random((n, _TOKENS)) < 0.5, zipf, alike)
    return ["".join(texts[i] for i in row).strip() for row in picked]


def used_tokens(tokenizer_json: str) -> str:
    """The tokenizer without tokens that were kept free for later ([unused7]), cut and padding."""
    spec = json.loads(tokenizer_json) | {"truncation": None, "padding": None}
    model = spec["model"]
    vocab = model["vocab"]
    if model.get("type") not in ("BPE", "WordPiece"):
        return json.dumps(spec, ensure_ascii=False)
    unused = {token for token in vocab if _UNUSED.fullmatch(token)}
    added = [t for t in spec.get("added_tokens") or [] if t["content"] not in unused]
    spec["added_tokens"] = added
    text = json.dumps(spec, ensure_ascii=False)
    if not unused:
        return text
    last = max([*vocab.values(), *(t["id"] for t in added)])
    counts = np.zeros(last + 1, dtype=np.int64)
    counts[[i for token, i in vocab.items() if token not in unused]] = 1
    rows = np.zeros((last + 1, 1), dtype=np.float32)
    return prune(text, rows, counts, len(vocab) - len(unused))[0]


def word_tokens(words: Sequence[str], tokenizer_json: str) -> str:
    """A lower-cased tokenizer with a token for each of the words, which come first.

    Other words are spelled by single characters, and by the pieces inside words of `tokenizer_json`
    where it is a WordPiece. Raises ValueError, which names the word, for none at all, for words
    that are alike in lower case and without accents, and for what is more or less than one word.
    """
    places: dict[str, int] = {}
    for i, word in enumerate(words):
        folded = NORMALIZER.normalize_str(word).strip()
        if folded in places:
            first = places[folded]
            raise ValueError(
                f"vocabulary[{i}] is {word!r}, which is read like vocabulary[{first}], "
                f"{words[first]!r}; give each word once, whatever its case and accents"
            )
        places[folded] = i
    if not places:
        raise ValueError("vocabulary has no words")
    held = json.loads(tokenizer_json)
    inner = inner_pieces(tokenizer_json) if style(held) == "words" else []
    told = {t.strip() for t in surfaces(tokenizer_json).values()}
    characters = [chr(code) for code in range(33, 127)]
    characters += sorted({c for word in places for c in word} | {t for t in told if len(t) == 1})
    counts = {word: float(len(places) - i) for word, i in places.items()}
    size = len(places) + 2 * len(characters) + len(inner) + 1
    spec: dict[str, Any] = json.loads(wordpiece(counts, size, characters, inner))
    vocab = spec["model"]["vocab"]
    found = encoded(parse(json.dumps(spec)), list(places))
    for (word, i), encoding in zip(places.items(), found, strict=True):
        if encoding.tokens != [word]:
            raise ValueError(
                f"vocabulary[{i}] is {words[i]!r}, expected one word of up to {LONGEST} "
                "characters, without spaces and marks inside"
            )
    order = dict.fromkeys([UNKNOWN, *places, *vocab])
    spec["model"]["vocab"] = {token: i for i, token in enumerate(order)}
    return json.dumps(spec, ensure_ascii=False)
