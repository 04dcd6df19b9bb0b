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
from wordllama.evaluate.metrics import ndcg
from wordllama.evaluate.tasks import Retrieval
from wordllama.index import Index
from wordllama.search import WEIGHT, Mode

RESULTS = Path(__file__).parent / "results" / "index_quality"
WEIGHTS = (0.3, 0.35, 0.4, WEIGHT, 0.5, 0.55, 0.6)


def main() -> None:
    tasks = [task for task in evaluate.read_tasks(sys.argv[1]) if isinstance(task, Retrieval)]
    rows: dict[str, dict[str, float]] = {}
    for name in ("l2_words", "l2_supercat"):
        for task in tasks:
            index = WordLlama.load(name).index()
            index.add(task.documents)
            for mode in ("vector", "keyword"):
                rows.setdefault(f"{name}, {mode}", {})[task.name] = score(index, task, mode)
            for weight in WEIGHTS:
                row = rows.setdefault(f"{name}, hybrid {weight:g}", {})
                row[task.name] = score(index, task, "hybrid", weight)
    RESULTS.with_suffix(".json").write_text(
        json.dumps({"machine": machine.describe(), "ndcg": rows}, indent=1) + "\n"
    )
    RESULTS.with_suffix(".md").write_text(page(rows, [task.name for task in tasks]))


def score(index: Index, task: Retrieval, mode: Mode, weight: float = WEIGHT) -> float:
    """Mean nDCG@10 of the queries, times 100."""
    found = index.search(task.queries, 10, mode, weight=weight, operators=False)
    values = [
        ndcg([grades.get(int(id), 0.0) for id in hits.ids], list(grades.values()))
        for hits, grades in zip(found, task.grades, strict=True)
    ]
    return round(100 * sum(values) / len(values), 2)


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
