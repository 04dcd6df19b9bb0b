"""How long does `wl.topk` take for the best 10 of a million vectors of 256 dimensions?

The search is exact, by cosine, of vectors of any length. Beside a plain matrix-vector product,
usearch's exact search and FAISS's flat indexes, one query at
a time and 64 at once. Run: `python benchmarks/topk.py` (3 GB of memory).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import machine
import peers

HERE = Path(__file__).parent
KINDS = ("float32", "int8", "binary")


def main() -> None:
    interpreter = peers.python("faiss-cpu", "usearch", "numpy<2.5")
    rows: dict[str, dict[str, float]] = {}
    for kind in KINDS:
        for python in (sys.executable, str(interpreter)):
            command = [python, str(HERE / "topk_child.py"), kind]
            done = subprocess.run(
                command, env=os.environ, check=True, stdout=subprocess.PIPE, text=True
            )
            rows |= json.loads(done.stdout)
    lines = [f"{machine.line()}", "", "| 1,000,000 x 256, best 10 | 1 query, ms | 64 queries, ms |"]
    lines += ["| --- | --- | --- |"]
    for name, times in rows.items():
        lines.append(f"| {name} | {times['1']:.1f} | {times['64']:.0f} |")
    report = {"machine": machine.describe(), "milliseconds": rows}
    (HERE / "results" / "topk.json").write_text(json.dumps(report, indent=1) + "\n")
    (HERE / "results" / "topk.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
