"""Folded texts hold nothing that is not seen, and folding them again changes nothing."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordllama import WordLlama
from wordllama.dedup import folded

SEEN = ("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN", "INTERLINEAR")
"""Scripts whose format characters are drawn (Unicode does not call those ignorable)."""


def test_no_format_character_is_left_but_those_that_are_drawn() -> None:
    characters = map(chr, range(sys.maxunicode + 1))
    formats = [c for c in characters if unicodedata.category(c) == "Cf"]
    left = [unicodedata.name(c) for c in formats if folded(f"a{c}b") != "ab"]
    assert all(name.startswith(SEEN) for name in left)


@pytest.mark.parametrize("unseen", "\u00ad\u034f\u200b\u200d\u200e\u2060\u3164\ufe0f\ufeff\uffa0")
def test_what_is_not_seen_makes_no_difference(wl: WordLlama, unseen: str) -> None:
    texts = ["a red car", f"{unseen}a r{unseen}ed {unseen} car{unseen}"]
    found = wl.find_duplicates(texts, fold=True)
    assert [d.exact for d in found.duplicates] == [True]
    assert wl.find_duplicates(texts).exact_duplicates == []


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
