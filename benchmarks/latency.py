"""How long does one call on one short text take, beside the published package?

Run: `python benchmarks/latency.py`. Medians of 15 rounds of 2,000 calls (published: 100).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import machine
import peers

RESULTS = Path(__file__).parent / "results"
CALLS = """
import sys, time
from statistics import median
from wordllama import WordLlama
wl = WordLlama.load(disable_download=True)
sentence = "the quick brown fox jumped over the lazy dog today"
other = "a slow red hen walked around the busy cat yesterday"
calls = {
    "embed(sentence)": lambda: wl.embed(sentence),
    "key(sentence)(other)": lambda: key(other),
    "similarity(sentence, other)": lambda: wl.similarity(sentence, other),
    "rank(sentence, 10 texts)": lambda: wl.rank(sentence, [other] * 10),
}
key = wl.key(sentence)
n = int(sys.argv[1])
for name, call in calls.items():
    times = []
    for _ in range(16):
        start = time.perf_counter()
        for _ in range(n):
            call()
        times.append((time.perf_counter() - start) / n * 1e6)
    print(name, median(times[1:]), sep="\\t")
"""


def measure(interpreter: str, environment: dict[str, str], calls: int) -> dict[str, float]:
    command = [interpreter, "-c", CALLS, str(calls)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    lines = (line.split("\t") for line in done.stdout.splitlines())
    return {name: float(microseconds) for name, microseconds in lines}


def main() -> None:
    interpreter, environment = peers.published()
    ours = measure(sys.executable, dict(os.environ), 2000)
    theirs = measure(str(interpreter), environment, 100)
    lines = [f"{machine.line()}", "", "| µs a call | wordllama here | wordllama 0.4 |"]
    lines += ["| --- | --- | --- |"]
    lines += [f"| {name} | {ours[name]:.1f} | {theirs[name]:.0f} |" for name in ours]
    report = {"machine": machine.describe(), "ours": ours, "published": theirs}
    (RESULTS / "latency.json").write_text(json.dumps(report, indent=1) + "\n")
    (RESULTS / "latency.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
