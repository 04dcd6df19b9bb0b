"""Which near-duplicates does each system find, and what does it take for one? On edited copies.

The labelled set is made by `near_copies.py`. A copy that is dropped is right, an original that is
dropped is wrong. For each system: precision, recall and F1 at the threshold of best F1, and the
share of each kind of copy that it finds there. Run: `python benchmarks/dedup_quality.py`.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import dedup
import machine
import near_copies
import numpy as np

from wordllama import WordLlama

ORIGINALS, COPIES = 4000, 1000
THRESHOLDS = {
    "wordllama": (0.7, 0.75, 0.8, 0.85, 0.9, 0.95),
    "wordllama, fold": (0.7, 0.75, 0.8, 0.85, 0.9, 0.95),
    "wordllama binary": (0.4, 0.5, 0.6, 0.7, 0.8),
    "wordllama 0.4.0.post1": (0.7, 0.75, 0.8, 0.85, 0.9, 0.95),
    "semhash 0.5.0": (0.7, 0.75, 0.8, 0.85, 0.9, 0.95),
    "datasketch": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
    "rensa": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
}


def main() -> None:
    labelled = near_copies.labelled(ORIGINALS, COPIES)
    texts = [each.text for each in labelled]
    copy = np.array([each.original >= 0 for each in labelled])
    edits = np.array([each.edit for each in labelled])
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        WordLlama.load().save(Path(folder) / "model")
        for system, thresholds in THRESHOLDS.items():
            for threshold in thresholds:
                found = dedup.run(system, texts, threshold, Path(folder))
                rows.append(scored(system, threshold, found["duplicates"], copy, edits))
    report = {"machine": machine.describe(), "originals": ORIGINALS, "copies": COPIES, "rows": rows}
    results = Path(__file__).parent / "results"
    (results / "dedup_quality.json").write_text(json.dumps(report, indent=1) + "\n")
    best = [max((r for r in rows if r["system"] == s), key=lambda r: r["f1"]) for s in THRESHOLDS]
    kinds = list(near_copies.EDITS)
    lines = [
        f"| system | threshold | precision | recall | F1 | {' | '.join(kinds)} |",
        "| --- " * (5 + len(kinds)) + "|",
    ]
    for row in best:
        found = " | ".join(f"{row['found'][kind]:.2f}" for kind in kinds)
        lines.append(
            f"| {row['system']} | {row['threshold']} | {row['precision']:.3f} "
            f"| {row['recall']:.3f} | {row['f1']:.3f} | {found} |"
        )
    table = "\n".join(lines)
    (results / "dedup_quality.md").write_text(
        f"{ORIGINALS:,} glosses, {COPIES:,} edited copies (see `near_copies.py`); each system at "
        "its threshold of best F1; the right half: share of each kind of copy that is found.\n\n"
        f"{table}\n"
    )
    print(table)


def scored(system: str, threshold: float, found: list[int], copy: Any, edits: Any) -> Any:
    gone = np.zeros(len(copy), bool)
    gone[found] = True
    right = int((gone & copy).sum())
    precision, recall = right / max(1, int(gone.sum())), right / int(copy.sum())
    return {
        "system": system,
        "threshold": threshold,
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(1e-9, precision + recall),
        "found": {kind: float(gone[edits == kind].mean()) for kind in near_copies.EDITS},
    }


if __name__ == "__main__":
    main()
