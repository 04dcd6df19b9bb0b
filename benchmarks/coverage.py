"""Which languages does a model read, and what tells so? `python benchmarks/coverage.py FOLDER`.

FOLDER holds `Tatoeba-xxx/dev.tsv` (a sentence of the language, its English translation) and
`STSb-xx/dev.tsv` (two sentences and a score), one folder a language. For each model and language:
the mean share of a sentence's vector that says nothing (`unread_shares`), how many sentences have
more than a half of it, how many of 500 different sentences a threshold of 0.9 would drop, without
and with the check, and the Spearman correlation on STS-Benchmark where there is a translation. For
each cutoff, over all languages: what would be dropped in the worst of them, and how many sentences
of the languages in which that does no harm would be left alone for nothing.
"""

from __future__ import annotations

import csv
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import machine
import numpy as np

from wordllama import WordLlama, coverage
from wordllama.coverage.languages import NAMES

MODELS = ("l2_supercat", "l2_words")
CUTOFFS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
THRESHOLD = 0.9
CODES = {
    "ara": "ar",
    "ces": "cs",
    "cmn": "zh",
    "deu": "de",
    "ell": "el",
    "eng": "en",
    "fra": "fr",
    "heb": "he",
    "hin": "hi",
    "ind": "id",
    "ita": "it",
    "jpn": "ja",
    "kor": "ko",
    "nld": "nl",
    "pes": "fa",
    "pol": "pl",
    "por": "pt",
    "ron": "ro",
    "rus": "ru",
    "spa": "es",
    "swe": "sv",
    "tur": "tr",
    "ukr": "uk",
    "vie": "vi",
}
"""Tatoeba's codes and STS-Benchmark's."""
HARMLESS = 0.02
"""Of sentences: so many are alike in a language that the model reads."""


def main() -> None:
    folder = Path(sys.argv[1])
    warnings.simplefilter("ignore", coverage.CoverageWarning)
    tatoeba = {
        file.parent.name[-3:]: pairs(file) for file in sorted(folder.glob("Tatoeba-*/dev.tsv"))
    }
    sentences = {language: [row[0] for row in rows] for language, rows in tatoeba.items()}
    sentences["eng"] = [row[1] for row in tatoeba["deu"]]
    rows = []
    for name in MODELS:
        model = WordLlama.load(name)
        for language, texts in sorted(sentences.items()):
            file = folder / f"STSb-{CODES[language]}" / "dev.tsv"
            sts = spearman(model, pairs(file)) if file.exists() else None
            row = {"model": name, "language": NAMES[CODES[language]], "sts": sts}
            rows.append(row | measured(model, texts))
    cost = [overhead(count) for count in (1000, 10_000, 100_000)]
    report = {"machine": machine.describe(), "rows": rows, "cutoffs": cutoffs(rows), "cost": cost}
    results = Path(__file__).parent / "results"
    (results / "coverage.json").write_text(json.dumps(report, indent=1) + "\n")
    text = written(report)
    (results / "coverage.md").write_text(text)
    print(text)


def pairs(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def measured(model: WordLlama, texts: list[str]) -> dict[str, Any]:
    shares = model.unread_shares(texts)
    unit = model.embed(texts, norm=True)
    alike = np.triu(unit @ unit.T > THRESHOLD, 1)

    def dropped(cutoff: float) -> float:
        read = shares <= cutoff
        return float((alike & read[:, None] & read).any(axis=0).mean())

    return {
        "sentences": len(texts),
        "share": float(shares.mean()),
        "dropped": {str(cutoff): dropped(cutoff) for cutoff in CUTOFFS},
        "unread": {str(cutoff): float((shares > cutoff).mean()) for cutoff in CUTOFFS},
    }


def spearman(model: WordLlama, rows: list[list[str]]) -> float:
    from scipy.stats import spearmanr

    a, b = (model.embed([row[side] for row in rows], norm=True) for side in (0, 1))
    return 100 * float(spearmanr((a * b).sum(axis=1), [float(row[2]) for row in rows])[0])


def cutoffs(rows: list[dict[str, Any]]) -> list[dict[str, float]]:
    read = [row for row in rows if row["dropped"]["1.0"] <= HARMLESS]
    return [
        {
            "cutoff": cutoff,
            "dropped at most": max(row["dropped"][str(cutoff)] for row in rows),
            "left for nothing": float(np.mean([row["unread"][str(cutoff)] for row in read])),
        }
        for cutoff in CUTOFFS
    ]


def overhead(count: int) -> dict[str, float]:
    """Milliseconds of a look at English texts, of embedding them, and of `topk`."""
    model = WordLlama.load()
    texts = [f"the weather of day {i % 977} in the town of {i}" for i in range(count)]

    def best(call: Callable[[], object]) -> float:
        times = []
        for _ in range(9):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        return 1000 * min(times)

    model.check = False
    look = best(lambda: coverage.look(model.encoder, texts))
    embed, topk = best(lambda: model.embed(texts)), best(lambda: model.topk("rain", texts))
    return {"texts": count, "look": look, "embed": embed, "topk": topk}


def written(report: dict[str, Any]) -> str:
    lines = [
        "Of each language 500 different sentences (Tatoeba). Share: of a sentence's vector that is",
        "made of bytes, unknown pieces or single letters, mean. Unread: sentences with more than",
        f"{coverage.UNREAD}. Dropped: by `deduplicate` at {THRESHOLD}, which goes by the vectors",
        "alone; checked: by `find_duplicates`. STS: Spearman x 100 on STS-Benchmark, translated.",
        "",
        "| model | language | share | unread | dropped | checked | STS |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    at = str(coverage.UNREAD)
    for row in sorted(report["rows"], key=lambda row: (row["model"], row["share"])):
        sts = "" if row["sts"] is None else f"{row['sts']:.1f}"
        lines.append(
            f"| {row['model']} | {row['language']} | {row['share']:.2f} | {row['unread'][at]:.0%} "
            f"| {row['dropped']['1.0']:.1%} | {row['dropped'][at]:.1%} | {sts} |"
        )
    lines += [
        "",
        f"The cutoff. Left for nothing: sentences that would not be compared, of the languages in "
        f"which at most {HARMLESS:.0%} are dropped without a check.",
        "",
        "| cutoff | dropped in the worst language | left for nothing |",
        "| ---: | ---: | ---: |",
    ]
    for row in report["cutoffs"]:
        lines.append(
            f"| {row['cutoff']} | {row['dropped at most']:.1%} | {row['left for nothing']:.1%} |"
        )
    lines += ["", "What a look at English texts costs, in milliseconds.", ""]
    lines += ["| texts | look | embed | topk |", "| ---: | ---: | ---: | ---: |"]
    for row in report["cost"]:
        figures = " | ".join(f"{row[name]:.3f}" for name in ("look", "embed", "topk"))
        lines.append(f"| {row['texts']:,} | {figures} |")
    return "\n".join([*lines, "", f"Measured on: {machine.line(report['machine'])}.", ""])


if __name__ == "__main__":
    main()
