"""Changes files and takes them up without end; `test_sync.py` kills it.

Each record says which file it is of, how many that has, and which version of it it is.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from wordllama import WordLlama
from wordllama.index import syncing


def main() -> None:
    path, folder, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    syncing.PIECE, syncing.RECORDS = 40, 100  # many transactions
    rng = random.Random(seed)
    index = WordLlama.load("l2_words").index(path)
    index.sync(folder)
    for step in range(10_000):
        for _ in range(rng.randrange(1, 4)):
            file = folder / f"{rng.randrange(6)}.jsonl"
            if rng.random() < 0.2:
                file.unlink(missing_ok=True)
                continue
            size = rng.choice([1, 30, 500])
            texts = [
                f"of {size} in {folder.name}/{file.name} text {n} of a cat, v{seed}.{step}"
                for n in range(size)
            ]
            file.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        print("sync", flush=True)
        index.sync(folder, delete_gone="all")


if __name__ == "__main__":
    main()
