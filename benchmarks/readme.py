"""Put the figures of benchmarks/results/ into the README's table: `python benchmarks/readme.py`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import machine

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
OURS, PUBLISHED, MODEL2VEC = "wordllama here", "wordllama 0.4", "model2vec 0.10"


def results(name: str) -> Any:
    return json.loads((HERE / "results" / f"{name}.json").read_text())


def rates(what: str, rate: dict[str, float]) -> str:
    ours = rate[OURS]
    times = [f"{rate[n]:,.0f} ({ours / rate[n]:.0f}x)" for n in (PUBLISHED, MODEL2VEC)]
    return f"| {what} | **{ours:,.0f}** | {' | '.join(times)} |"


def table() -> str:
    embed, latency = results("embed"), results("latency")
    lines = [f"| | {OURS} | {PUBLISHED} | {MODEL2VEC} |", "| --- | --- | --- | --- |"]
    lines += [rates(f"{row['data']}, texts/s", row["rate"]) for row in embed["warm"]]
    lines.append(rates("glosses, first call in a process, texts/s", embed["cold"]))
    for call, ours in latency["ours"].items():
        lines.append(f"| `{call}`, µs | **{ours:.1f}** | {latency['published'][call]:.0f} | |")
    for name, times in results("topk")["milliseconds"].items():
        if name.startswith("wordllama"):
            kind = name.partition(", ")[2]
            lines.append(f"| best 10 of 1,000,000 x 256, {kind}, ms | **{times['1']:.1f}** | | |")
    details = ", ".join(f"[{n}](benchmarks/results/{n}.md)" for n in ("embed", "latency", "topk"))
    return "\n".join([*lines, "", f"{machine.line()}. How and beside what: {details}."])


def main() -> None:
    text = README.read_text()
    filled = re.sub(
        r"(?s)<!-- performance -->\n.*?<!-- /performance -->",
        lambda _: f"<!-- performance -->\n{table()}\n<!-- /performance -->",
        text,
    )
    README.write_text(filled)


if __name__ == "__main__":
    main()
