"""How many texts a second become vectors, beside the published package and model2vec?

All three hold the same matrix (l2_supercat, 256 dimensions) and take turns; medians of five rounds.
In its turn each embeds twice, and the second time counts: a virtual machine may have given what a
process freed back to its host, and then new memory takes longer than the embedding.
The slow ones get 15,000 texts of each set, evenly spaced, since their time a text is compared.
Run: `python benchmarks/embed.py` (needs Debian's wordnet-base and fortunes).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import machine
import mixed
import numpy as np
import peers
import texts as corpora

from wordllama import WordLlama, kernel

HERE = Path(__file__).parent
ROUNDS = 5
SAMPLE = 15_000
NAMES = ("wordllama here", "wordllama 0.4", "model2vec 0.10")


class Child:
    """A process that embeds one data set when told to, and says how long it took."""

    def __init__(self, name: str, interpreter: Path, environment: dict[str, str], folder: Path):
        command = [str(interpreter), str(HERE / "embed_child.py"), name, str(folder)]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def seconds(self, data: str) -> float:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(data + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def end(self) -> None:
        self.process.communicate()


def main() -> None:
    data = {
        "glosses": corpora.glosses(),
        "fortunes": corpora.fortunes(),
        "mixed, 97 MB": mixed.paragraphs(),
        "short queries": mixed.queries(),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        WordLlama.load().save(folder / "model")
        for key, texts in data.items():
            (folder / key).write_text(json.dumps(texts))
            (folder / f"{key}.sample").write_text(json.dumps(sample_of(texts)))
        cold = cold_rates(folder, data["glosses"])
        rows = [warm_row(folder, key, texts) for key, texts in data.items()]
    floors = one_thread_floors(data["glosses"])
    report(rows, cold, floors)


def sample_of(texts: list[str]) -> list[str]:
    return texts[:: max(1, len(texts) // SAMPLE)][:SAMPLE]


def systems() -> dict[str, tuple[Path, dict[str, str]]]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("WORDLLAMA_")}
    here = (Path(sys.executable), clean)
    return dict(zip(NAMES, (here, peers.published(), peers.published()), strict=True))


def warm_row(folder: Path, key: str, texts: list[str]) -> dict[str, Any]:
    """Texts a second of each system, after one round that does not count."""
    children = {name: Child(name, *where, folder) for name, where in systems().items()}
    sample = sample_of(texts)
    sets = {name: key if name == NAMES[0] else f"{key}.sample" for name in children}
    for name, child in children.items():
        child.seconds(sets[name])
    rounds = []
    for _ in range(ROUNDS):
        twice = {n: [c.seconds(sets[n]) for _ in range(2)] for n, c in children.items()}
        rounds.append({name: second for name, (_, second) in twice.items()})
    for child in children.values():
        child.end()
    rate = {
        name: len(texts if name == NAMES[0] else sample) / median(r[name] for r in rounds)
        for name in children
    }
    size = sum(len(text.encode()) for text in texts) / len(texts)
    ids, _ = WordLlama.load().encoder.token_ids(sample)
    return {
        "data": key,
        "texts": len(texts),
        "rate": rate,
        "mb_s": rate[NAMES[0]] * size / 1e6,
        "ns_a_token": 1e9 / rate[NAMES[0]] / (len(ids) / len(sample)),
    }


def cold_rates(folder: Path, texts: list[str]) -> dict[str, float]:
    """Texts a second of the first call in a new process, the model's loading not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in NAMES}
    for _ in range(ROUNDS):
        for name, where in systems().items():
            child = Child(name, *where, folder)
            seconds[name].append(child.seconds("glosses" if name == NAMES[0] else "glosses.sample"))
            child.end()
    n = {name: len(texts if name == NAMES[0] else sample_of(texts)) for name in NAMES}
    return {name: n[name] / median(each) for name, each in seconds.items()}


def one_thread_floors(texts: list[str]) -> dict[str, float]:
    """Nanoseconds a text on one thread: the whole, and what no way of doing it can save."""
    wl = WordLlama.load()
    out = np.zeros((len(texts), wl.dim), dtype=np.float32)
    ids, offsets = wl.encoder.token_ids(texts)
    raw = "\n".join(texts).encode()
    steps = {
        "embed": lambda: wl.embed(texts, out=out, threads=1),
        "gather and mean alone, from ids": lambda: kernel.pool(
            ids, offsets, wl.encoder.rows, out, threads=1
        ),
        "reading the bytes (memchr) and writing the output": lambda: (
            raw.find(b"\xff"),
            out.fill(1),
        ),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS + 1):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            times[name].append(time.perf_counter() - start)
    return {name: median(each[1:]) / len(texts) * 1e9 for name, each in times.items()}


def report(rows: list[dict[str, Any]], cold: dict[str, float], floors: dict[str, float]) -> None:
    head = f"| data | {' | '.join(NAMES)} | MB/s | ns/token |"
    lines = [f"{machine.line()}", "", head, "| --- | --- | --- | --- | --- | --- |"]
    first = {"data": "glosses, first call in a process", "rate": cold}
    for row in [*rows, first]:
        rate = row["rate"]
        ours = rate[NAMES[0]]
        theirs = [f"{rate[n]:,.0f} ({ours / rate[n]:.1f}x)" for n in NAMES[1:]]
        more = [f"{row[k]:.0f}" if k in row else "" for k in ("mb_s", "ns_a_token")]
        lines.append(f"| {' | '.join([row['data'], f'{ours:,.0f}', *theirs, *more])} |")
    lines += ["", "Texts a second; in brackets, how many times as many we do.", ""]
    lines += ["| one thread, glosses | ns a text |", "| --- | --- |"]
    lines += [f"| {name} | {value:.0f} |" for name, value in floors.items()]
    text = "\n".join(lines)
    results = {"machine": machine.describe(), "warm": rows, "cold": cold, "floors": floors}
    (HERE / "results" / "embed.json").write_text(json.dumps(results, indent=1) + "\n")
    (HERE / "results" / "embed.md").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
