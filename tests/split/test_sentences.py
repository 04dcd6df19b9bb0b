from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordllama.split.sentences import clause_starts, sentence_starts, word_starts

DATA = Path(__file__).parents[1] / "data"


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


def golden() -> list[tuple[str, str]]:
    lines = [
        line
        for name in ("sentences.txt", "sentences_second.txt")
        for line in (DATA / name).read_text("utf-8").split("\n")
    ]
    rows = [line.split("\t", 1) for line in lines if line and line[0] != "#"]
    return [(language, text) for language, text in rows]


@pytest.mark.parametrize(("language", "text"), golden())
def test_readers_of_each_language_would_end_sentences_there(language: str, text: str) -> None:
    parts = text.split("¦")
    known_wrong = language.endswith("!")
    assert (sentences("".join(parts)) == parts) is not known_wrong


@pytest.mark.parametrize(
    "parts",
    [
        ["It makes 300 MW. ", "Peter runs it."],
        ["He changed his mind. ", "Anna did not."],
        ["Die Hose ist eng. ", "Peter lacht."],
        ["She is ten. ", "Tom is nine."],
        ["He dropped the rag. ", "Tom took it."],
        ["Come on. ", "Tom waits."],
        ["I said no. ", "I meant it."],
        ["Ich danke dir. ", "Paul auch."],
        ["Es war im Jahr 44 v. Chr. ", "Er war alt."],
        ["Il mourut en 44 av. J.-C. ", "Les Romains pleuraient."],
        ["Er kam zum Kunstpl. ", "Dann ging er."],
    ],
)
def test_what_is_a_short_form_elsewhere_ends_a_sentence_here(parts: list[str]) -> None:
    assert sentences("".join(parts)) == parts


@pytest.mark.parametrize(
    "joint",
    [". ", ".[1] ", ".[1][2] ", ".[1, 2] ", ".[^1] ", ".¹ ", ".²⁰ ", ".\u00a0", ".\u00a0 ",
     ".\u2009", ".\u202f", ".\u200b", ".\u2028", ".\u3000", ".“ ", ".« ", ".‘ ",
     ".\u00a0» ", ".” ", ".)[1] ",
     "?“[2] ", "!\ufeff", "…\u205f", "?\r\n", ".\u2029"],
)  # fmt: skip
def test_a_stop_is_seen_before_any_space_and_after_any_closing_mark(joint: str) -> None:
    parts = [f"The mill was built in stone{joint}", f"It burned down{joint}", "Nobody came."]
    assert sentences("".join(parts)) == parts


@pytest.mark.parametrize(
    "whole",
    ["See it.[link](there) Now", "It is 3.[4] in all", "He met him.“Then", "z.\u00a0B. Hunde",
     "Le 3. mai", "Dr.\u202fMeyer kam", "Am 24. Dezember", "Art. 5 Abs. 2 GG", "Sig.ra Bianchi",
     "Arthur C. Clarke", "im 3. Stock", "Der 1. FC"],
)  # fmt: skip
def test_what_only_looks_like_an_end_is_none(whole: str) -> None:
    assert sentences(whole) == [whole]


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
