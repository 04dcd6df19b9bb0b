"""Do chunks end where documents do? Documents run together without a mark, their borders known.

Each case is 40 documents of 600 to 2,500 characters in a row, white space evened out. Pk (Beeferman
et al. 1999) and WindowDiff (Pevzner & Hearst 2002) over characters, with a window of half the mean
document; lower is better, and cutting nowhere or at random gives about 0.5. Documents are the
sections of Python's manual and, where a file is named, the "text" of its JSON lines (the figures
committed are of SciFact's abstracts, on which the price of a cut was chosen; the manual was not
looked at).

    python benchmarks/split_quality.py [corpus.jsonl]
"""

from __future__ import annotations

import json
import pydoc_data.topics
import random
import re
import sys
import tempfile
from itertools import accumulate
from pathlib import Path
from statistics import mean

import machine
import numpy as np
from split import RESULTS, run

from wordllama import WordLlama

CASES, DOCUMENTS, LIMIT, TOKENS = 12, 40, 2000, 512
SPLITTERS = {
    "wordllama chunks topics": LIMIT,
    "wordllama chunks": LIMIT,
    "wordllama split": LIMIT,
    "wordllama 0.4 split": LIMIT,
    "semchunk characters": LIMIT,
    "semantic-text-splitter characters": LIMIT,
    "chonkie recursive": LIMIT,
    "chonkie semantic": TOKENS,
}


def manual() -> list[str]:
    sections = []
    for topic in pydoc_data.topics.topics.values():
        sections += re.split(r"\n\n(?=[^\n]+\n(?:=+|-+|\*+)\n)", topic)
    return sections


def cases(documents: list[str]) -> list[tuple[str, list[int]]]:
    """(text, borders) of documents in a row."""
    evened = [" ".join(document.split()) for document in documents]
    usable = [document for document in evened if 600 < len(document) < 2500]
    made = []
    for seed in range(CASES):
        drawn = random.Random(seed).sample(usable, DOCUMENTS)
        borders = list(accumulate(len(document) + 1 for document in drawn))[:-1]
        made.append((" ".join(drawn), borders))
    return made


def errors(length: int, true: list[int], found: list[int]) -> tuple[float, float]:
    """(Pk, WindowDiff)."""
    window = round(length / (len(true) + 1) / 2)
    within = []
    for borders in (true, found):
        marks = np.zeros(length, int)
        marks[borders] = 1
        counts = np.cumsum(marks)
        within.append(counts[window:] - counts[:-window])
    pk = np.mean((within[0] == 0) != (within[1] == 0))
    return float(pk), float(np.mean(within[0] != within[1]))


def score(name: str, made: list[tuple[str, list[int]]], model: str, folder: Path) -> dict:
    print(name, file=sys.stderr)
    paths = []
    for number, (text, _) in enumerate(made):
        paths.append(folder / f"{number}.txt")
        paths[-1].write_text(text, "utf-8")
    results = run(name, paths, SPLITTERS[name], 1, model)
    pairs, cuts = [], []
    for (text, true), result in zip(made, results, strict=True):
        found = [start for start, _ in result["spans"] if 0 < start < len(text)]
        pairs.append(errors(len(text), true, found))
        cuts.append(len(found))
    pk, difference = (mean(each) for each in zip(*pairs, strict=True))
    return {"splitter": name, "Pk": pk, "WindowDiff": difference, "cuts": mean(cuts)}


def main() -> None:
    sets = {"Python's manual": manual()}
    if len(sys.argv) > 1:
        lines = Path(sys.argv[1]).read_text("utf-8").splitlines()
        sets["abstracts"] = [json.loads(line)["text"] for line in lines]
    report: dict = {"machine": machine.describe()}
    parts = [machine.line()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        WordLlama.load().save(folder / "model")
        for title, documents in sets.items():
            made = cases(documents)
            rows = [score(each, made, str(folder / "model"), folder) for each in SPLITTERS]
            report[title] = rows
            lines = [
                f"| {title} | Pk | WindowDiff | cuts (of {DOCUMENTS - 1}) |",
                "|" + " --- |" * 4,
            ]
            lines += [
                f"| {row['splitter']} | {row['Pk']:.3f} | {row['WindowDiff']:.3f} "
                f"| {row['cuts']:.1f} |"
                for row in rows
            ]
            parts.append("\n".join(lines))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "split_quality.json").write_text(json.dumps(report, indent=1) + "\n")
    (RESULTS / "split_quality.md").write_text("\n\n".join(parts) + "\n")
    print("\n\n".join(parts))


if __name__ == "__main__":
    main()
