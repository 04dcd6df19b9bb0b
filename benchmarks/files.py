"""Do records stream in bounded memory, and how fast? `python benchmarks/files.py [memory|speed]`.

Commands run over a made corpus of short texts in each format, as processes of their own; their peak
memory is read from the system. Writes results/files.json and results/files.md.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import texts
from machine import describe

RESULTS = Path(__file__).parent / "results"
MEMORY_RECORDS = 10_000_000
SPEED_RECORDS = 500_000
RUNS = 3

MEMORY = {
    "embed, JSONL to Parquet, 64 dims": "embed in.jsonl out.parquet --dim 64",
    "filter, JSONL to JSONL": "filter 'a fast car' -f in.jsonl -o out.jsonl --score score",
    "topk of 100 queries, JSONL": "topk -q queries.txt -f in.jsonl -o out.jsonl",
}
SPEED = {
    "embed, JSONL to Parquet, 256 dims": "embed in.jsonl out.parquet",
    "embed, JSONL to npy, 256 dims": "embed in.jsonl out.npy",
    "embed, Parquet to Parquet, 256 dims": "embed in.parquet out2.parquet",
    "filter, text": "filter 'a fast car' -f in.txt -o out.txt",
    "filter, JSONL": "filter 'a fast car' -f in.jsonl -o out.jsonl",
    "filter, JSONL gzip": "filter 'a fast car' -f in.jsonl.gz -o out.jsonl",
    "filter, CSV": "filter 'a fast car' -f in.csv -o out.csv",
    "filter, Parquet": "filter 'a fast car' -f in.parquet -o out.parquet",
    "filter, Arrow": "filter 'a fast car' -f in.arrow -o out.arrow",
}


def apart(step: str, folder: Path, *more: str) -> None:
    """A step in a process of its own: a child is charged with its parent's peak memory."""
    subprocess.run([sys.executable, __file__, step, str(folder), *more], check=True)


def make(folder: Path, records: int) -> None:
    """WordNet's glosses, shuffled halves put together until there are enough distinct texts."""
    rng = random.Random(0)
    halves = [half for gloss in texts.glosses() for half in gloss.split("; ") if len(half) > 10]
    with (folder / "in.jsonl").open("w") as out:
        for number in range(records):
            text = f"{rng.choice(halves)}; {rng.choice(halves)}"
            out.write(json.dumps({"id": number, "text": text, "stars": number % 5}) + "\n")
    (folder / "queries.txt").write_text("\n".join(rng.choices(halves, k=100)))


def convert(folder: Path) -> None:
    """The same records in the other formats, by our own reader and writer."""
    from wordllama.files import read, write

    for name in ("in.txt", "in.jsonl.gz", "in.csv", "in.parquet", "in.arrow"):
        with write(folder / name) as out:
            for batch in read(folder / "in.jsonl"):
                out.write(batch)


def run(folder: Path, command: str) -> tuple[float, float, int]:
    """Seconds, seconds of processor time, and peak memory in MB."""
    began = time.perf_counter()
    line = f"exec {sys.executable} -m wordllama {command} --force"
    process = subprocess.Popen(["bash", "-c", line], cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        sys.exit(f"{command}: failed")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def measure(folder: Path, what: str, command: str, records: int, runs: int) -> dict[str, Any]:
    figures = [run(folder, command) for _ in range(runs)]
    seconds, processor, peak = zip(*figures, strict=True)
    row = {
        "what": what,
        "command": f"wordllama {command}",
        "records": records,
        "seconds": round(statistics.median(seconds), 1),
        "processor_seconds": round(statistics.median(processor), 1),
        "peak_mb": max(peak),
    }
    print(row, flush=True)
    return row


def speed(folder: Path) -> list[dict[str, Any]]:
    apart("make", folder, str(SPEED_RECORDS))
    apart("convert", folder)
    return [measure(folder, what, line, SPEED_RECORDS, RUNS) for what, line in SPEED.items()]


def memory(folder: Path) -> list[dict[str, Any]]:
    apart("make", folder, str(MEMORY_RECORDS))
    return [measure(folder, what, line, MEMORY_RECORDS, 1) for what, line in MEMORY.items()]


def main() -> None:
    parts = {"speed": speed, "memory": memory}
    chosen = sys.argv[1:] or list(parts)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "files.json"
    report = json.loads(path.read_text()) if path.exists() else {}
    for part in chosen:
        with tempfile.TemporaryDirectory() as folder:
            report[part] = parts[part](Path(folder))
    report["machine"] = describe()
    path.write_text(json.dumps(report, indent=1) + "\n")
    path.with_suffix(".md").write_text(table(report))


def table(report: dict[str, Any]) -> str:
    machine = report["machine"]
    lines = [
        "# Records through the command line",
        "",
        f"{machine['cpu']}, {machine['cores']} cores; texts of 98 characters on average, start of "
        f"the process included; medians of {RUNS} runs, the rows of {MEMORY_RECORDS:,} records "
        "one run each. The machine was shared with other work: processor time says more.",
        "",
        "| what | records | seconds | processor seconds | peak memory, MB |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in report.get("speed", []) + report.get("memory", []):
        lines.append(
            f"| {row['what']} | {row['records']:,} | {row['seconds']:.1f} "
            f"| {row.get('processor_seconds', '')} | {row['peak_mb']:,} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["convert"]:
        convert(Path(sys.argv[2]))
    else:
        main()
