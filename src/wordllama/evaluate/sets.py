"""Evaluation sets in a plain layout: one folder a set, TSV, CSV or JSONL inside.

What a set is for is read off its columns (`KINDS`), or stated in a `task.toml` beside its files.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wordllama.evaluate.tables import Row, read_rows
from wordllama.evaluate.tasks import (
    Clustered,
    Labelled,
    LabelledPairs,
    Reranking,
    Retrieval,
    ScoredPairs,
    Task,
)
from wordllama.modelfiles.tomlfile import read_toml


@dataclass(frozen=True)
class Kind:
    """What a set of some kind looks like; Markdown for the documentation."""

    files: str
    columns: tuple[str, ...]
    note: str = ""


_HALVED = "`train` and `test`; or one of them, which is halved"
_BEIR = "`corpus.jsonl`, `queries.jsonl`, `qrels.tsv` (also `queries.test.jsonl`, `qrels/test.tsv`)"
KINDS = {
    "STS": Kind("`test`", ("sentence1", "sentence2", "score")),
    "pairs": Kind("`test`", ("sentence1", "sentence2", "label"), "label 0 or 1"),
    "words": Kind("`test`", ("word1", "word2", "score")),
    "classification": Kind(_HALVED, ("text", "label")),
    "clustering": Kind(
        '`test` or `all`, in a folder whose name has "clustering"', ("text", "label")
    ),
    "retrieval": Kind(_BEIR, (), "as in BEIR"),
    "reranking": Kind(
        "`test.jsonl`", ("query", "positive", "negative"), "positive and negative are lists"
    ),
}


def kinds_table() -> str:
    """The kinds of sets as a table in Markdown, as the documentation has it."""
    lines = ["| task | files | columns |", "| --- | --- | --- |"]
    for name, kind in KINDS.items():
        columns = ", ".join(f"`{column}`" for column in kind.columns)
        told = "; ".join(part for part in (columns, kind.note) if part)
        lines.append(f"| {name} | {kind.files} | {told} |")
    return "\n".join(lines) + "\n"


SUFFIXES = (".tsv", ".csv", ".jsonl")
TEXT = ("text", "sentence", "title")
LABEL = ("label", "sentiment", "intent", "category", "class", "topic", "is_counterfactual")
TEST = ("test", "validation", "valid", "val", "dev", "all")


def read_tasks(folder: str | Path, names: Sequence[str] | None = None) -> list[Task]:
    """Every set under `folder` (or those called `names`), in the order of their names.

    A folder without TSV, CSV or JSONL files is passed over.

    Raises:
        FileNotFoundError: no such folder, or no set in it, or none of a name asked for.
        ValueError: a set whose columns say nothing; the message names file and columns.
    """
    root = Path(folder)
    if not root.is_dir():
        raise FileNotFoundError(f"{root}: no such folder of evaluation sets")
    found = [path for path in sorted(root.iterdir()) if path.is_dir() and _files(path)]
    known = {path.name for path in found}
    missing = sorted(set(names or ()) - known)
    if missing or not found:
        what = ", ".join(missing) or "an evaluation set"
        raise FileNotFoundError(f"{root}: does not hold {what}; it holds {sorted(known)}")
    return [task for path in found if not names or path.name in names for task in read_set(path)]


def read_set(folder: str | Path) -> list[Task]:
    """The tasks of one folder: one, or one for each prefix of its files (`EN_test`, ...)."""
    path = Path(folder)
    files = _files(path)
    stated = _task_toml(path)
    if path / "corpus.jsonl" in files or stated.get("kind") == "retrieval":
        return [_retrieval(path, stated)]
    splits = {file.stem: file for file in files}
    plain = {name for name in splits if "_" not in name and "." not in name}
    prefixes = [""] if plain else sorted({name.rpartition("_")[0] + "_" for name in splits})
    return [_table_task(path, splits, prefix, stated) for prefix in prefixes]


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES and p.is_file())


def _task_toml(folder: Path) -> dict[str, Any]:
    path = folder / "task.toml"
    if not path.exists():
        return {}
    stated = read_toml(path, extra="evaluate")
    unknown = sorted(set(stated) - {"kind", "name", "columns"})
    if unknown:
        raise ValueError(f"{path}: unknown keys {unknown}; known are kind, name, columns")
    for key, kind in (("kind", str), ("name", str), ("columns", dict)):
        if key in stated and not isinstance(stated[key], kind):
            raise ValueError(f"{path}: {key} is {stated[key]!r}, expected a {kind.__name__}")
    if "kind" in stated and stated["kind"] not in KINDS:
        raise ValueError(f"{path}: kind must be one of {tuple(KINDS)}, got {stated['kind']!r}")
    return stated


def _table_task(folder: Path, splits: dict[str, Path], prefix: str, stated: dict[str, Any]) -> Task:
    name = stated.get("name", folder.name) + (f" {prefix[:-1]}" if prefix else "")
    tests = [splits[prefix + split] for split in TEST if prefix + split in splits]
    if not tests:
        raise ValueError(f"{folder}: wants a file called one of {TEST}, has {sorted(splits)}")
    file, train = tests[0], splits.get(prefix + "train")
    rows = _renamed(read_rows(file), stated, file)
    columns = set(rows[0])
    kind = stated.get("kind") or _kind(columns, folder.name)
    if kind == "STS" or kind == "words":
        pair = KINDS[kind].columns[:2]
        scores = _numbers(rows, "score", file)
        _several("score", scores, file)
        return ScoredPairs(name, *_columns(rows, pair, file), scores, group=kind)
    if kind == "pairs":
        labels = _numbers(rows, "label", file)
        _several("label", labels, file)
        if not set(labels) <= {0, 1}:
            raise ValueError(f"{file}: the labels of pairs are 0 and 1, not {sorted(set(labels))}")
        pair = KINDS[kind].columns[:2]
        return LabelledPairs(name, *_columns(rows, pair, file), list(map(bool, labels)))
    if kind == "reranking":
        return _reranking(name, rows, file)
    if kind is None:
        raise ValueError(f"{file}: columns {sorted(columns)} fit no kind of task; see task.toml")
    text, label = _pick(columns, TEXT, file), _pick(columns, LABEL, file)
    test = _columns(rows, (text, label), file)
    _several("label", test[1], file)
    if kind == "clustering":
        return Clustered(name, *test)
    if train is None:
        return _halved(name, *test)
    examples = _columns(_renamed(read_rows(train), stated, train), (text, label), train)
    _several("label", examples[1], train)
    return Labelled(name, *examples, *test)


def _kind(columns: set[str], name: str) -> str | None:
    if columns >= {"sentence1", "sentence2"}:
        return "STS" if "score" in columns else "pairs"
    for kind in ("words", "reranking"):
        if columns >= set(KINDS[kind].columns):
            return kind
    if columns & set(TEXT) and columns & set(LABEL):
        return "clustering" if "clustering" in name.lower() else "classification"
    return None


def _renamed(rows: list[Row], stated: dict[str, Any], file: Path) -> list[Row]:
    columns = stated.get("columns", {})
    for ours, theirs in columns.items():
        if theirs not in rows[0]:
            held = sorted(rows[0])
            raise ValueError(f"{file}: task.toml's columns.{ours} is {theirs!r}, held are {held}")
    return [row | {ours: row[theirs] for ours, theirs in columns.items()} for row in rows]


def _pick(columns: set[str], names: Iterable[str], file: Path) -> str:
    for name in names:
        if name in columns:
            return name
    raise ValueError(f"{file}: wants a column called one of {tuple(names)}, has {sorted(columns)}")


def _columns(rows: list[Row], names: Sequence[str], file: Path) -> tuple[list[str], list[str]]:
    for name in names:
        if name not in rows[0]:
            raise ValueError(f"{file}: no column {name!r}, it has {sorted(rows[0])}")
        place = next((i for i, row in enumerate(rows, 1) if row[name] is None), None)
        if place is not None:
            raise ValueError(f"{file}: row {place}: {name} is null")
    first, second = ([str(row[name]) for row in rows] for name in names)
    return first, second


def _numbers(rows: list[Row], column: str, file: Path) -> list[float]:
    numbers = []
    for place, row in enumerate(rows, 1):
        try:
            number = float(row[column])
        except (KeyError, TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            value = row.get(column)
            raise ValueError(f"{file}: row {place}: {column} is {value!r}, not a number")
        numbers.append(number)
    return numbers


def _several(column: str, values: Sequence[object], file: Path) -> None:
    if len(set(values)) < 2:
        value = values[0]
        raise ValueError(f"{file}: every row has the {column} {value!r}; two or more are wanted")


def _halved(name: str, texts: list[str], labels: list[str]) -> Task:
    """Examples from one half, tested on the other; the halves are random but always the same."""
    order = np.random.default_rng(0).permutation(len(texts)).tolist()
    halves = order[: len(order) // 2], order[len(order) // 2 :]
    train, test = ([texts[i] for i in half] for half in halves)
    train_labels, test_labels = ([labels[i] for i in half] for half in halves)
    return Labelled(name, train, train_labels, test, test_labels)


def _reranking(name: str, rows: list[Row], file: Path) -> Task:
    for place, row in enumerate(rows, 1):
        for column in ("positive", "negative"):
            if not isinstance(row.get(column), list):
                raise ValueError(f"{file}: row {place}: {column} must be a list of texts")
        if not row["positive"]:
            raise ValueError(f"{file}: row {place}: positive is empty")
    queries = [str(row["query"]) for row in rows]
    return Reranking(name, queries, [r["positive"] for r in rows], [r["negative"] for r in rows])


def _retrieval(folder: Path, stated: dict[str, Any]) -> Task:
    documents = read_rows(folder / "corpus.jsonl")
    queries = {str(row["_id"]): str(row["text"]) for row in read_rows(_one_of(folder, "queries"))}
    place = {str(row["_id"]): i for i, row in enumerate(documents)}
    if len(place) < len(documents):
        double = Counter(str(row["_id"]) for row in documents).most_common(1)[0][0]
        raise ValueError(f"{folder / 'corpus.jsonl'}: the _id {double!r} stands there twice")
    judged: dict[str, dict[int, float]] = {}
    qrels = _one_of(folder, "qrels")
    rows = read_rows(qrels)
    for row, grade in zip(rows, _numbers(rows, "score", qrels), strict=True):
        query, document = str(row["query-id"]), str(row["corpus-id"])
        if query not in queries or document not in place:
            named = f"query {query!r} and document {document!r}"
            raise ValueError(f"{qrels}: names {named}, which are not both held")
        judged.setdefault(query, {})[place[document]] = max(grade, 0.0)
    texts = [f"{row.get('title') or ''} {row['text'] or ''}".strip() for row in documents]
    asked = [query for query in queries if any(judged.get(query, {}).values())]
    if not asked:
        raise ValueError(f"{qrels}: no query has a document with a score over 0")
    name = stated.get("name", folder.name)
    return Retrieval(name, [queries[q] for q in asked], texts, [judged[q] for q in asked])


def _one_of(folder: Path, what: str) -> Path:
    """`queries.test.jsonl`, `queries.jsonl`, `qrels/test.tsv` and so on: the first that exists."""
    stems = (f"{what}.test", what, f"{what}/test", f"{what}.dev", f"{what}/dev")
    paths = [folder / f"{stem}{suffix}" for stem in stems for suffix in SUFFIXES]
    for path in paths:
        if path.exists():
            return path
    raise FileNotFoundError(f"{folder}: wants {what} in one of {', '.join(stems)} ({SUFFIXES})")
