"""One system keeps and finds, in its own interpreter: for `index.py`.

Usage: index_child.py SYSTEM FOLDER, with FOLDER/in.json, vectors.npy and queries.npy; writes
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
from pathlib import Path
from typing import Any

Ask = Callable[[int], list[int]]
"""Number of a query -> numbers of the records found."""


class Data:
    def __init__(self, folder: Path) -> None:
        import numpy

        given = json.loads((folder / "in.json").read_text())
        self.folder = folder
        self.texts: list[str] = given["texts"]
        self.queries: list[str] = given["queries"]
        self.best: list[list[int]] = given["best"]
        self.asked = numpy.load(folder / "queries.npy")

    def vectors(self) -> Any:
        import numpy

        return numpy.load(self.folder / "vectors.npy", mmap_mode="r")

    def fresh(self, name: str) -> Path:
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)
        return path


def main() -> None:
    system, folder = sys.argv[1], Path(sys.argv[2])
    data = Data(folder)
    # What is held besides the index, and the vectors of the peers, are not the index's.
    before = memory()
    row = SYSTEMS[system](data)
    row["peak_mib"] = round(memory() - before)
    (folder / "out.json").write_text(json.dumps(row))


def memory() -> float:
    """MiB that this process holds now."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmRSS:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


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


def ours(data: Data, on_disk: bool = True) -> dict[str, Any]:
    from wordllama import WordLlama

    model = WordLlama.load("l2_words")
    model.embed("a text")
    path = data.fresh("ours.db") if on_disk else None
    index = model.index(path)

    def records() -> Iterator[dict[str, Any]]:
        for number, text in enumerate(data.texts):
            yield {"text": text, "part": number % 100}

    row: dict[str, Any] = {"build_s": seconds(lambda: index.add(records()))}
    if path is not None:
        index.close()
        start = time.perf_counter()
        index = model.index(path)
        index.search("warm")
        row["open_s"] = time.perf_counter() - start
        row["file_mb"] = size(path)
    queries = data.queries
    row |= asked(
        data,
        hybrid=lambda i: index.search(queries[i], 10).ids,
        vector=lambda i: index.search(queries[i], 10, "vector").ids,
        keyword=lambda i: index.search(queries[i], 10, "keyword").ids,
        filtered=lambda i: index.search(queries[i], 10, where="part = 7").ids,
    )
    times = [seconds(lambda text=text: index.add([text])) for text in data.texts[:50]]
    row["add_ms"] = sorted(times)[25] * 1000
    return row


def lancedb(data: Data) -> dict[str, Any]:
    import lancedb
    import pyarrow

    path = data.fresh("lance")
    database = lancedb.connect(path)
    row: dict[str, Any] = {}

    def build() -> Any:
        vectors = pyarrow.FixedSizeListArray.from_arrays(
            pyarrow.array(data.vectors().reshape(-1)), data.asked.shape[1]
        )
        numbers = pyarrow.array(range(len(data.texts)))
        parts = pyarrow.array([number % 100 for number in range(len(data.texts))])
        columns = {"id": numbers, "text": data.texts, "part": parts, "vector": vectors}
        table = database.create_table("t", pyarrow.table(columns))
        table.create_index(metric="cosine")
        table.create_fts_index("text", use_tantivy=False)
        table.create_scalar_index("part")
        return table

    row["build_s"] = seconds(build)
    start = time.perf_counter()
    table = lancedb.connect(path).open_table("t")
    table.search("warm", query_type="fts").limit(1).to_list()
    row["open_s"] = time.perf_counter() - start
    row["file_mb"] = size(path)

    def hybrid(number: int) -> Any:
        search = table.search(query_type="hybrid").vector(data.asked[number])
        return search.text(data.queries[number]).limit(10)

    def ids(search: Any) -> list[int]:
        return [hit["id"] for hit in search.to_list()]

    row |= asked(
        data,
        hybrid=lambda i: ids(hybrid(i)),
        vector=lambda i: ids(table.search(data.asked[i]).metric("cosine").limit(10)),
        keyword=lambda i: ids(table.search(data.queries[i], query_type="fts").limit(10)),
        filtered=lambda i: ids(hybrid(i).where("part = 7", prefilter=True)),
    )
    one = {"id": -1, "text": data.texts[0], "part": 0, "vector": data.asked[0]}
    row["add_ms"] = sorted(seconds(lambda: table.add([one])) for _ in range(20))[10] * 1000
    return row


def sqlite_vec(data: Data) -> dict[str, Any]:
    import pysqlite3 as sqlite3  # Python's own may be built without extensions
    import sqlite_vec as extension

    path = data.fresh("vec.db")
    database = sqlite3.connect(path, isolation_level=None)
    database.enable_load_extension(True)
    extension.load(database)
    width = data.asked.shape[1]

    def build() -> None:
        database.execute("PRAGMA journal_mode = WAL")
        vec = f"vec0(id INTEGER PRIMARY KEY, v float[{width}] distance_metric=cosine, part INTEGER)"
        database.execute(f"CREATE VIRTUAL TABLE v USING {vec}")
        database.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize = 'porter unicode61')")
        database.execute("BEGIN")
        vectors = data.vectors()
        rows = ((i, vectors[i].tobytes(), i % 100) for i in range(len(data.texts)))
        database.executemany("INSERT INTO v VALUES (?, ?, ?)", rows)
        database.executemany("INSERT INTO t (rowid, text) VALUES (?, ?)", enumerate(data.texts))
        database.execute("COMMIT")

    row: dict[str, Any] = {"build_s": seconds(build), "file_mb": size(path)}
    near = "SELECT id FROM v WHERE v MATCH ? AND k = 10"
    words = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10"

    def match(number: int) -> str:
        return " OR ".join(f'"{word}"' for word in data.queries[number].split())

    def ids(sql: str, value: Any) -> list[int]:
        return [id for (id,) in database.execute(sql, [value])]

    row |= asked(
        data,
        vector=lambda i: ids(near, data.asked[i].tobytes()),
        keyword=lambda i: ids(words, match(i)),
    )
    return row


def bm25s(data: Data) -> dict[str, Any]:
    import bm25s as library
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    retriever = library.BM25()

    def tokens(texts: list[str]) -> Any:
        return library.tokenize(texts, stopwords=None, stemmer=stemmer, show_progress=False)

    def build() -> None:
        retriever.index(tokens(data.texts), show_progress=False)

    def keyword(number: int) -> list[int]:
        query = tokens([data.queries[number]])
        return [int(i) for i in retriever.retrieve(query, k=10, show_progress=False)[0][0]]

    row: dict[str, Any] = {"build_s": seconds(build)}
    return row | asked(data, keyword=keyword)


def tantivy(data: Data) -> dict[str, Any]:
    import tantivy as library

    path = data.fresh("tantivy")
    os.makedirs(path)
    builder = library.SchemaBuilder()
    builder.add_integer_field("id", stored=True)
    builder.add_text_field("text", tokenizer_name="en_stem")
    index = library.Index(builder.build(), path=str(path))

    def build() -> None:
        writer = index.writer()
        for number, text in enumerate(data.texts):
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
    "LanceDB": lancedb,
    "sqlite-vec and FTS5": sqlite_vec,
    "bm25s": bm25s,
    "tantivy": tantivy,
}

if __name__ == "__main__":
    main()
