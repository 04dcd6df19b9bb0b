"""How often words are used, in general (wordfreq's list) and in the texts, half and half."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import wordfreq
from tokenizers import normalizers, pre_tokenizers

_split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
_clean = normalizers.BertNormalizer(lowercase=False, strip_accents=True).normalize_str


def split(text: str) -> Iterator[str]:
    """Words and marks as BERT's tokenizer splits them, capitals kept, accents taken off."""
    yield from (word for word, _ in _split(_clean(text)))


def write(file: Path, texts: Iterable[str]) -> None:
    """A table of words and their share of all words.

    wordfreq's list has no capitals and no numbers: a word's share there goes to its forms as they
    are found in the texts.
    """
    found = Counter(word for text in texts for word in split(text))
    forms: dict[str, list[str]] = {}
    for word in found:
        forms.setdefault(word.lower(), []).append(word)
    listed: Counter[str] = Counter()
    for word, share in wordfreq.get_frequency_dict("en", wordlist="large").items():
        for part in split(word):
            if not part.isdigit():
                listed[part] += share
    totals = found.total(), sum(listed.values())
    shares = {word: count / totals[0] / 2 for word, count in found.items()}
    for word, share in listed.items():
        known = forms.get(word, [word])
        among = sum(found[form] for form in known) or 1
        for form in known:
            part = found[form] / among if found[form] else 1.0
            shares[form] = shares.get(form, 0.0) + part * share / totals[1] / 2
    with file.open("w", encoding="utf-8") as out:
        for word in sorted(shares, key=lambda word: (-shares[word], word)):
            out.write(f"{word}\t{shares[word]:.4g}\n")
