"""How long until the first vector, how fast is the plain twin, how much memory does it take?

Run: `python benchmarks/start.py` (Debian's wordnet-base is needed). Each figure is the median of
fresh processes, the published package's beside ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import machine
import peers
import texts

RESULTS = Path(__file__).parent / "results"
IMPORTS = """
import time; start = time.perf_counter()
{}
print(time.perf_counter() - start)
"""
BARE = IMPORTS.format("import numpy, tokenizers")
LOAD = IMPORTS.format("from wordllama import WordLlama; WordLlama.load()")
COLD = """
import sys, time
from pathlib import Path
from wordllama import WordLlama
texts = Path(sys.argv[1]).read_text().split("\\n")
wl = WordLlama.load()
start = time.perf_counter(); wl.embed(texts); print(time.perf_counter() - start)
"""
MEMORY = """
import resource, sys
from wordllama import WordLlama
wl = WordLlama.load()
words = open(sys.argv[1]).read().split()
texts = [" ".join(words[i % 100000 : i % 100000 + 400]) for i in range(0, 50000 * 7, 7)]
wl.embed(texts[:100])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
size = wl.embed(texts).nbytes
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 - size / 2**20)
"""


def main() -> None:
    glosses = RESULTS.parent / "glosses.tmp"
    glosses.write_text("\n".join(texts.glosses()))
    try:
        figures = measure(str(glosses))
    finally:
        glosses.unlink()
    rows = [f"| {name} | {ours} | {theirs} |" for name, (ours, theirs) in figures.items()]
    table = "\n".join(["| | wordllama here | wordllama 0.4 |", "| --- | --- | --- |", *rows])
    RESULTS.mkdir(exist_ok=True)
    report = {"machine": machine.describe(), "figures": figures}
    (RESULTS / "start.json").write_text(json.dumps(report, indent=1) + "\n")
    (RESULTS / "start.md").write_text(f"{machine.line()}\n\n{table}\n")
    print(table)


def measure(glosses: str) -> dict[str, tuple[str, str]]:
    interpreter, environment = peers.published()
    here, there = (Path(sys.executable), dict(os.environ)), (interpreter, environment)
    twin = (here[0], here[1] | {"WORDLLAMA_KERNEL": "reference"})
    pairs = [(seconds(here, BARE), seconds(here, LOAD), seconds(there, LOAD)) for _ in range(15)]
    bare, ours, theirs = (median(each) * 1000 for each in zip(*pairs, strict=True))
    n = len(texts.glosses())
    cold = [(seconds(twin, COLD, glosses), seconds(there, COLD, glosses)) for _ in range(3)]
    slow, published = (median(each) for each in zip(*cold, strict=True))
    return {
        "import and load, ms": (f"{ours:.0f}", f"{theirs:.0f}"),
        "above bare numpy and tokenizers, ms": (f"{ours - bare:.0f}", f"{theirs - bare:.0f}"),
        "NumPy twin, first call on 117,659 glosses, texts/s": (
            f"{n / slow:,.0f} ({published / slow:.1f}x)",
            f"{n / published:,.0f}",
        ),
        "memory beside the output, 50,000 texts of 400 words, MB": (
            f"{seconds(here, MEMORY, glosses):.0f} (twin: {seconds(twin, MEMORY, glosses):.0f})",
            "not run (see its issue 17: 11,000 and more)",
        ),
    }


def seconds(where: tuple[Path, dict[str, str]], script: str, *arguments: str) -> float:
    """What the script prints, run in a fresh process."""
    command = [str(where[0]), "-c", script, *arguments]
    done = subprocess.run(command, env=where[1], check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout)


if __name__ == "__main__":
    main()
