"""One kind of vectors of topk.py, searched by what this environment has; prints milliseconds."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np

N, DIM, K = 1_000_000, 256, 10


def vectors(kind: str) -> np.ndarray:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((N, DIM), dtype=np.float32)
    if kind == "binary":
        return np.packbits(rows > 0, axis=1)
    for i in range(0, N, 10_000):
        block = rows[i : i + 10_000]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return rows if kind == "float32" else np.rint(rows * 400).clip(-127, 127).astype(np.int8)


def ours(kind: str, rows: np.ndarray) -> dict[str, Callable[[int], Any]]:
    from wordllama import WordLlama

    wl = WordLlama.load()
    if kind == "binary":
        words = rows.view(np.uint64)
        return {"wordllama, binary": lambda q: wl.topk(words[:q], words, K)}
    if kind == "int8":
        queries = rows[:64].astype(np.float32)
        return {"wordllama, int8": lambda q: wl.topk(queries[:q], rows, K)}
    return {
        "wordllama, float32": lambda q: wl.topk(rows[:q], rows, K),
        "NumPy's matrix product alone": lambda q: rows @ (rows[0] if q == 1 else rows[:q].T),
    }


def theirs(kind: str, rows: np.ndarray) -> dict[str, Callable[[int], Any]]:
    import faiss
    from usearch.index import MetricKind, search

    metric = MetricKind.Hamming if kind == "binary" else MetricKind.IP
    calls = {
        f"usearch exact, {kind}": lambda q: search(rows, rows[:q], K, metric, exact=True),
    }
    if kind == "float32":
        index = faiss.IndexFlatIP(DIM)
        index.add(rows)
        calls["FAISS flat, float32"] = lambda q: index.search(rows[:q], K)
    elif kind == "int8":
        floats = rows.astype(np.float32) / 400
        scalar = faiss.IndexScalarQuantizer(
            DIM, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        scalar.train(floats[:100_000])
        scalar.add(floats)
        calls["FAISS scalar quantizer, 8 bits"] = lambda q: scalar.search(floats[:q], K)
    else:
        bits = faiss.IndexBinaryFlat(DIM)
        bits.add(rows)
        calls["FAISS flat, binary"] = lambda q: bits.search(rows[:q], K)
    return calls


def milliseconds(call: Callable[[int], Any], queries: int, rounds: int) -> float:
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        call(queries)
        times.append((time.perf_counter() - start) * 1000)
    return median(times[1:])


def main() -> None:
    kind = sys.argv[1]
    rows = vectors(kind)
    calls = (ours if find_spec("wordllama") else theirs)(kind, rows)
    found = {
        name: {"1": milliseconds(call, 1, 9), "64": milliseconds(call, 64, 3)}
        for name, call in calls.items()
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
