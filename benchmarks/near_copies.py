"""Texts with edited copies whose originals are known, made from WordNet's glosses.

A gloss with its examples is a text; some texts get a copy, edited in one of the ways of `EDITS`:
    exact      nothing is changed
    case       letters in upper or lower case, punctuation taken away
    typos      one letter in twenty swapped, dropped, doubled or replaced (at least one)
    reordered  its clauses (between commas and semicolons) or, if there is but one, words shuffled
    cut        the first or last fifth of the words is gone
    synonyms   a third of the words that have synonyms in WordNet replaced by one
    mixed      synonyms, then typos, then a clause moved
The copy comes after its original. Nothing else in the set is meant to be a duplicate: but WordNet
repeats a few glosses word for word, which are taken out, and holds some that differ in a word.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

import texts as corpora

LETTERS = "etaoinshrdlucmfwypvbgkjqxz"


@dataclass(frozen=True)
class Text:
    text: str
    original: int
    """The place of the text that this one is a copy of, or -1."""
    edit: str


def labelled(originals: int, copies: int, seed: int = 0) -> list[Text]:
    """`originals` texts and `copies` edited copies of some of them, shuffled but for order."""
    rng = random.Random(seed)
    base = [text for text in dict.fromkeys(corpora.glosses()) if len(text.split()) >= 6]
    chosen = rng.sample(base, originals)
    synonyms = wordnet_synonyms()
    made = [Text(text, -1, "") for text in chosen]
    for source in rng.choices(range(originals), k=copies):
        edit = rng.choice(list(EDITS))
        made.append(Text(EDITS[edit](chosen[source], rng, synonyms), source, edit))
    keys = [rng.random() for _ in range(originals)]
    keys += [rng.uniform(keys[copy.original], 1) for copy in made[originals:]]
    order = sorted(range(len(made)), key=keys.__getitem__)
    place = {old: new for new, old in enumerate(order)}
    return [Text(made[i].text, place.get(made[i].original, -1), made[i].edit) for i in order]


def many(count: int, seed: int = 0) -> list[str]:
    """`count` texts: two glosses joined at random, and one in ten an edited copy of another."""
    rng = random.Random(seed)
    base = corpora.glosses()
    synonyms = wordnet_synonyms()
    texts: list[str] = []
    while len(texts) < count:
        if texts and rng.random() < 0.1:
            edit = EDITS[rng.choice(list(EDITS))]
            texts.append(edit(rng.choice(texts), rng, synonyms))
        else:
            texts.append(f"{rng.choice(base)}; {rng.choice(base)}")
    return texts


def wordnet_synonyms() -> dict[str, list[str]]:
    """Single words of WordNet with the other words of their most frequent meaning."""
    words: dict[str, list[str]] = {}
    for kind in ("noun", "verb", "adj", "adv"):
        for line in (corpora.WORDNET / f"data.{kind}").read_text("utf-8").splitlines():
            if not line.startswith("  "):
                fields = line.split(" | ")[0].split()
                same = [fields[4 + 2 * i].split("(")[0] for i in range(int(fields[3], 16))]
                plain = [word for word in same if word.isalpha() and word.islower()]
                for word in plain:
                    words.setdefault(word, [other for other in plain if other != word])
    return {word: others for word, others in words.items() if others}


Synonyms = dict[str, list[str]]


def exact(text: str, rng: random.Random, synonyms: Synonyms) -> str:
    return text


def case(text: str, rng: random.Random, synonyms: Synonyms) -> str:
    text = rng.choice([str.upper, str.lower, str.title])(text)
    return re.sub(r"[^\w\s]", "", text) if rng.random() < 0.5 else text


def typos(text: str, rng: random.Random, synonyms: Synonyms) -> str:
    letters = list(text)
    places = [i for i, letter in enumerate(letters) if letter.isalpha()]
    for i in rng.sample(places, max(1, len(places) // 20)):
        kind = rng.randrange(4)
        if kind == 0 and i + 1 < len(letters):
            letters[i], letters[i + 1] = letters[i + 1], letters[i]
        else:
            letters[i] = ["", letters[i] * 2, rng.choice(LETTERS)][kind % 3]
    return "".join(letters)


def reordered(text: str, rng: random.Random, synonyms: Synonyms) -> str:
    clauses = re.split(r"(?<=[,;])\s+", text)
    if len(clauses) == 1:
        clauses = text.split()
    rng.shuffle(clauses)
    return " ".join(clauses)


def cut(text: str, rng: random.Random, synonyms: Synonyms) -> str:
    words = text.split()
    some = max(1, len(words) // 5)
    return " ".join(words[some:] if rng.random() < 0.5 else words[:-some])


def synonyms_for_words(text: str, rng: random.Random, synonyms: Synonyms) -> str:
    words = re.split(r"(\W+)", text)
    places = [i for i, word in enumerate(words) if word.lower() in synonyms and len(word) > 3]
    for i in rng.sample(places, (len(places) + 2) // 3):
        words[i] = rng.choice(synonyms[words[i].lower()])
    return "".join(words)


def mixed(text: str, rng: random.Random, synonyms: Synonyms) -> str:
    return reordered(typos(synonyms_for_words(text, rng, synonyms), rng, synonyms), rng, synonyms)


EDITS = {
    "exact": exact,
    "case": case,
    "typos": typos,
    "reordered": reordered,
    "cut": cut,
    "synonyms": synonyms_for_words,
    "mixed": mixed,
}

if __name__ == "__main__":
    for each in labelled(3000, 14)[-400:]:
        if each.original >= 0:
            print(f"{each.edit:>10}  {each.text}")
