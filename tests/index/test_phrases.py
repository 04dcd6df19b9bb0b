"""A phrase is words of a text, whatever stands between them, with their marks, in any case."""

from __future__ import annotations

import pytest

from wordllama import WordLlama

TEXTS = [
    "Don't stop, state-of-the-art version 3.5",
    "e-mail me: C++ or foo_bar(baz)",
    "new-york",
    "दिल",
    "दाल",
    "cafe\u0301 au lait",
    "cafe",
    "ที่",
    "ทา",
    "STRASSE ΟΔΟΣ 100\N{DEGREE SIGN}x",
    "zero\0 byte",
]
SAID = {
    "don't": [0],
    "stop, state": [0],
    "state-of-the-art": [0],
    "STATE of the art": [0],
    "version 3.5": [0],
    "ersion 3.5": [],
    "e-mail": [1],
    "c": [1],
    "bar baz": [1],
    "new york": [2],
    "दिल": [3],
    "दा": [],
    "café": [5],
    "cafe": [6],
    "ที่": [7],
    "straße": [9],
    "οδος": [9],
    "byte": [10],
}


@pytest.mark.parametrize("name", ["l2_words", "l2_supercat"])
def test_a_phrase_is_found_where_a_text_says_it(name: str) -> None:
    index = WordLlama.load(name).index()
    index.add(TEXTS, check=False)
    every = set(index.ids)
    for phrase, ids in SAID.items():
        assert sorted(index.search(f'"{phrase}"', k=99).ids) == ids, phrase
        assert set(index.search(f'lait -"{phrase}"', k=99).ids) == every - set(ids), phrase
    assert 1 not in index.search("mail -e-mail", k=99).ids
