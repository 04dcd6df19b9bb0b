"""Split texts with one splitter, in its own environment; run by split.py and split_quality.py.

Standard input: {"splitter", "texts", "limit", "repeats", "model"}; standard output: for each text
{"seconds": [...], "spans": [[start, end], ...]}.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

Span = tuple[int, int]


def splitter(name: str, limit: int, model: str) -> Callable[[str], list[Span]]:
    library, _, way = name.partition(" ")
    return globals()[f"_{library.replace('-', '_')}"](way, limit, model)


def _wordllama(way: str, limit: int, model: str) -> Callable[[str], list[Span]]:
    from wordllama import WordLlama

    wl = WordLlama.load()
    if way == "split":
        return lambda text: located(text, wl.split(text, target_size=limit))
    unit = "tokens" if "tokens" in way else "characters"
    topics = "topics" in way

    def chunks(text: str) -> list[Span]:
        found = wl.chunks(text, limit, unit=unit, kind="text", topics=topics)
        return [(chunk.start, chunk.end) for chunk in found]

    return chunks


def _semchunk(way: str, limit: int, model: str) -> Callable[[str], list[Span]]:
    import semchunk

    counter = token_counter(model) if way == "tokens" else len
    chunker = semchunk.chunkerify(counter, limit)
    return lambda text: chunker(text, offsets=True)[1]


def _semantic_text_splitter(way: str, limit: int, model: str) -> Callable[[str], list[Span]]:
    from semantic_text_splitter import TextSplitter

    if way == "tokens":
        path = f"{model}/tokenizer.json"
        chunker = TextSplitter.from_huggingface_tokenizer_file(path, limit, trim=False)
    else:
        chunker = TextSplitter(limit, trim=False)

    def chunks(text: str) -> list[Span]:
        return [(start, start + len(part)) for start, part in chunker.chunk_indices(text)]

    return chunks


def _chonkie(way: str, limit: int, model: str) -> Callable[[str], list[Span]]:
    import chonkie

    if way == "recursive":
        chunker = chonkie.RecursiveChunker(tokenizer="character", chunk_size=limit)
    elif way == "sentence":
        chunker = chonkie.SentenceChunker(tokenizer="character", chunk_size=limit)
    else:
        from model2vec import StaticModel

        embeddings = chonkie.Model2VecEmbeddings(StaticModel.from_pretrained(model))
        chunker = chonkie.SemanticChunker(embedding_model=embeddings, chunk_size=limit)
    return lambda text: [(chunk.start_index, chunk.end_index) for chunk in chunker.chunk(text)]


def token_counter(model: str) -> Callable[[str], int]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(f"{model}/tokenizer.json")
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def located(text: str, parts: list[str]) -> list[Span]:
    """Where parts that lost white space begin; each ends where the next begins."""
    starts, at = [], 0
    for part in parts:
        at = max(at, text.find(part.split("\n")[0][:40], at))
        starts.append(at)
    return list(zip(starts, [*starts[1:], len(text)]))  # noqa: B905  (Python 3.9 peers)


def main() -> None:
    job = json.load(sys.stdin)
    split = splitter(job["splitter"], job["limit"], job["model"])
    results = []
    for path in job["texts"]:
        text = Path(path).read_text("utf-8")
        seconds = []
        for _ in range(job["repeats"]):
            start = time.perf_counter()
            spans = split(text)
            seconds.append(time.perf_counter() - start)
        results.append({"seconds": seconds, "spans": spans})
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
