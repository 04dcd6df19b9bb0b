"""English beyond dictionaries and manuals: mails, speeches, facts, medicine, games, programming.

From packages of Debian, PyPI and npm that `make.sh` downloads. Each function yields texts.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sources import sentences, spaced


def plain(text: str) -> bool:
    """Whether the text is mostly letters and spaces."""
    return sum(c.isalpha() or c == " " for c in text) > 0.82 * len(text)


def paragraphs(text: str) -> Iterator[str]:
    """Sentences of the plain paragraphs of a text."""
    for paragraph in map(spaced, re.split(r"\n\s*\n", text)):
        if len(paragraph) >= 30 and plain(paragraph):
            yield from sentences(paragraph)


def mails(package: Path) -> Iterator[str]:
    """Subjects and paragraphs of SpamAssassin's public mails, without what they quote."""
    for file in sorted(package.glob("data/*/*.json")):
        raw = json.loads(file.read_text())["text"]
        subject = re.search(r"^Subject: (?:Re: |\[[^\]]*\] )*(.*)", raw, re.MULTILINE)
        if subject and len(subject[1]) > 12:
            yield subject[1]
        body = re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>", " ", raw.partition("\n\n")[2])
        body = html.unescape(body).replace("=\n", "").replace("=20", "").replace("=3D", "=")
        lines = [line for line in body.split("\n") if not _dull(line)]
        yield from paragraphs("\n".join(lines))


def _dull(line: str) -> bool:
    quoted = line.startswith((">", "|", "--", "Content-", "_"))
    return quoted or "wrote:" in line or "http" in line


def speeches(package: Path) -> Iterator[str]:
    """State of the Union addresses."""
    for file in sorted(package.glob("data/*.json")):
        yield from sentences(spaced(json.loads(file.read_text())["text"]), 160)


def novel(package: Path) -> Iterator[str]:
    """Moby-Dick."""
    for file in sorted(package.glob("data/chapter_*.json")):
        for paragraph in re.split(r"\n\s*\n", json.loads(file.read_text())["text"]):
            yield from (s for s in sentences(spaced(paragraph), 160) if len(s) > 25)


def factbook(package: Path) -> Iterator[str]:
    """The World Factbook."""
    for file in sorted(package.glob("*/*.json")):
        for text in _notes(json.loads(file.read_text())):
            yield from (s for s in sentences(spaced(text)) if len(s) > 30 and plain(s))


def _notes(part: Any) -> Iterator[str]:
    for key, value in part.items() if isinstance(part, dict) else ():
        if key in ("text", "note") and isinstance(value, str):
            yield value
        else:
            yield from _notes(value)


def ontologies(data: Path, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(kind, text): labels, synonyms and definitions of terms of biology and medicine."""
    for name in names:
        file = sorted(data.glob(f"{name}-*.zst"))[-1]
        raw = subprocess.run(["zstd", "-dc", str(file)], capture_output=True, check=True).stdout
        for term in json.loads(raw).values():
            if term.get("deprecated"):
                continue
            label, defined = term["label"], term.get("description")
            if name != "CHEBI" or (defined and len(label) < 40 and plain(label)):
                yield "onto_label", label
            if defined:
                yield "onto_def", defined
            for synonym in [] if name == "CHEBI" else term.get("synonyms", [])[:3]:
                yield "onto_label", synonym


def phenotypes(file: Path) -> Iterator[tuple[str, str]]:
    """(kind, text) of the Human Phenotype Ontology's terms."""
    for line in file.open(encoding="utf-8"):
        match = re.match(r'(?:def|comment|name|synonym): "?([^"]*)', line)
        if match:
            yield ("onto_def" if line[0] in "dc" else "onto_label"), spaced(match[1])


def diagnoses(file: Path) -> Iterator[str]:
    """ICD-10-CM's descriptions and notes."""
    for text in re.findall(r"<(?:desc|note)>(.*?)</", file.read_text(encoding="utf-8")):
        yield spaced(re.sub(r"\s*\([A-Z0-9][^)]*\)", "", html.unescape(text)))


def dialogues(folder: Path) -> Iterator[str]:
    """ChatterBot's English conversations, line by line."""
    for file in sorted(folder.glob("*.yml")):
        for line in re.findall(r"(?m)^ *- (?:- )?(.+)$", file.read_text(encoding="utf-8")):
            if len(line.strip("'\"")) > 12:
                yield line.strip("'\"")


_SAID = re.compile(
    r'"([^"`]{40,})"|`([^`]{40,})`|\[\[(.{40,}?)\]\]'
    r"|<(?:description|lore|summary|bar)>([^<]{40,})<",
    re.DOTALL,
)


def games(folders: Iterable[Path]) -> Iterator[str]:
    """What is said and described in games' data."""
    endings = {".txt", ".lua", ".xml", ".cfg", ".ruleset", ".json", ".dialog"}
    files = sorted((f for folder in folders for f in folder.rglob("*")), key=str)
    for file in files:
        if file.suffix not in endings or "translations" in file.parts or not file.is_file():
            continue
        for found in _SAID.findall(file.read_text(encoding="utf-8", errors="replace")):
            text = re.sub(r"<[^>]*>|\\n|\$\{?\w+\}?|#\w+|\{[^}]*\}", " ", max(found, key=len))
            text = spaced(text).replace('\\"', '"')
            if plain(text) and not re.search(r"[=_/\\;]", text):
                yield from sentences(text)


def crawl(data: Path) -> Iterator[str]:
    """Descriptions of monsters, spells and places."""
    for file in sorted(data.glob("descript/*.txt")) + sorted(data.glob("database/*.txt")):
        yield from paragraphs(file.read_text(encoding="utf-8", errors="replace"))


def skies(share: Path) -> Iterator[str]:
    """Stellarium's descriptions of sky cultures and landscapes."""
    tags = re.compile(r"(?s)<(?:p|li|h\d)\b[^>]*>(.*?)</")
    for file in sorted(share.glob("**/description.en.utf8")):
        for inner in tags.findall(file.read_text(encoding="utf-8", errors="replace")):
            yield from sentences(spaced(html.unescape(re.sub(r"<[^>]+>", "", inner))))


_BLOCK = re.compile(
    r'(?s)<(?:p|li|dd|h[1-4]|div class="block")\b[^>]*>(.*?)</(?:p|li|dd|h[1-4]|div)>'
)


def manuals(files: Iterable[Path]) -> Iterator[str]:
    """What stands in plain words in HTML documentation."""
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace")
        text = re.sub(r"(?s)<(script|style|pre)\b.*?</\1>", " ", text)
        for inner in _BLOCK.findall(text):
            paragraph = spaced(html.unescape(re.sub(r"<[^>]+>", "", inner)))
            if len(paragraph) > 25 and plain(paragraph):
                yield from sentences(paragraph)
