"""Does every method give what the published package gives? On 20,000 and more real texts.

Runs `wordllama==0.4.0.post1` and `model2vec` in an environment of their own over the same texts
and prints the largest difference of each method. Run: `python benchmarks/parity.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import machine
import numpy as np
import peers
import texts as corpora

from wordllama import WordLlama

HERE = Path(__file__).parent
QUERIES = 50
BLOCK = 5000  # texts that the published package deduplicates rightly
THRESHOLD = 0.9


def main() -> None:
    texts = corpora.glosses()[::4] + corpora.fortunes()
    documents = corpora.documents()[:300]
    wl = WordLlama.load()
    with tempfile.TemporaryDirectory() as folder:
        published = run_peer(Path(folder), texts, documents, wl)
        rows = list(compare(wl, texts, documents, published))
    (HERE / "results").mkdir(exist_ok=True)
    report = {"machine": machine.describe(), "texts": len(texts), "results": rows}
    (HERE / "results" / "parity.json").write_text(json.dumps(report, indent=1) + "\n")
    lines = ["| compared | on | largest difference |", "| --- | --- | --- |"]
    lines += [f"| {row['what']} | {row['on']} | {row['difference']} |" for row in rows]
    table = "\n".join(lines)
    (HERE / "results" / "parity.md").write_text(
        f"Against wordllama 0.4.0.post1 and model2vec 0.10.0 ({machine.line()}).\n\n{table}\n"
    )
    print(table)


def run_peer(folder: Path, texts: list[str], documents: list[str], wl: WordLlama) -> dict[str, Any]:
    """What the peers give for the texts, each asked in its own environment."""
    WordLlama(wl.embedding, wl.tokenizer).save(
        folder / "model"
    )  # model2vec sums in the rows' dtype
    (folder / "in.json").write_text(json.dumps({"texts": texts, "documents": documents}))
    interpreter, environment = peers.published()
    command = [str(interpreter), str(HERE / "parity_peer.py"), str(folder)]
    subprocess.run(command, check=True, env=environment)
    return dict(np.load(folder / "out.npz", allow_pickle=False)) | json.loads(
        (folder / "out.json").read_text()
    )


def compare(
    wl: WordLlama, texts: list[str], documents: list[str], published: dict[str, Any]
) -> Any:
    count = f"{len(texts):,} texts"
    vectors = wl.embed(texts)
    yield row("embed", count, difference(vectors, published["embed"]))
    yield row("embed, norm=True", count, difference(wl.embed(texts, norm=True), published["norm"]))
    model2vec = difference(vectors, published["model2vec"])
    yield row("embed, against model2vec on the same rows", count, model2vec)
    wl.binary = True
    bits = int(np.bitwise_count(wl.embed(texts) ^ published["binary"]).sum())
    yield row("embed, binary", count, f"{bits} of {len(texts) * wl.dim:,} bits")
    wl.binary = False
    queries = texts[:: len(texts) // QUERIES][:QUERIES]
    candidates = texts[:2000]
    on = f"{QUERIES} queries x {len(candidates):,} texts"
    ranked = [wl.rank(query, candidates) for query in queries]
    scores = np.array([[score for _, score in each] for each in ranked])
    yield row("rank: scores", on, difference(scores, np.array(published["rank_scores"])))
    mine = [[doc for doc, _ in each] for each in ranked]
    pairs = zip(mine, scores, published["rank_docs"], strict=True)
    out_of_order = sum(misplaced(docs, score, theirs) for docs, score, theirs in pairs)
    yield row("rank: documents out of order, ties within 1e-6 aside", on, out_of_order)
    yield row(
        "topk(k=10)", on, unequal([wl.topk(q, candidates, 10) for q in queries], published["topk"])
    )
    yield row(
        "filter(0.3)", on, unequal([wl.filter(q, candidates) for q in queries], published["filter"])
    )
    block = wl.deduplicate(texts[:BLOCK], THRESHOLD, return_indices=True)
    yield row(
        "deduplicate",
        f"{BLOCK:,} texts (one of its blocks)",
        unequal([block], [published["block"]]),
    )
    everything = wl.deduplicate(texts, THRESHOLD, return_indices=True)
    plain = all_pairs(wl.embed(texts, norm=True))
    yield row("deduplicate, against plain all-pairs", count, unequal([everything], [plain]))
    missed = len(set(plain) - set(published["dedup"]))
    yield row("(the published package misses)", count, f"{missed} of {len(plain)} duplicates")
    splits = [wl.split(document) for document in documents]
    characters = sum(map(len, documents))
    on = f"{len(documents)} documents, {characters:,} characters"
    yield row("split", on, unequal(splits, published["split"]))


def row(what: str, on: str, value: Any) -> dict[str, Any]:
    shown = f"{value:.1e}" if isinstance(value, float) else str(value)
    return {"what": what, "on": on, "difference": shown}


def difference(a: Any, b: Any) -> float:
    return float(np.abs(a - b).max())


def unequal(mine: list[Any], theirs: list[Any]) -> str:
    different = sum(a != b for a, b in zip(mine, theirs, strict=True))
    return f"{different} of {len(mine)} lists differ"


def misplaced(docs: list[str], scores: Any, theirs: list[str]) -> int:
    """How many places hold another document than theirs, with a score that is no tie."""
    score_of = dict(zip(docs, scores, strict=True))
    pairs = zip(docs, theirs, strict=True)
    return sum(a != b and abs(score_of[a] - score_of[b]) > 1e-6 for a, b in pairs)


def all_pairs(vectors: Any) -> list[int]:
    """The plain definition: which rows are more similar than the threshold to any earlier row."""
    gone = []
    for start in range(0, len(vectors), 1000):
        scores = vectors[start : start + 1000] @ vectors.T
        later = np.arange(start, start + len(scores))[:, None] > np.arange(len(vectors))
        gone += (np.flatnonzero(((scores > THRESHOLD) & later).any(axis=1)) + start).tolist()
    return gone


if __name__ == "__main__":
    sys.exit(main())
