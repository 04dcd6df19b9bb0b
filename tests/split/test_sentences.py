from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordllama.split.sentences import clause_starts, sentence_starts, word_starts


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in pairwise([0, *sentence_starts(text), len(text)])]


@pytest.mark.parametrize(
    "whole",
    [
        "Dr. Smith met Mrs. Jones and Prof. Li.",
        "J. R. R. Tolkien and George W. Bush read it.",
        "It costs 3.50 or 1,000.25 at version 2.0.1 of example.com.",
        "See Fig. 3, No. 7, pp. 12 and vol. 2 of it.",
        "Use tools, e.g. Hammers, i.e. Things to hit with.",
        "He said vs. Rome and cf. Cicero.",
        "The U.S. President flew in at 5 p.m. Eastern time.",
        "1. First thing",
        "a) one thing",
        "Wait... what is it?",
        "She left . . . And came back.",
        "“Why?” he asked.",
        "Really?! yes.",
        "no capital. follows here",
    ],
)
def test_what_is_one_sentence_stays_one(whole: str) -> None:
    assert sentences(whole) == [whole]


@pytest.mark.parametrize(
    "parts",
    [
        ["It rained. ", "We left."],
        ["Was it? ", "Yes! ", "Good."],
        ["He said “No.” ", "Then he left."],
        ["(It rained.) ", "We left."],
        ["It was **bold.** ", "Then not."],
        ["He came at 5 p.m. ", "She was gone."],
        ["They lived in the U.S. ", "It was cold."],
        ["Apples, pears, etc. ", "The rest was sold."],
        ["It was I. ", "You know."],
        ["Wait... ", "What?"],
        ["One line.\n", "Another line.\n\n\n", "A third one."],
        ["On Windows.\r\n", "Too."],
        ["你好。", "你去哪儿？", "“真的！”", "是的"],
        ["本当ですか？！", "はい。", "そうです"],
        ["यह एक वाक्य है। ", "यह दूसरा है।"],
        ["ما هذا؟ ", "هذا كتاب."],
        ["¿Qué? ", "¡Nada!"],
        ["Es war spät. ", "Über allen Gipfeln ist Ruh."],
    ],
)
def test_sentences_come_apart(parts: list[str]) -> None:
    assert sentences("".join(parts)) == parts


def test_clauses_and_words_begin_after_their_marks() -> None:
    text = "one, two; three，四"
    assert [text[at:] for at in clause_starts(text)] == ["two; three，四", "three，四", "四"]
    assert list(word_starts("a  b\nc ")) == [3, 5]


@given(st.text(st.sampled_from("aA.!? \n\"')。1,"), max_size=60))
def test_starts_are_in_order_and_inside(text: str) -> None:
    for starts in (sentence_starts, clause_starts, word_starts):
        found = list(starts(text))
        assert found == sorted(set(found))
        assert all(0 < at < len(text) for at in found)
