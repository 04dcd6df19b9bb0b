"""Data sets as token ids, and the batches of an epoch."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from wordllama.train.config import Data
from wordllama.train.exclude import Exclusion
from wordllama.train.records import Row, read_rows

Tokenize = Callable[[list[str]], tuple[NDArray[np.int32], NDArray[np.int64]]]
_AT_ONCE = 8192


@dataclass(frozen=True)
class Column:
    """Texts as token ids, in a row."""

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    """(n + 1,) where each text begins."""
    keys: NDArray[np.uint64]
    """(n,) equal for equal texts, whatever their case."""

    def take(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Ids and offsets of these texts."""
        starts = self.offsets[rows]
        lengths = self.offsets[rows + 1] - starts
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return self.ids[places], offsets


@dataclass(frozen=True)
class Corpus:
    """One data set. With `lower`, row i + n_rows is row i in lower case."""

    name: str
    kind: str
    columns: tuple[Column, ...]
    scores: NDArray[np.float32] | None
    n_rows: int
    """Rows of the file that were kept."""
    removed: int
    """Rows left out since they hold evaluation text."""
    fingerprint: str
    """Of the kept rows: what is cached for other rows is not used."""

    def __len__(self) -> int:
        return len(self.columns[0].keys)


def kept_rows(data: Data, exclusion: Exclusion) -> Iterator[Row | None]:
    """The rows of a data set; None in place of each that holds an evaluation text."""
    for row in read_rows(data):
        held = any(value in exclusion for value in row if isinstance(value, str))
        yield None if held else row


def read_corpus(
    data: Data, tokenize: Tokenize, exclusion: Exclusion, max_length: int = 256
) -> Corpus:
    """A data set as token ids, read as a stream; ValueError if nothing is left of it."""
    columns: list[_Growing] = []
    scores: list[float] = []
    digest = hashlib.sha256()
    removed = n_rows = 0
    rows = kept_rows(data, exclusion)
    while part := list(islice(rows, _AT_ONCE)):
        kept = [row for row in part if row is not None]
        removed += len(part) - len(kept)
        n_rows += len(kept)
        if not kept:
            continue
        values: list[tuple[object, ...]] = list(zip(*kept, strict=True))
        if data.kind == "scored":
            scores += [float(value) for value in values.pop()]  # type: ignore[arg-type]
        columns = columns or [_Growing() for _ in values]
        for column, texts in zip(columns, values, strict=True):
            column.add([str(text) for text in texts], tokenize, max_length, data.lower)
            digest.update("\n".join(map(str, texts)).encode("utf-8", "surrogatepass"))
    if not n_rows:
        raise ValueError(f"{data.path}: no rows to train on ({removed} were evaluation text)")
    done = tuple(column.finish() for column in columns)
    number = np.tile(np.array(scores, dtype=np.float32), 1 + data.lower) if scores else None
    return Corpus(data.name, data.kind, done, number, n_rows, removed, digest.hexdigest())


def columns_of(rows: Sequence[Row], tokenize: Tokenize) -> tuple[Column, ...]:
    """Rows of texts as columns of token ids."""
    made = []
    for texts in zip(*rows, strict=True):
        column = _Growing()
        column.add(list(texts), tokenize, 1 << 30, False)
        made.append(column.finish())
    return tuple(made)


class _Growing:
    def __init__(self) -> None:
        self.parts: tuple[list[_Part], list[_Part]] = ([], [])

    def add(self, texts: list[str], tokenize: Tokenize, max_length: int, lower: bool) -> None:
        lowered = [text.lower() for text in texts]
        keys = [
            zlib.crc32(text.encode("utf-8", "surrogatepass")) << 32
            | zlib.adler32(text.encode("utf-8", "surrogatepass"))
            for text in lowered
        ]
        for part, version in zip(self.parts, (texts, lowered) if lower else (texts,), strict=False):
            ids, lengths = _cut(*tokenize(version), max_length)
            part.append((ids, lengths, np.array(keys, dtype=np.uint64)))

    def finish(self) -> Column:
        parts = self.parts[0] + self.parts[1]
        lengths = np.concatenate([part[1] for part in parts])
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        ids = np.concatenate([part[0] for part in parts])
        return Column(ids, offsets, np.concatenate([part[2] for part in parts]))


_Part = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.uint64]]


def _cut(
    ids: NDArray[np.int32], offsets: NDArray[np.int64], max_length: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    lengths = np.diff(offsets)
    if lengths.max(initial=0) <= max_length:
        return np.array(ids), lengths
    place = np.arange(len(ids)) - np.repeat(offsets[:-1], lengths)
    return ids[place < max_length], np.minimum(lengths, max_length)


def batches(
    sizes: Sequence[int],
    batch_size: int,
    seed: Sequence[int],
    sampler: str = "PROPORTIONAL",
    labels: Sequence[NDArray[np.int64]] | None = None,
    near: float = 0.0,
) -> list[tuple[int, NDArray[np.int64]]]:
    """(data set, rows) of each batch of one epoch: a function of its arguments alone.

    A batch is drawn from one data set. "PROPORTIONAL" uses every row of all but the last, partial
    batch of a set that has a full one; "ROUND_ROBIN" takes turns until a set is used up. With
    `labels` of the sets' rows, a share `near` of them goes into batches of equal labels.

    >>> [(which, len(rows)) for which, rows in batches([4, 2], 2, (0,), "ROUND_ROBIN")]
    [(0, 2), (1, 2)]
    """
    cut: list[list[tuple[int, NDArray[np.int64]]]] = []
    for which, size in enumerate(sizes):
        order = np.random.default_rng((*seed, which)).permutation(size)
        if labels is not None:
            alike = order[: int(near * size)]
            order[: len(alike)] = alike[np.argsort(labels[which][alike], kind="stable")]
        full = max(1, size // batch_size)
        cut.append([(which, order[i * batch_size : (i + 1) * batch_size]) for i in range(full)])
    if sampler == "ROUND_ROBIN":
        return [batch for turn in zip(*cut, strict=False) for batch in turn]
    listed = [batch for part in cut for batch in part]
    order = np.random.default_rng((*seed, len(sizes))).permutation(len(listed))
    return [listed[i] for i in order]
