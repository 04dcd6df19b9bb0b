"""Where do sentences end? On sentences in 30 languages written for this project, beside peers.

The set is tests/data/sentences.txt. The rules here were made with it in sight, the peers' were not:
read it as what each can do, not as what it does on texts unseen. A segmenter that knows a language
is told which; where it does not, English is assumed. Speed is on 300,000 characters of fortunes.
It is the first set: the second, of short forms (sentences_second.txt), is not measured here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import machine
import peers
from texts import fortunes

RESULTS = Path(__file__).parent / "results"
PEER = Path(__file__).with_name("sentences_peer.py")
SET = Path(__file__).parents[1] / "tests" / "data" / "sentences.txt"
PEERS = {
    "pysbd": ("pysbd==0.3.4",),
    "sentencex": ("sentencex==1.0.32",),
    "syntok": ("syntok==1.4.4",),
    "blingfire": ("blingfire==0.1.8", "numpy"),
    "uniseg": ("uniseg==0.10.1",),
    "sentence-splitter": ("sentence-splitter==1.4",),
    "nupunkt": ("nupunkt==0.8.0",),
}
NOTES = {"uniseg": "uniseg (UAX 29)"}


def golden() -> list[tuple[str, list[str]]]:
    """Languages and sentences."""
    lines = [line for line in SET.read_text("utf-8").split("\n") if line and line[0] != "#"]
    rows = [line.split("\t", 1) for line in lines]
    return [(language, text.split("¦")) for language, text in rows]


def ends(sentences: list[str]) -> set[int]:
    """Visible characters before each border inside a text."""
    total, found = 0, set()
    for sentence in sentences:
        total += len("".join(sentence.replace("\u200b", "").split()))
        found.add(total)
    return found - {0, total}


def run(name: str, texts: list[tuple[str, str]], long: str) -> dict:
    interpreter = peers.python(*PEERS[name]) if name in PEERS else Path(sys.executable)
    job = {"segmenter": name, "texts": texts, "long": long}
    done = subprocess.run(
        [interpreter, PEER],
        input=json.dumps(job),
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return json.loads(done.stdout)


def row(name: str, rows: list[tuple[str, list[str]]], long: str) -> dict:
    found = run(name, [(language, "".join(parts)) for language, parts in rows], long)
    right, hits, false, missed = defaultdict(list), 0, 0, 0
    for (language, parts), sentences in zip(rows, found["sentences"], strict=True):
        expected, seen = ends(parts), ends(sentences)
        right[language].append(expected == seen)
        hits += len(expected & seen)
        false += len(seen - expected)
        missed += len(expected - seen)
    texts = [each for language in right.values() for each in language]
    return {
        "segmenter": name,
        "right": sum(texts),
        "texts": len(texts),
        "precision": hits / (hits + false),
        "recall": hits / (hits + missed),
        "MB/s": len(long) / 1e6 / found["seconds"],
        "languages": {language: [sum(each), len(each)] for language, each in right.items()},
    }


def table(rows: list[dict]) -> str:
    named = ("en", "de", "fr", "es", "ru")
    lines = [
        f"| segmenter | texts right | false ends | ends missed | {' | '.join(named)} | MB/s |",
        "| --- " * (5 + len(named)) + "|",
    ]
    for each in rows:
        counts = " | ".join("{}/{}".format(*each["languages"][name]) for name in named)
        lines.append(
            f"| {NOTES.get(each['segmenter'], each['segmenter'])} "
            f"| {each['right']} of {each['texts']} | {1 - each['precision']:.1%} "
            f"| {1 - each['recall']:.1%} | {counts} | {each['MB/s']:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    long = "\n\n".join(fortunes())[:300_000]
    rows = [row(name, golden(), long) for name in ("wordllama", *PEERS)]
    RESULTS.mkdir(exist_ok=True)
    report = {"machine": machine.describe(), "segmenters": rows}
    (RESULTS / "sentences.json").write_text(json.dumps(report, indent=1) + "\n")
    text = "\n\n".join([machine.line(), table(rows), (__doc__ or "").partition("\n\n")[2].strip()])
    (RESULTS / "sentences.md").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
