"""Real texts to measure on, from Debian's packages (wordnet-base, fortunes)."""

from __future__ import annotations

import gzip
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

WORDNET = Path("/usr/share/wordnet")
FORTUNES = Path("/usr/share/games/fortunes")
DOCUMENTS = ("/usr/share/common-licenses", "/usr/share/doc")


def glosses() -> list[str]:
    """The 117,659 glosses of WordNet 3.0 (package wordnet-base)."""
    files = [WORDNET / f"data.{kind}" for kind in ("noun", "verb", "adj", "adv")]
    _need(files[0], "wordnet-base")
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    return [line.split(" | ", 1)[1].strip() for line in lines if not line.startswith("  ")]


def gloss_pairs(count: int) -> Iterator[str]:
    """Two glosses each, drawn at random, the same each time."""
    rng, known = random.Random(0), glosses()
    return (f"{rng.choice(known)}; {rng.choice(known)}" for _ in range(count))


def fortunes() -> list[str]:
    """The fortunes of package fortunes."""
    _need(FORTUNES / "art", "fortunes")
    files = (file for file in sorted(FORTUNES.iterdir()) if not file.suffix and file.is_file())
    return [text for file in files for text in re.split(r"\n%\n", file.read_text("utf-8")) if text]


def documents() -> list[str]:
    """Whole documents: licences, changelogs and READMEs of the packages that are installed."""
    found = []
    for folder in DOCUMENTS:
        for file in sorted(Path(folder).rglob("*")):
            if not file.is_file() or file.is_symlink():
                continue
            raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
            if 2000 <= len(raw) <= 200_000 and b"\0" not in raw:
                found.append(raw.decode("utf-8", "replace"))
    return list(dict.fromkeys(found))


def _need(file: Path, package: str) -> None:
    if not file.exists():
        sys.exit(f"{file} is missing; run: apt-get install {package}")
