"""A small real training: a cut vocabulary, paragraphs of Python's manual."""

from __future__ import annotations

import json
import pydoc_data.topics
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wordllama import WordLlama
from wordllama.extract import write_codebook
from wordllama.train.prune import prune


def halves() -> list[tuple[str, str]]:
    """The two halves of each longer paragraph of Python's manual."""
    found = []
    for topic in pydoc_data.topics.topics.values():
        for paragraph in topic.split("\n\n"):
            words = re.sub(r"[\s*`\"|+=-]+", " ", paragraph).split()
            if 14 <= len(words) <= 120:
                middle = len(words) // 2
                found.append((" ".join(words[:middle]), " ".join(words[middle:])))
    return sorted(set(found))


@pytest.fixture(scope="session")
def halved() -> list[tuple[str, str]]:
    """The two halves of paragraphs of Python's manual."""
    return halves()


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """Fifty texts that the cut vocabulary was cut for."""
    return [first for first, _ in halves()[:50]]


@pytest.fixture(scope="session")
def cut(wl: WordLlama) -> tuple[str, np.ndarray]:
    """l2_supercat with about 3,000 tokens, those that the manual uses most."""
    counts = np.zeros(32000, dtype=np.int64)
    for encoding in wl.tokenize([" ".join(pair) for pair in halves()]):
        np.add.at(counts, encoding.ids, 1)
    return prune(wl.tokenizer.to_str(), wl.embedding, counts, 3000)


@pytest.fixture
def project(cut: tuple[str, np.ndarray], tmp_path: Path) -> Callable[..., Path]:
    """(TOML, ...) -> a configuration file beside a codebook, pairs, texts and a dev set."""
    tokenizer, rows = cut
    write_codebook(tmp_path / "book", [rows], (len(rows), rows.shape[1]), tokenizer, {})
    pairs = halves()
    held, rest = pairs[::5], [pair for i, pair in enumerate(pairs) if i % 5]
    _write(tmp_path / "dev.jsonl", held)
    _write(tmp_path / "pairs.jsonl", rest)
    with (tmp_path / "texts.jsonl").open("w") as out:
        out.writelines(json.dumps({"text": a}) + "\n" for a, _ in rest[:600])

    def make(stages: str, training: str = "", more: str = "", name: str = "config.toml") -> Path:
        file = tmp_path / name
        file.write_text(
            f"""
[model]
codebook = "book"
name = "tiny"
licence = "MIT"
[training]
output_dir = "run"
per_device_train_batch_size = 64
learning_rate = 1e-2
warmup_steps = 4
eval_steps = 20
threads = 1
{training}
[matryoshka]
dims = [64, 128]
[[data]]
path = "pairs.jsonl"
kind = "pairs"
licence = "PSF-2.0"
[[data]]
path = "texts.jsonl"
kind = "texts"
{more}
{stages}
"""
        )
        return file

    return make


def _write(file: Path, pairs: list[tuple[str, str]]) -> None:
    with file.open("w") as out:
        out.writelines(json.dumps({"first": a, "second": b}) + "\n" for a, b in pairs)
