"""How does embedding scale with threads and with the number of texts?

Run: `python benchmarks/scaling.py` (needs Debian's wordnet-base). Medians of 7 calls, warm.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from statistics import median

import machine
import numpy as np
import texts as corpora

from wordllama import WordLlama

RESULTS = Path(__file__).parent / "results"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
WIDTH, HEIGHT, LEFT, BOTTOM = 460, 260, 60, 40


def main() -> None:
    threads = sorted({1, 2, os.cpu_count() or 1})
    wl = WordLlama.load()
    texts = corpora.glosses()
    texts = (texts * (max(SIZES) // len(texts) + 1))[: max(SIZES)]
    wl.embed(texts[:200_000])
    rates = {n: [rate(wl, texts[:size], n) for size in SIZES] for n in threads}
    lines = [machine.line(), "", f"| threads | {' | '.join(f'{s:,} texts' for s in SIZES)} |"]
    lines += ["| --- |" + " --- |" * len(SIZES)]
    for n, row in rates.items():
        lines.append(f"| {n} | {' | '.join(f'{r:,.0f}' for r in row)} |")
    lines += ["", "Glosses of WordNet a second.", "", "![the same as a plot](scaling.svg)"]
    report = {"machine": machine.describe(), "sizes": SIZES, "texts_a_second": rates}
    (RESULTS / "scaling.json").write_text(json.dumps(report, indent=1) + "\n")
    (RESULTS / "scaling.md").write_text("\n".join(lines) + "\n")
    (RESULTS / "scaling.svg").write_text(plot(rates) + "\n")
    print("\n".join(lines))


def rate(wl: WordLlama, texts: list[str], threads: int) -> float:
    out = np.zeros((len(texts), wl.dim), dtype=np.float32)
    times = []
    for _ in range(8):
        start = time.perf_counter()
        wl.embed(texts, out=out, threads=threads)
        times.append(time.perf_counter() - start)
    return len(texts) / median(times[1:])


def plot(rates: dict[int, list[float]]) -> str:
    """Rate over number of texts (logarithmic), a line for each number of threads."""
    top = 1.1 * max(max(row) for row in rates.values())

    def point(i: int, value: float) -> tuple[float, float]:
        x = LEFT + i * (WIDTH - LEFT - 60) / (len(SIZES) - 1)
        return round(x, 1), round((HEIGHT - BOTTOM) * (1 - value / top), 1)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
             'font-family="sans-serif" font-size="11">']  # fmt: skip
    parts.append(f'<path d="M{LEFT} 0V{HEIGHT - BOTTOM}H{WIDTH}" fill="none" stroke="#888"/>')
    for i, size in enumerate(SIZES):
        x, _ = point(i, 0)
        parts.append(f'<text x="{x}" y="{HEIGHT - 22}" text-anchor="middle">{size:,}</text>')
    for tick in range(0, int(top), 500_000):
        _, y = point(0, tick)
        parts.append(f'<text x="{LEFT - 6}" y="{y}" text-anchor="end">{tick / 1e6:.1f} M</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 6}">texts in the call; texts a second</text>')
    for (n, row), colour in zip(rates.items(), ("#4477aa", "#cc6677", "#117733"), strict=False):
        line = " ".join(f"{x},{y}" for x, y in (point(i, r) for i, r in enumerate(row)))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = point(len(row) - 1, row[-1])
        parts.append(
            f'<text x="{x + 4}" y="{y + 4}" fill="{colour}">{n} thread{"s"[: n > 1]}</text>'
        )
    return "\n".join([*parts, "</svg>"])


if __name__ == "__main__":
    main()
