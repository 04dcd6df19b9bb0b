"""The peers' side of parity.py: run in their environment, on the texts in a folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from model2vec import StaticModel

from wordllama import WordLlama

folder = Path(sys.argv[1])
given = json.loads((folder / "in.json").read_text())
texts, documents = given["texts"], given["documents"]
wl = WordLlama.load(disable_download=True)
arrays = {
    "embed": wl.embed(texts),
    "norm": wl.embed(texts, norm=True),
    "model2vec": StaticModel.from_pretrained(folder / "model").encode(texts, max_length=None),
}
wl.binary = True
arrays["binary"] = wl.embed(texts)
wl.binary = False
np.savez(folder / "out.npz", **arrays)
queries = texts[:: len(texts) // 50][:50]
candidates = texts[:2000]
ranked = [wl.rank(query, candidates) for query in queries]
lists = {
    "rank_docs": [[doc for doc, _ in each] for each in ranked],
    "rank_scores": [[score for _, score in each] for each in ranked],
    "topk": [wl.topk(query, candidates, 10) for query in queries],
    "filter": [wl.filter(query, candidates) for query in queries],
    "block": wl.deduplicate(texts[:5000], 0.9, return_indices=True),
    "dedup": wl.deduplicate(texts, 0.9, return_indices=True),
    "split": [wl.split(document) for document in documents],
}
(folder / "out.json").write_text(json.dumps(lists))
