"""How many rows with the nearest signs must be compared to find the 10 nearest vectors?

For numbers of records and of dimensions: the share of the 10 most similar records (of all, exactly)
that are among the first so many by their signs. Pairs of WordNet's glosses, queries of eight words.
Run:

    python benchmarks/candidates.py [MODEL [COUNT ...]]
"""

from __future__ import annotations

import json
import random
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import machine
import numpy as np
import texts as corpora
from numpy.typing import NDArray

from wordllama import WordLlama, kernel
from wordllama.index.blocks import quantized
from wordllama.index.memory import signs_of
from wordllama.index.searching import candidates

RESULTS = Path(__file__).parent / "results" / "candidates.json"
WIDTHS = (64, 128, 256)
SHARES = (0.98, 0.99)
QUERIES = 200


def main() -> None:
    model = sys.argv[1] if len(sys.argv) > 1 else "l2_words"
    counts = sorted(map(int, sys.argv[2:] or ("20000", "100000", "1000000")))
    report = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"rows": []}
    for width in WIDTHS:
        wl = WordLlama.load(model, trunc_dim=width)
        codes, scales = embedded(wl, counts[-1])
        asked = wl.embed(queries(), norm=True)
        for count in counts:
            ranks = ranks_of_best(asked, codes[:count], scales[:count])
            row = {"model": model, "dimensions": width, "records": count}
            row |= {f"{share}": int(np.quantile(ranks, share)) + 1 for share in SHARES}
            row["candidates"] = candidates(count, width, 10)
            row["recall"] = round(float((ranks < row["candidates"]).mean()), 4)
            print(row, flush=True)
            key = [row[name] for name in ("model", "dimensions", "records")]
            others = [r for r in report["rows"] if list(r.values())[:3] != key]
            report = {"rows": [*others, row], "machine": machine.describe()}
            RESULTS.write_text(json.dumps(report, indent=1) + "\n")
            RESULTS.with_suffix(".md").write_text(page(report))


def queries() -> list[str]:
    rng = random.Random(1)
    words = [text.replace(";", "").split() for text in corpora.gloss_pairs(50_000)]
    return [" ".join(rng.choice(words)[:8]) for _ in range(QUERIES)]


def embedded(wl: WordLlama, count: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    texts = corpora.gloss_pairs(count)
    codes = np.empty((count, wl.dim), np.int8)
    scales = np.empty(count, np.float32)
    for start in range(0, count, 100_000):
        part = wl.embed(list(islice(texts, 100_000)))
        codes[start : start + len(part)], scales[start : start + len(part)] = quantized(part)
    return codes, scales


def ranks_of_best(
    asked: NDArray[np.float32], codes: NDArray[np.int8], scales: NDArray[np.float32]
) -> NDArray[np.int64]:
    """How many rows come before each of the 10 best, by the distance of the signs."""
    signs = np.concatenate(
        [signs_of(codes[i : i + 100_000]) for i in range(0, len(codes), 100_000)]
    )
    ranks = []
    for query in asked:
        _, best = kernel.topk(query[None], codes, 10, scales)
        bits = signs_of(query[None])[0]
        distances = np.zeros(len(signs), np.uint16)
        for word in range(len(bits)):
            distances += np.bitwise_count(signs[:, word] ^ bits[word])
        for place in best[0].tolist():
            nearer = distances < distances[place]
            ranks.append(int(nearer.sum() + (distances[:place] == distances[place]).sum()))
    return np.array(ranks)


def page(report: dict[str, Any]) -> str:
    machine_line = machine.line(report["machine"])
    lines = [
        "# How many vectors does a search compare?\n",
        f"Written by `python benchmarks/candidates.py` ({machine_line}). Of the 10 nearest vectors "
        f"to each of {QUERIES} queries: among how many rows of the nearest signs 98 % and 99 % of "
        "them are, how many a search takes (`candidates`), and its recall@10.\n",
        *table(report["rows"]),
    ]
    return "\n".join(lines) + "\n"


def table(rows: list[dict[str, Any]]) -> list[str]:
    titles = ["model", "dimensions", "records", "98 %", "99 %", "taken", "recall@10"]
    lines = [f"| {' | '.join(titles)} |", "| --- |" + " ---: |" * (len(titles) - 1)]
    for row in sorted(rows, key=lambda row: (row["model"], row["dimensions"], row["records"])):
        model, *counts, recall = row.values()
        lines.append(f"| {model} | {' | '.join(f'{n:,}' for n in counts)} | {recall:.3f} |")
    return lines


if __name__ == "__main__":
    main()
