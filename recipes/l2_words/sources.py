"""English out of Debian packages: dictionaries, manuals, descriptions, as sentences or short runs.

Each function yields texts in the order they lie in the package's files.
"""

from __future__ import annotations

import csv
import gzip
import html
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

_SENTENCE_END = re.compile(r'(?<=[.!?]) +(?=[A-Z"(])')


def spaced(text: str) -> str:
    """The text with single spaces."""
    return re.sub(r"\s+", " ", text).strip()


def sentences(paragraph: str, limit: int = 200) -> Iterator[str]:
    """Whole sentences, joined as long as they stay within `limit` characters."""
    run = ""
    for sentence in _SENTENCE_END.split(paragraph):
        if run and len(run) + len(sentence) > limit:
            yield run
            run = sentence
        else:
            run = f"{run} {sentence}" if run else sentence
    if run:
        yield run


def wordnet(share: Path) -> list[tuple[list[str], str, list[str]]]:
    """(lemmas, gloss, examples) of each synset."""
    found = []
    for part in ("noun", "verb", "adj", "adv"):
        file = share / "wordnet" / f"data.{part}"
        for line in file.open(encoding="utf-8", errors="replace"):
            if line.startswith("  "):
                continue
            head, gloss = line.split(" | ", 1)
            fields = head.split()
            names = [fields[4 + 2 * i] for i in range(int(fields[3], 16))]
            lemmas = [re.sub(r"\(.*\)$", "", name).replace("_", " ") for name in names]
            examples = re.findall(r'"([^"]+)"', gloss.strip())
            bare = spaced(re.sub(r';?\s*"[^"]*"?', "", gloss.strip())).strip("; ")
            found.append((lemmas, bare, examples))
    return found


def gcide(share: Path) -> Iterator[str]:
    """Definitions of the GNU Collaborative International Dictionary of English."""
    for paragraph in _paragraphs(share / "dictd" / "gcide.dict.dz"):
        body = paragraph
        if paragraph[:1] not in (" ", "\n", ""):
            body = paragraph.split("\n", 1)[1] if "\n" in paragraph else ""
        body = re.sub(r"\[[^\]]*\]", "", body)
        body = re.sub(r"--[A-Z][\w. ]+\.?\s*$", "", body.strip())
        body = spaced(re.sub(r"[{}]", "", body))
        body = re.sub(r"^(\d+|\([a-z]\))\.?\s*", "", body)
        body = re.sub(r"\s*(Syn|Note):.*", "", body)
        if len(body) > 15:
            yield from sentences(body)


def dictionary(share: Path, name: str) -> Iterator[str]:
    """Entries of a dictionary in dictd's format (foldoc, jargon, devil)."""
    for paragraph in _paragraphs(share / "dictd" / f"{name}.dict.dz"):
        if paragraph[:1] not in (" ", "\n", "") and len(paragraph) < 60:
            continue
        body = spaced(re.sub(r"[{}]", "", paragraph))
        body = re.sub(r"^<[^>]*>\s*", "", body)
        body = re.sub(r"\(https?:[^)]*\)\.?", "", body)
        dated = re.fullmatch(r"\(\d{4}-\d\d-\d\d\)", body)
        if dated or len(body) < 20 or sum(c.isalpha() for c in body) < 0.6 * len(body):
            continue
        yield from sentences(body)


def _paragraphs(file: Path) -> list[str]:
    with gzip.open(file, "rt", encoding="utf-8", errors="replace") as text:
        return re.split(r"\n\s*\n", text.read())


def descriptions(lists: Path) -> list[tuple[str, list[str]]]:
    """(short, paragraphs of the long one) of each package description."""
    found = []
    for file in sorted(lists.glob("*Translation-en.lz4"), key=lambda path: path.name):
        raw = subprocess.run(["lz4cat", str(file)], capture_output=True, check=True).stdout
        for stanza in raw.decode("utf-8", "replace").split("\n\n"):
            match = re.search(r"Description-en: (.*)\n((?: .*\n?)*)", stanza)
            if match:
                paragraphs = [spaced(p) for p in re.split(r"\n \.\n", match.group(2))]
                found.append((match.group(1).strip(), [p for p in paragraphs if p]))
    return found


def markdown(folder: Path) -> Iterator[str]:
    """Paragraphs of a folder of (compressed) Markdown files."""
    for file in sorted(folder.glob("*")):
        raw = file.read_bytes()
        text = (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode("utf-8", "replace")
        text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text.replace("\r\n", "\n"))
        text = re.sub(r"[*_#>`]+", "", text)
        for paragraph in map(spaced, re.split(r"\n\s*\n", text)):
            if len(paragraph) > 30:
                yield from sentences(paragraph)


def pages(files: Iterable[Path], tags: str = "p|h[1-4]|li|dd", shortest: int = 25) -> Iterator[str]:
    """What stands in these elements of HTML or XML files."""
    element = re.compile(rf"(?s)<(?:{tags})\b[^>]*>(.*?)</(?:{tags})>")
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace")
        if shortest == 25:
            text = re.sub(r"(?s)<(script|style|pre)\b.*?</\1>", " ", text)
        for inner in element.findall(text):
            paragraph = spaced(html.unescape(re.sub(r"<[^>]+>", "", inner)))
            if len(paragraph) > shortest:
                yield from sentences(paragraph)


def manuals(files: Iterable[Path]) -> Iterator[str]:
    """Paragraphs of manual pages in roff's man macros."""
    breaks = re.compile(r"\n(?:\.(?:PP|P|LP|IP|TP|SH|SS|br)\b[^\n]*\n)")
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8", errors="replace") as text:
            parts = breaks.split(text.read())
        for part in parts:
            if re.search(r"^\.(EX|nf|TS)", part, re.MULTILINE):
                continue
            lines = [line for line in part.split("\n") if not line.startswith(('.\\"', "'\\"))]
            body = "\n".join(re.sub(r"^\.[A-Z]{1,2} ", "", line) for line in lines)
            body = re.sub(r"\\f[BIRP]|\\&", "", body).replace("\\-", "-").replace('"', "")
            body = spaced(body)
            if 40 < len(body) < 1500 and "\\" not in body:
                yield from sentences(body)


def fortunes(share: Path) -> Iterator[str]:
    """Sayings, without who said them."""
    for file in sorted((share / "games" / "fortunes").glob("*")):
        if file.suffix in (".dat", ".u8") or "art" in file.name:
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        for saying in text.split("\n%\n"):
            bare = spaced(re.sub(r"\n\s*-- .*", "", re.sub(r"\x08.", "", saying), flags=re.DOTALL))
            if len(bare) > 15:
                yield from sentences(bare, 250)


def questions(file: Path) -> Iterator[str]:
    """The questions of OpenTriviaQA's table."""
    with file.open(encoding="utf-8", errors="replace", newline="\n") as table:
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield row["question"]
