"""What `wordllama dedup` compares, and what it writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wordllama import coverage, dedup
from wordllama.cli.corpus import Corpus
from wordllama.cli.corpus_vectors import in_file
from wordllama.cli.stored_vectors import embedded
from wordllama.files import Batch, Writer

if TYPE_CHECKING:
    from wordllama import WordLlama


class Side:
    """The records of one side as they are compared: read once."""

    def __init__(
        self, records: Corpus, columns: Sequence[str] | None, fold: bool, wl: WordLlama | None
    ) -> None:
        """`columns`: those that are compared; None for the one that the corpus has. Without a
        model there are no vectors.
        """
        self.records = records.again()
        digests: list[NDArray[np.uint64]] = []
        lengths: list[NDArray[np.int64]] = []
        unread: list[NDArray[np.bool_]] = []

        def parts() -> Iterator[NDArray[Any]]:
            for batch in self.records:
                texts = _texts(batch, columns)
                lengths.append(np.sum([[len(text) for text in each] for each in texts], axis=0))
                if fold:
                    texts = [[dedup.folded(text) for text in each] for each in texts]
                digests.append(np.hstack([dedup.digests(column) for column in texts]))
                if wl is not None and wl.check:
                    masks = [coverage.unread(wl.encoder, column) for column in texts]
                    unread.append(np.logical_or.reduce(masks))
                if fold or columns or wl is None:
                    yield self._vectors(wl, texts)
                else:
                    yield embedded(wl, batch, records.vectors, norm=True)

        empty: list[list[str]] = [[] for _ in columns or [""]]
        vectors = in_file(self._vectors(wl, empty), parts())
        self.digests = np.concatenate([np.zeros((0, 2 * len(empty)), np.uint64), *digests])
        """(n, 2) for each column: what stands for the texts."""
        self.lengths = np.concatenate([np.zeros(0, np.int64), *lengths])
        checked = wl is not None and wl.check
        self._unread = np.concatenate([np.zeros(0, bool), *unread]) if checked else None
        first = dedup.first_same_row(self.digests)
        new = first == np.arange(len(first))
        self._vectors_of_new = vectors if wl is None else _packed(vectors, np.flatnonzero(new))
        self._row = (np.cumsum(new) - 1)[first]

    def __len__(self) -> int:
        return len(self.digests)

    def compared(self, order: NDArray[np.int64]) -> dedup.Compared:
        """The records in an order."""
        first = dedup.first_same_row(self.digests[order])
        unread = None if self._unread is None else self._unread[order]
        return dedup.Compared(self._vectors_of_new, self._row[order], first, unread)

    @staticmethod
    def _vectors(wl: WordLlama | None, texts: list[list[str]]) -> NDArray[Any]:
        if wl is None:
            return np.zeros((0, 1), np.float32)
        columns = [wl.embed(column, norm=not wl.binary) for column in texts]
        return columns[0] if len(columns) == 1 else dedup.records.joined(columns)


def _texts(batch: Batch, columns: Sequence[str] | None) -> list[list[str]]:
    """The texts of each column that is compared."""
    if columns is None:
        return [batch.texts]
    return list(dedup.records.texts_of(batch.rows.records(), columns).values())


def _packed(vectors: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
    """Some rows in order, moved to the front of the vectors: no second file."""
    for start in range(0, len(rows), 1 << 14):
        some = rows[start : start + (1 << 14)]
        vectors[start : start + len(some)] = vectors[some]
    return vectors[: len(rows)]


def equal(one: Side, other: Side) -> NDArray[np.int64]:
    """For each record of one side the first of the other whose texts are the same, or -1."""
    count = len(other)
    first = dedup.first_same_row(np.concatenate([other.digests, one.digests]))[count:]
    return np.where(first < count, first, -1)


def write_kept(
    records: Corpus, decision: dedup.Decision, out: Writer, with_groups: bool = False
) -> None:
    """The records that stay; `with_groups` all of them, with their group and whether they stay."""
    stays, start = decision.match < 0, 0
    for batch in records:
        here = slice(start, start + len(batch))
        start += len(batch)
        if with_groups:
            batch = batch.add("duplicate_group", decision.group[here]).add("kept", stays[here])
            out.write(batch)
        elif stays[here].any():
            out.write(batch.take(np.flatnonzero(stays[here])))


def write_duplicates(
    records: Corpus,
    held_out: Corpus | None,
    decision: dedup.Decision,
    id_column: str | None,
    out: Writer,
) -> None:
    """The records that go, each with what it is a duplicate of."""
    gone = np.flatnonzero(decision.match >= 0)
    outside = decision.outside
    of = _known(records, decision.match[gone[~outside[gone]]], id_column)
    other = _known(held_out, decision.match[gone[outside[gone]]], id_column) if held_out else {}
    ids = any(known is not None for _, known in (*of.values(), *other.values()))
    start = 0
    for batch in records:
        places = gone[slice(*np.searchsorted(gone, [start, start + len(batch)]))]
        if len(places):
            match = decision.match[places]
            out_of = outside[places].tolist()
            named = [(other if o else of)[n] for n, o in zip(match.tolist(), out_of, strict=True)]
            here = batch.take(places - start)
            here = here.add("duplicate_of", [text for text, _ in named])
            here = here.add("duplicate_at", match)
            if ids or id_column is not None:
                here = here.add("duplicate_id", [known for _, known in named])
            if held_out:
                here = here.add("duplicate_in", ["against" if o else "input" for o in out_of])
            here = here.add("similarity", decision.score[places])
            here = here.add("duplicate_exact", decision.exact[places])
            out.write(here.add("duplicate_group", decision.group[places]))
        start += len(batch)


def least_similar(
    records: Corpus, held_out: Corpus | None, decision: dedup.Decision, n: int
) -> list[str]:
    """The `n` duplicates that are least similar to what they go for, a line each."""
    gone = np.flatnonzero((decision.match >= 0) & ~decision.exact)
    gone = gone[np.argsort(decision.score[gone], kind="stable")[:n]]
    match, outside = decision.match[gone], decision.outside[gone]
    texts = _known(records, np.concatenate([gone, match[~outside]]), None)
    others = _known(held_out, match[outside], None) if held_out else {}
    return [
        str(
            dedup.Duplicate(
                i,
                texts[i][0],
                of,
                (others if out else texts)[of][0],
                float(decision.score[i]),
                exact=False,
                outside=out,
            )
        )
        for i, of, out in zip(gone.tolist(), match.tolist(), outside.tolist(), strict=True)
    ]


def _known(
    records: Corpus, places: NDArray[np.int64], id_column: str | None
) -> dict[int, tuple[str, Any]]:
    """The text, and the value of the id column (`id` if there is one), of the records at places."""
    rows = np.unique(places)
    known: dict[int, tuple[str, Any]] = {}
    start = 0
    for batch in records:
        here = rows[slice(*np.searchsorted(rows, [start, start + len(batch)]))]
        if len(here):
            some = batch.take(here - start)
            name = id_column or "id"
            ids: Sequence[Any] = [None] * len(here)
            if name in some.names() and name != some.column:
                ids = [record.get(name) for record in some.rows.records()]
            elif id_column is not None:
                raise ValueError(f"--id: no column {name!r}; columns: {', '.join(some.names())}")
            known |= zip(here.tolist(), zip(some.texts, ids, strict=True), strict=True)
        start += len(batch)
    return known
