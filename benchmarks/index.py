"""How long does it take to keep a million texts, and to find some of them again?

Pairs of WordNet's glosses, 256 dimensions (`l2_words`), queries of eight words. Beside our index,
each peer in an environment of its own: LanceDB, Chroma, sqlite-vec with FTS5, bm25s, tantivy. Peers
are given the vectors that ours makes itself. Run:

    python benchmarks/index.py [COUNT [SYSTEM ...]]
    python benchmarks/index.py 10000000 "wordllama, 64 dimensions"
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import machine
import numpy as np
import peers
import texts as corpora

from wordllama import WordLlama

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "index.json"
PEERS = {
    "LanceDB": ("lancedb==0.40.*", "pyarrow", "numpy<2.5", "pandas"),
    "Chroma": ("chromadb", "numpy<2.5"),
    "sqlite-vec and FTS5": ("sqlite-vec", "pysqlite3-binary", "numpy<2.5"),
    "bm25s": ("bm25s", "PyStemmer", "numpy<2.5"),
    "tantivy": ("tantivy", "numpy<2.5"),
}
SYSTEMS = ("wordllama", "wordllama, in memory", *PEERS)
SMALL = "wordllama, 64 dimensions"
"""Its recall is against its own exact search; all vectors need no memory before it."""
QUERIES, WIDTH = 200, 256
COLUMNS = {
    "build_s": "build, s",
    "open_s": "open, s",
    "hybrid": "hybrid, ms",
    "vector": "vectors, ms",
    "keyword": "keywords, ms",
    "filtered": "hybrid, 1 % kept, ms",
    "recall": "recall@10",
    "add_ms": "add one, ms",
    "file_mb": "file, MB",
    "peak_mb": "memory at most, MB",
    "held_mb": "at the end, MB",
}


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    systems = sys.argv[2:] or SYSTEMS
    report = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    rows = report.setdefault(f"{count}", {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(count, folder, with_vectors=any(system != SMALL for system in systems))
        for system in systems:
            python = peers.python(*PEERS[system]) if system in PEERS else Path(sys.executable)
            command = [str(python), str(HERE / "index_child.py"), system, name]
            subprocess.run(command, check=True)
            rows[system] = json.loads((folder / "out.json").read_text())
            print(system, rows[system], flush=True)
            report["machine"] = machine.describe()
            RESULTS.write_text(json.dumps(report, indent=1) + "\n")
            RESULTS.with_suffix(".md").write_text(page(report))


def prepare(count: int, folder: Path, with_vectors: bool) -> None:
    """Queries; and the vectors of texts and queries, and the best 10 by all of them."""
    rng = random.Random(1)
    sample = rng.choices(list(islice(corpora.gloss_pairs(count), 1_000_000)), k=2000)
    long = (text.replace(";", "").replace('"', "").split() for text in sample)
    queries = [" ".join(words[:8]) for words in long if len(words) >= 8][:QUERIES]
    best: list[list[int]] = []
    if with_vectors:
        model = WordLlama.load("l2_words")
        vectors = model.embed(list(corpora.gloss_pairs(count)), norm=True)
        asked = model.embed(queries, norm=True)
        best = [np.argpartition(-(vectors @ query), 10)[:10].tolist() for query in asked]
        vectors.tofile(folder / "vectors.f32")
        asked.tofile(folder / "queries.f32")
    given = {"count": count, "queries": queries, "best": best, "width": WIDTH}
    (folder / "in.json").write_text(json.dumps(given))


def page(report: dict[str, Any]) -> str:
    lines = [
        "# How fast is an index?\n",
        f"Written by `python benchmarks/index.py` ({machine.line()}). Pairs of WordNet's glosses, "
        "256 dimensions, queries of eight words, the best 10: median (99th percentile). Ours makes "
        "its vectors itself, within `build`; the others are given them. Recall: against all "
        f"vectors; of `{SMALL}` against its own. Memory: besides what the process held before, "
        "without the file's pages that the system caches. Empty: the system has no such thing.",
    ]
    for count in sorted((key for key in report if key.isdigit()), key=int):
        lines += [f"\n{int(count):,} records\n", *table(report[count])]
    return "\n".join(lines) + "\n"


def table(rows: dict[str, Any], columns: dict[str, str] = COLUMNS) -> list[str]:
    lines = [f"| system | {' | '.join(columns.values())} |"]
    lines.append(f"| --- |{' ---: |' * len(columns)}")
    for system, row in rows.items():
        cells = [cell(row.get(name)) for name in columns]
        lines.append(f"| {system} | {' | '.join(cells)} |")
    return lines


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return f"{value[0]:.1f} ({value[1]:.1f})"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
