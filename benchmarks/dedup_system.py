"""One system deduplicates one list of texts, in its own interpreter: for `dedup*.py`.

Usage: dedup_system.py SYSTEM FOLDER THRESHOLD, with FOLDER/texts.json; writes FOLDER/out.json: the
seconds from texts to duplicates (loading the model left out), the peak memory, the duplicates.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PERMUTATIONS = 128


def main() -> None:
    system, folder, threshold = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    texts = json.loads((folder / "texts.json").read_text())
    run = SYSTEMS[system](folder)
    start = time.perf_counter()
    duplicates = run(texts, threshold)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": seconds, "peak_mib": peak, "duplicates": sorted(map(int, duplicates))}
    (folder / "out.json").write_text(json.dumps(found))


Run = Callable[[list[str], float], Any]


def ours(folder: Path, binary: bool = False) -> Run:
    from wordllama import WordLlama

    wl = WordLlama.load()
    wl.binary = binary
    return lambda texts, threshold: wl.deduplicate(texts, threshold, return_indices=True)


def ours_with_groups(folder: Path, fold: bool = False) -> Run:
    from wordllama import WordLlama

    wl = WordLlama.load()

    def run(texts: list[str], threshold: float) -> Any:
        return [d.index for d in wl.find_duplicates(texts, threshold, fold=fold).duplicates]

    return run


def published(folder: Path) -> Run:
    import logging

    from wordllama import WordLlama

    wl = WordLlama.load()
    logging.disable()
    return lambda texts, threshold: wl.deduplicate(texts, threshold, return_indices=True)


def semhash(folder: Path) -> Run:
    from model2vec import StaticModel
    from semhash import SemHash

    model = StaticModel.from_pretrained(folder / "model", force_download=False)

    def run(texts: list[str], threshold: float) -> Any:
        records = [{"text": text, "i": i} for i, text in enumerate(texts)]
        index = SemHash.from_records(records, columns=["text"], model=model)
        kept = index.self_deduplicate(threshold).selected
        return set(range(len(texts))) - {record["i"] for record in kept}

    return run


def datasketch(folder: Path) -> Run:
    from datasketch import MinHash, MinHashLSH

    def run(texts: list[str], threshold: float) -> Any:
        index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
        duplicates = []
        for i, text in enumerate(texts):
            sketch = MinHash(num_perm=PERMUTATIONS)
            sketch.update_batch([shingle.encode() for shingle in shingles(text)])
            if index.query(sketch):
                duplicates.append(i)
            index.insert(i, sketch)
        return duplicates

    return run


def rensa(folder: Path) -> Run:
    from rensa import RMinHash, RMinHashDeduplicator

    def run(texts: list[str], threshold: float) -> Any:
        index = RMinHashDeduplicator(threshold, PERMUTATIONS, True, best_bands(threshold), 42)
        duplicates = []
        for i, text in enumerate(texts):
            sketch = RMinHash(PERMUTATIONS, 42)
            sketch.update(list(shingles(text)))
            if not index.add(str(i), sketch):
                duplicates.append(i)
        return duplicates

    return run


def best_bands(threshold: float) -> int:
    """Bands (a divisor of the permutations) whose S-curve rises nearest to the threshold."""
    choices = [b for b in range(1, PERMUTATIONS + 1) if PERMUTATIONS % b == 0]
    return min(choices, key=lambda b: abs((1 / b) ** (b / PERMUTATIONS) - threshold))


def shingles(text: str) -> set[str]:
    """The text's runs of five characters, in lower case."""
    low = text.lower()
    return {low[i : i + 5] for i in range(max(1, len(low) - 4))}


SYSTEMS: dict[str, Callable[[Path], Run]] = {
    "wordllama": ours,
    "wordllama binary": lambda folder: ours(folder, binary=True),
    "wordllama find_duplicates": ours_with_groups,
    "wordllama, fold": lambda folder: ours_with_groups(folder, fold=True),
    "wordllama 0.4.0.post1": published,
    "semhash 0.5.0": semhash,
    "datasketch": datasketch,
    "rensa": rensa,
}

if __name__ == "__main__":
    main()
