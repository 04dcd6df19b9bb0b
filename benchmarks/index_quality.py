"""How well does an index find, by vectors, by words, and by both?

    python benchmarks/index_quality.py FOLDER_OF_SETS

nDCG@10 on the retrieval sets of a folder in the layout of `docs/evaluate.md`, for the shipped
models, with several shares of the vectors in a hybrid score.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import machine

from wordllama import WordLlama, evaluate
from wordllama.evaluate import Searched
from wordllama.search import WEIGHT

RESULTS = Path(__file__).parent / "results" / "index_quality"
WEIGHTS = (0.3, 0.35, 0.4, WEIGHT, 0.5, 0.55, 0.6)


def main() -> None:
    searched: dict[str, Searched] = {}
    for name in ("l2_words", "l2_supercat"):
        model = WordLlama.load(name)
        searched |= {f"{name}, {mode}": Searched(model, mode) for mode in ("vector", "keyword")}
        searched |= {f"{name}, hybrid {w:g}": Searched(model, "hybrid", w) for w in WEIGHTS}
    results = evaluate.run(searched, sys.argv[1], resamples=0)
    rows = {
        model.model: {name: round(score.value, 2) for name, score in model.sets.items()}
        for model in results.models
    }
    RESULTS.with_suffix(".json").write_text(
        json.dumps({"machine": machine.describe(), "ndcg": rows}, indent=1) + "\n"
    )
    RESULTS.with_suffix(".md").write_text(page(rows, [each.name for each in results.sets]))


def page(rows: dict[str, dict[str, float]], names: list[str]) -> str:
    lines = [
        "# How well does an index find?\n",
        "Written by `python benchmarks/index_quality.py FOLDER_OF_SETS`. nDCG@10. The number "
        f"behind `hybrid` is the share of the vectors; {WEIGHT} is the default.\n",
        f"| | {' | '.join(names)} |",
        f"| --- |{' ---: |' * len(names)}",
    ]
    for name, row in rows.items():
        lines.append(f"| {name} | {' | '.join(f'{row[task]:.2f}' for task in names)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
