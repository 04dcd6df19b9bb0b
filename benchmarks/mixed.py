"""100 MB of mixed text: paragraphs of Debian's documentation packages, made once and kept.

The handbook comes in more than twenty languages, so not all of it is English, or even Latin.
"""

from __future__ import annotations

import html
import random
import re
import subprocess
from collections.abc import Iterator

import peers

PACKAGES = ("anarchism", "bible-kjv-text", "debian-handbook", "debian-reference-en", "linux-doc",
            "postgresql-doc-15", "python3.11-doc")  # fmt: skip
SIZE = 100_000_000
BLOCKS = re.compile(r"</?(?:p|div|li|td|tr|dd|dt|h\d|br|pre|section)\b[^>]*>|\n\s*\n", re.I)
HIDDEN = re.compile(r"<(script|style|head)\b.*?</\1>", re.I | re.S)
TAG = re.compile(r"<[^>]+>")


def paragraphs() -> list[str]:
    """Paragraphs of 20 characters and more, in an order that is random but always the same."""
    file = peers.HOME / "mixed.txt"
    if not file.exists():
        found = list(dict.fromkeys(_all()))
        random.Random(0).shuffle(found)
        size, chosen = 0, []
        for text in found:
            size += len(text.encode())
            if size > SIZE:
                break
            chosen.append(text)
        file.write_text("\n".join(chosen))
    return file.read_text().split("\n")


def queries(n: int = 1_000_000) -> list[str]:
    """Short queries: two to eight words in a row from a paragraph."""
    generator = random.Random(1)
    texts = [words for text in paragraphs() if len(words := text.split()) > 8]
    made = []
    for _ in range(n):
        words = generator.choice(texts)
        start = generator.randrange(len(words) - 8)
        made.append(" ".join(words[start : start + generator.randint(2, 8)]))
    return made


def _all() -> Iterator[str]:
    folder = peers.HOME / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        subprocess.run(["apt-get", "download", "-qq", _real_name(package)], cwd=folder, check=True)
    for package in sorted(folder.glob("*.deb")):
        root = package.with_suffix("")
        subprocess.run(["dpkg-deb", "-x", package, root], check=True)
        for file in sorted(root.rglob("*")):
            if file.suffix in (".html", ".htm", ".txt", ".rawtxt") and file.is_file():
                yield from _paragraphs_of(file.read_text("utf-8", "replace"), file.suffix)


def _real_name(package: str) -> str:
    """The package that a metapackage stands for."""
    shown = subprocess.run(["apt-cache", "depends", package], capture_output=True, text=True)
    real = re.search(rf"Depends: ({package}-[\d.]+)", shown.stdout)
    return real[1] if real else package


def _paragraphs_of(text: str, suffix: str) -> Iterator[str]:
    is_html = suffix.startswith(".htm")
    for block in BLOCKS.split(HIDDEN.sub(" ", text)) if is_html else re.split(r"\n\s*\n", text):
        plain = html.unescape(TAG.sub("", block)) if is_html else block
        line = " ".join(plain.split()) if is_html else plain.strip().replace("\n", " ")
        if len(line) >= 20:
            yield line


if __name__ == "__main__":
    texts = paragraphs()
    print(f"{len(texts):,} paragraphs, {sum(len(t.encode()) for t in texts):,} bytes")
