"""One system of embed.py: for each data set named on stdin, the seconds that embedding it takes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def embedder(name: str, folder: Path) -> Callable[[list[str]], Any]:
    if name.startswith("model2vec"):
        from model2vec import StaticModel

        model = StaticModel.from_pretrained(folder / "model")
        return lambda texts: model.encode(texts, max_length=None)
    from wordllama import WordLlama

    return WordLlama.load(disable_download=True).embed


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    embed = embedder(name, folder)
    loaded: dict[str, list[str]] = {}
    for line in sys.stdin:
        data = line.strip()
        if data not in loaded:
            loaded[data] = json.loads((folder / data).read_text())
        start = time.perf_counter()
        embed(loaded[data])
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
