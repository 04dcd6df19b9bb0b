"""Adds, replaces, deletes and vacuums without end; prints each change when it is done.

A change is a line of JSON: what there must be once it is acknowledged. `test_faults.py` kills it.
"""

from __future__ import annotations

import json
import random
import sys

from wordllama import WordLlama


def main() -> None:
    path, seed = sys.argv[1], int(sys.argv[2])
    rng = random.Random(seed)
    index = WordLlama.load("l2_words").index(path)
    held = {int(id) for id in index.ids}
    print("open", flush=True)
    for step in range(10_000):
        what = rng.random()
        if what < 0.6:
            ids = rng.sample(range(2000), rng.choice([1, 10, 500]))
            mark = f"seed {seed} step {step}"
            change = {"add": ids, "mark": mark}
        elif what < 0.9:
            change = {"delete": rng.sample(range(2000), rng.choice([1, 300]))}
        else:
            change = {"vacuum": True}
        print(json.dumps({"begin": change}), flush=True)
        if "add" in change:
            texts = [f"text {id} about a cat, {mark}" for id in ids]
            index.add([{"id": i, "text": t} for i, t in zip(ids, texts, strict=True)])
            held |= set(ids)
        elif "delete" in change:
            index.delete(change["delete"])
            held -= set(change["delete"])
        else:
            index.vacuum()
        print(json.dumps({"done": True}), flush=True)


if __name__ == "__main__":
    main()
