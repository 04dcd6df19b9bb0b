"""One system keeps and finds, in its own interpreter: for `index.py`.

Usage: index_child.py SYSTEM FOLDER, with FOLDER/in.json, vectors.f32 and queries.f32; writes
FOLDER/out.json. The filter of every system keeps the records whose `part` is 7, of 100.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import texts as corpora

Ask = Callable[[int], list[int]]
"""Number of a query -> numbers of the records found."""


class Data:
    def __init__(self, folder: Path) -> None:
        given = json.loads((folder / "in.json").read_text())
        self.folder = folder
        self.count: int = given["count"]
        self.queries: list[str] = given["queries"]
        self.best: list[list[int]] = given["best"]
        self.width: int = given["width"]

    @property
    def asked(self) -> Any:
        return self.numbers("queries.f32", 0, len(self.queries))

    def numbers(self, name: str, start: int, n: int) -> Any:
        import numpy

        width = self.width
        path, kind = self.folder / name, numpy.float32
        return numpy.fromfile(path, kind, n * width, offset=4 * start * width).reshape(-1, width)

    def texts(self) -> Iterator[str]:
        return corpora.gloss_pairs(self.count)

    def batches(self, size: int) -> Iterator[tuple[range, list[str], Any]]:
        """Numbers, texts and vectors."""
        waiting = self.texts()
        for start in range(0, self.count, size):
            some = list(islice(waiting, size))
            yield (
                range(start, start + len(some)),
                some,
                self.numbers("vectors.f32", start, len(some)),
            )

    def fresh(self, name: str) -> Path:
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)
        return path


def main() -> None:
    system, folder = sys.argv[1], Path(sys.argv[2])
    data = Data(folder)
    row = SYSTEMS[system](data)
    row["peak_mb"], row["held_mb"] = (round(value - BEFORE[0]) for value in memory())
    (folder / "out.json").write_text(json.dumps(row))


BEFORE = [0.0]
"""MB that this process held before anything was kept."""


def begin() -> None:
    """From here on, memory is the system's."""
    forget = Path("/proc/self/clear_refs")
    if forget.exists():
        forget.write_text("5")  # the most that was held so far
    BEFORE[0] = memory()[1]


def memory() -> tuple[float, float]:
    """MB that this process held at most, and that it holds now (elsewhere: at most, too)."""
    status = Path("/proc/self/status")
    if not status.exists():
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1.024e-3
        return most, most
    lines = dict(line.split(":") for line in status.read_text().splitlines())
    most, now = (int(lines[name].split()[0]) * 1.024e-3 for name in ("VmHWM", "VmRSS"))
    return most, now


def seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def asked(data: Data, **asks: Ask) -> dict[str, Any]:
    """Median and 99th percentile, in ms, of each way to ask; and the recall of vectors."""
    row: dict[str, Any] = {}
    for name, ask in asks.items():
        ask(0)
        found, times = [], []
        for number in range(len(data.queries)):
            start = time.perf_counter()
            found.append(ask(number))
            times.append((time.perf_counter() - start) * 1000)
        times.sort()
        row[name] = [times[len(times) // 2], times[len(times) * 99 // 100]]
        if name == "vector":
            same = [len(set(f) & set(b)) / 10 for f, b in zip(found, data.best, strict=True)]
            row["recall"] = sum(same) / len(same)
    return row


def size(path: Path) -> float:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


def ours(data: Data, on_disk: bool = True, dim: int = 256) -> dict[str, Any]:
    from wordllama import WordLlama

    model = WordLlama.load("l2_words", trunc_dim=dim)
    model.embed(data.queries)
    begin()
    path = data.fresh("ours.db") if on_disk else None
    index = model.index(path)
    records = ({"text": text, "part": i % 100} for i, text in enumerate(data.texts()))
    row: dict[str, Any] = {"build_s": seconds(lambda: index.add(records))}
    if path is not None:
        index.close()
        start = time.perf_counter()
        index = model.index(path)
        index.search("warm")
        row["open_s"] = time.perf_counter() - start
        row["file_mb"] = size(path)
    queries = data.queries
    if dim < data.width:  # the best of all vectors are those of wider ones
        exact = [index.search(query, 10, "vector", exact=True).ids for query in queries]
        data.best = [[int(id) for id in ids] for ids in exact]
    row |= asked(
        data,
        hybrid=lambda i: index.search(queries[i], 10).ids,
        vector=lambda i: index.search(queries[i], 10, "vector").ids,
        keyword=lambda i: index.search(queries[i], 10, "keyword").ids,
        filtered=lambda i: index.search(queries[i], 10, where="part = 7").ids,
    )
    times = [seconds(lambda text=text: index.add([text])) for text in queries[:50]]
    row["add_ms"] = sorted(times)[25] * 1000
    return row


def lancedb(data: Data) -> dict[str, Any]:
    import lancedb
    import pyarrow

    begin()
    path = data.fresh("lance")
    database = lancedb.connect(path)
    kinds = {"id": pyarrow.int64(), "text": pyarrow.string(), "part": pyarrow.int64()}
    schema = pyarrow.schema(kinds | {"vector": pyarrow.list_(pyarrow.float32(), data.width)})

    def batches() -> Iterator[Any]:
        for numbers, texts, vectors in data.batches(10_000):
            column = pyarrow.FixedSizeListArray.from_arrays(vectors.reshape(-1), data.width)
            parts = [number % 100 for number in numbers]
            yield pyarrow.record_batch([list(numbers), texts, parts, column], schema=schema)

    def build() -> None:
        table = database.create_table("t", batches(), schema=schema)
        table.create_index(metric="cosine")
        table.create_fts_index("text", use_tantivy=False)
        table.create_scalar_index("part")

    row: dict[str, Any] = {"build_s": seconds(build)}
    start = time.perf_counter()
    table = lancedb.connect(path).open_table("t")
    table.search("warm", query_type="fts").limit(1).to_list()
    row["open_s"] = time.perf_counter() - start
    row["file_mb"] = size(path)
    queries = data.asked

    def hybrid(number: int) -> Any:
        search = table.search(query_type="hybrid").vector(queries[number])
        return search.text(data.queries[number]).limit(10)

    def ids(search: Any) -> list[int]:
        return [hit["id"] for hit in search.to_list()]

    row |= asked(
        data,
        hybrid=lambda i: ids(hybrid(i)),
        vector=lambda i: ids(table.search(queries[i]).metric("cosine").limit(10)),
        keyword=lambda i: ids(table.search(data.queries[i], query_type="fts").limit(10)),
        filtered=lambda i: ids(hybrid(i).where("part = 7", prefilter=True)),
    )
    one = {"id": -1, "text": data.queries[0], "part": 0, "vector": queries[0]}
    row["add_ms"] = sorted(seconds(lambda: table.add([one])) for _ in range(20))[10] * 1000
    return row


def chroma(data: Data) -> dict[str, Any]:
    import chromadb

    path = data.fresh("chroma")
    client = chromadb.PersistentClient(str(path))
    begin()
    collection = client.create_collection(
        "glosses", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )

    def build() -> None:
        for numbers, texts, vectors in data.batches(5000):
            names = [str(number) for number in numbers]
            parts: Any = [{"part": number % 100} for number in numbers]
            collection.add(names, vectors, parts, texts)

    row: dict[str, Any] = {"build_s": seconds(build), "file_mb": size(path)}
    queries = data.asked

    def vector(number: int) -> list[int]:
        found: Any = collection.query(query_embeddings=queries[number : number + 1], n_results=10)
        return [int(id) for id in found["ids"][0]]

    row |= asked(data, vector=vector)
    times = [
        seconds(lambda i=i: collection.add([f"new{i}"], queries[:1], [{"part": 0}], ["new"]))
        for i in range(20)
    ]
    row["add_ms"] = sorted(times)[10] * 1000
    return row


def sqlite_vec(data: Data) -> dict[str, Any]:
    import pysqlite3 as sqlite3  # Python's own may be built without extensions
    import sqlite_vec as extension

    begin()
    path = data.fresh("vec.db")
    database = sqlite3.connect(path, isolation_level=None)
    database.enable_load_extension(True)
    extension.load(database)

    def build() -> None:
        database.execute("PRAGMA journal_mode = WAL")
        kind = f"v float[{data.width}] distance_metric=cosine"
        database.execute(
            f"CREATE VIRTUAL TABLE v USING vec0(id INTEGER PRIMARY KEY, {kind}, part INTEGER)"
        )
        database.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize = 'porter unicode61')")
        database.execute("BEGIN")
        for numbers, texts, vectors in data.batches(10_000):
            rows = (
                (i, vector.tobytes(), i % 100) for i, vector in zip(numbers, vectors, strict=True)
            )
            database.executemany("INSERT INTO v VALUES (?, ?, ?)", rows)
            pairs = zip(numbers, texts, strict=True)
            database.executemany("INSERT INTO t (rowid, text) VALUES (?, ?)", pairs)
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    row: dict[str, Any] = {"build_s": seconds(build), "file_mb": size(path)}
    near = "SELECT id FROM v WHERE v MATCH ? AND k = 10"
    words = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10"
    queries = data.asked

    def match(number: int) -> str:
        return " OR ".join(f'"{word}"' for word in data.queries[number].split())

    def ids(sql: str, value: Any) -> list[int]:
        return [id for (id,) in database.execute(sql, [value])]

    row |= asked(
        data,
        vector=lambda i: ids(near, queries[i].tobytes()),
        keyword=lambda i: ids(words, match(i)),
    )
    return row


def bm25s(data: Data) -> dict[str, Any]:
    import bm25s as library
    import Stemmer

    known = list(data.texts())
    begin()
    stemmer = Stemmer.Stemmer("english")
    retriever = library.BM25()

    def tokens(texts: list[str]) -> Any:
        return library.tokenize(texts, stopwords=None, stemmer=stemmer, show_progress=False)

    def build() -> None:
        retriever.index(tokens(known), show_progress=False)

    def keyword(number: int) -> list[int]:
        query = tokens([data.queries[number]])
        return [int(i) for i in retriever.retrieve(query, k=10, show_progress=False)[0][0]]

    row: dict[str, Any] = {"build_s": seconds(build)}
    return row | asked(data, keyword=keyword)


def tantivy(data: Data) -> dict[str, Any]:
    import tantivy as library

    begin()
    path = data.fresh("tantivy")
    os.makedirs(path)
    builder = library.SchemaBuilder()
    builder.add_integer_field("id", stored=True)
    builder.add_text_field("text", tokenizer_name="en_stem")
    index = library.Index(builder.build(), path=str(path))

    def build() -> None:
        writer = index.writer()
        for number, text in enumerate(data.texts()):
            writer.add_document(library.Document(id=number, text=text))
        writer.commit()
        writer.wait_merging_threads()

    row: dict[str, Any] = {"build_s": seconds(build), "file_mb": size(path)}
    index.reload()
    searcher = index.searcher()

    def keyword(number: int) -> list[int]:
        words = "".join(c if c.isalnum() else " " for c in data.queries[number])
        query = index.parse_query(words, ["text"])
        return [searcher.doc(at)["id"][0] for _, at in searcher.search(query, 10).hits]

    return row | asked(data, keyword=keyword)


SYSTEMS: dict[str, Callable[[Data], dict[str, Any]]] = {
    "wordllama": ours,
    "wordllama, in memory": lambda data: ours(data, on_disk=False),
    "wordllama, 64 dimensions": lambda data: ours(data, dim=64),
    "LanceDB": lancedb,
    "Chroma": chroma,
    "sqlite-vec and FTS5": sqlite_vec,
    "bm25s": bm25s,
    "tantivy": tantivy,
}

if __name__ == "__main__":
    main()
