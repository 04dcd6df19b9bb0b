"""How fast is a text split, and does the limit hold? Beside the published package and three peers.

One text of 1 MB (Python's manual and fortunes) is split to at most 1,000 characters or 512 tokens;
a second one of hard cases (words without end, Chinese and Thai without spaces, combining marks, one
long line) shows whose chunks overrun the limit. Medians of three runs, a process for each splitter.
"""

from __future__ import annotations

import json
import pydoc_data.topics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean, median

import machine
import peers
from split_peer import token_counter
from texts import fortunes

from wordllama import WordLlama

RESULTS = Path(__file__).parent / "results"
PEER = Path(__file__).with_name("split_peer.py")
INSTALL = {
    "semchunk": ("semchunk", "tokenizers"),
    "semantic-text-splitter": ("semantic-text-splitter", "tokenizers"),
    "chonkie": ("chonkie", "model2vec", "tokenizers"),
}
CHARACTERS = 1000
BY_CHARACTERS = (
    "wordllama split",
    "wordllama 0.4 split",
    "wordllama chunks",
    "wordllama chunks topics",
    "semchunk characters",
    "semantic-text-splitter characters",
    "chonkie recursive",
    "chonkie sentence",
)
TOKENS = 512
BY_TOKENS = (
    "wordllama chunks tokens",
    "wordllama chunks tokens topics",
    "semchunk tokens",
    "semantic-text-splitter tokens",
    "chonkie semantic",
)


def run(name: str, texts: list[Path], limit: int, repeats: int, model: str) -> list[dict]:
    """What split_peer.py gives for each text, run where the splitter is installed."""
    environment = None
    if name == "wordllama 0.4 split":
        interpreter, environment = peers.published()
        name = "wordllama split"
    elif name.startswith("wordllama"):
        interpreter = Path(sys.executable)
    else:
        interpreter = peers.python(*INSTALL[name.split()[0]])
    job = {"splitter": name, "limit": limit, "repeats": repeats, "model": model}
    job["texts"] = [str(path) for path in texts]
    done = subprocess.run(
        [interpreter, PEER],
        input=json.dumps(job),
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return json.loads(done.stdout)


def usual(size: int) -> str:
    """Python's manual and fortunes, as often as it takes to have `size` characters."""
    text = "\n\n".join([*pydoc_data.topics.topics.values(), *fortunes()])
    return (text * (size // len(text) + 1))[:size]


def hard_cases() -> str:
    parts = ["x" * 20_000, "你好世界今天天气很好" * 2_000, "สวัสดีชาวโลก" * 1_500, "e\u0301" * 9_000]
    parts += ["no stop at all " * 1_500, "A. " * 5_000, "| a | b |\n" * 2_000, "👩‍👩‍👧‍👦" * 1_000]
    return "\n\n".join(parts)


def measure(folder: Path) -> tuple[list[dict], list[dict]]:
    model = folder / "model"
    WordLlama.load().save(model)
    texts = [folder / "usual.txt", folder / "hard.txt"]
    texts[0].write_text(usual(1_000_000), "utf-8")
    texts[1].write_text(hard_cases(), "utf-8")
    count = token_counter(str(model))
    characters = [row(name, texts, CHARACTERS, len, str(model)) for name in BY_CHARACTERS]
    tokens = [row(name, texts, TOKENS, count, str(model)) for name in BY_TOKENS]
    return characters, tokens


def row(name: str, texts: list[Path], limit: int, size, model: str) -> dict:
    print(name, file=sys.stderr)
    found = run(name, texts[:1], limit, 3, model) + run(name, texts[1:], limit, 1, model)
    figures: dict = {"splitter": name, "MB/s": 1 / median(found[0]["seconds"])}
    for path, result in zip(texts, found, strict=True):
        text = path.read_text("utf-8")
        sizes = [size(text[start:end]) for start, end in result["spans"]]
        figures[path.stem] = {
            "chunks": len(sizes),
            "over": mean(each > limit for each in sizes),
            "largest": max(sizes),
            "fill": mean(sizes) / limit,
        }
    return figures


def growth() -> list[dict]:
    """Seconds of `split` by length."""
    wl = WordLlama.load()
    rows = []
    for megabytes in (1, 10, 100):
        text = usual(megabytes * 1_000_000)
        seconds = []
        for _ in range(3 if megabytes < 100 else 1):
            start = time.perf_counter()
            wl.split(text)
            seconds.append(time.perf_counter() - start)
        rows.append({"MB": megabytes, "seconds": median(seconds)})
    return rows


def table(rows: list[dict], limit: str) -> str:
    head = f"| limit {limit} | MB/s | chunks | fill | over the limit | hard cases: over | largest |"
    lines = [head, "| --- | --- | --- | --- | --- | --- | --- |"]
    for each in rows:
        common, hard = each["usual"], each["hard"]
        lines.append(
            f"| {each['splitter']} | {each['MB/s']:.2f} | {common['chunks']:,} "
            f"| {common['fill']:.2f} | {common['over']:.2%} "
            f"| {hard['over']:.2%} | {hard['largest']:,} |"
        )
    return "\n".join(lines)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        characters, tokens = measure(Path(folder))
    times = growth()
    report = {
        "machine": machine.describe(),
        "characters": characters,
        "tokens": tokens,
        "split": times,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "split.json").write_text(json.dumps(report, indent=1) + "\n")
    long = [f"| {each['MB']} MB | {each['seconds']:.3f} |" for each in times]
    parts = [
        machine.line(),
        table(characters, f"{CHARACTERS:,} characters"),
        table(tokens, f"{TOKENS} tokens"),
        "\n".join(["| wordllama split | seconds |", "| --- | --- |", *long]),
    ]
    (RESULTS / "split.md").write_text("\n\n".join(parts) + "\n")
    print("\n\n".join(parts))


if __name__ == "__main__":
    main()
