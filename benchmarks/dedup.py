"""How long does it take to deduplicate 100,000 and 1,000,000 texts, and is anything missed?

From texts to the list of duplicates, embedding included, each system in a process of its own.
Run: `python benchmarks/dedup.py 100000` for all systems, `... 1000000 wordllama rensa` for some.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import machine
import near_copies
import numpy as np
import peers
import texts as corpora

from wordllama import WordLlama
from wordllama.pairs import exact

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "dedup.json"
THRESHOLD = {"datasketch": 0.7, "rensa": 0.7}
PEERS = {
    "semhash 0.5.0": ("semhash==0.5.0",),
    "datasketch": ("datasketch==2.0.0",),
    "rensa": ("rensa==0.5.0",),
}
SYSTEMS = (
    "wordllama",
    "wordllama find_duplicates",
    "wordllama binary",
    "wordllama 0.4.0.post1",
    "semhash 0.5.0",
    "datasketch",
    "rensa",
)
CHECKED = 20_000  # texts whose duplicates are looked for among all, exactly


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    systems = sys.argv[2:] or SYSTEMS
    texts = corpora.glosses()[:count] if count <= 100_000 else near_copies.many(count)
    report = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    rows = report.setdefault(f"{count}", {})
    truth = Truth(texts)
    with tempfile.TemporaryDirectory() as folder:
        WordLlama.load().save(Path(folder) / "model")
        for system in systems:
            found = run(system, texts, THRESHOLD.get(system, 0.9), Path(folder))
            rows[system] = {
                "seconds": round(found["seconds"], 2),
                "peak_mib": round(found["peak_mib"]),
                "duplicates": len(found["duplicates"]),
                **(truth.compare(found["duplicates"]) if system in VECTORS else {}),
            }
            print(system, rows[system], flush=True)
            report["machine"] = machine.describe()
            RESULTS.write_text(json.dumps(report, indent=1) + "\n")
            RESULTS.with_suffix(".md").write_text(page(report))


VECTORS = ("wordllama", "wordllama 0.4.0.post1", "semhash 0.5.0")
"""Systems that compare vectors and drop what is like any earlier text, kept or not."""


class Truth:
    """Which of some of the texts repeat an earlier one by all pairs of the same vectors."""

    def __init__(self, texts: list[str]) -> None:
        vectors = WordLlama.load().embed(texts, norm=True)
        step = max(1, len(texts) // CHECKED)
        self.rows = np.arange(0, len(texts), step)
        self.duplicate = np.zeros(len(self.rows), bool)
        for found in exact.above(vectors[self.rows], 0.9, vectors):
            self.duplicate[found.left[found.right < self.rows[found.left]]] = True

    def compare(self, duplicates: list[int]) -> dict[str, float]:
        said = np.isin(self.rows, duplicates)
        right = int((said & self.duplicate).sum())
        return {
            "recall": right / int(self.duplicate.sum()),
            "precision": right / max(1, int(said.sum())),
            "checked": int(self.duplicate.sum()),
        }


def run(system: str, texts: list[str], threshold: float, folder: Path) -> Any:
    """What `dedup_system.py` gives in the system's own environment."""
    (folder / "texts.json").write_text(json.dumps(texts))
    interpreter, environment = Path(sys.executable), None
    if system == "wordllama 0.4.0.post1":
        interpreter, environment = peers.published()
    elif system in PEERS:
        interpreter = peers.python(*PEERS[system])
    command = [str(interpreter), str(HERE / "dedup_system.py"), system, str(folder), str(threshold)]
    subprocess.run(command, check=True, env=environment)
    return json.loads((folder / "out.json").read_text())


def page(report: dict[str, Any]) -> str:
    parts = [
        f"From texts to duplicates, embedding included ({machine.line()}). Threshold 0.9 (MinHash: "
        "0.7, 5-character shingles, 128 permutations). 100,000: WordNet glosses; 1,000,000: pairs "
        "of glosses, one in ten an edited copy (`near_copies.many`). Recall and precision: against "
        f"all pairs of the same vectors, for {CHECKED:,} of the texts.\n"
    ]
    for count in sorted((key for key in report if key.isdigit()), key=int):
        parts += [
            f"\n{int(count):,} texts\n",
            "| system | seconds | peak memory, MiB | duplicates | recall | precision |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for system, row in report[count].items():
            exact = [f"{row[name]:.4f}" if name in row else "" for name in ("recall", "precision")]
            parts.append(
                f"| {system} | {row['seconds']:.1f} | {row['peak_mib']:,} | {row['duplicates']:,} "
                f"| {exact[0]} | {exact[1]} |"
            )
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
