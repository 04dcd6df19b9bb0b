"""A transaction: what is added and deleted, in the file and in a draft of the memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama import coverage
from wordllama.encode.encoder import Encoder
from wordllama.index import fields
from wordllama.index.blocks import TOKENS, Block, regrouped
from wordllama.index.embedding import block_of
from wordllama.index.memory import Draft, Memory, empty
from wordllama.index.records import Batch
from wordllama.index.results import Skipped
from wordllama.index.store import Id, Store
from wordllama.keywords import Terms
from wordllama.pairs import exact as pairs


class Change:
    """What one transaction does. Its caller begins it, and calls `finish` before the commit."""

    def __init__(
        self,
        store: Store,
        memory: Memory,
        terms: Terms,
        encoder: Encoder,
        stored: NDArray[np.bool_],
    ) -> None:
        about = store.about()
        self.store = store
        self.draft = Draft(memory, terms)
        self.encoder = encoder
        self.terms = terms
        self.stored = stored.copy()
        """Of which tokens the file has the stem."""
        self.generation = int(about["generation"]) + 1
        self.compactions = int(about["compactions"])
        self.next_row = int(about["next_row"])
        self.kinds = store.fields()
        self.ids: list[Id] = []
        self._first_row = self.next_row
        self._again: set[Id] = set()
        """Those of `ids` that came again in a later batch."""
        self.replaced = 0
        self.skipped: list[Skipped] = []
        self.unread = 0
        """How many were not compared with others, since the model does not read them."""

    # -- adding ----------------------------------------------------------------------------------

    def add(self, batch: Batch, skip_duplicates: float | None, check: bool = True) -> None:
        """Add a batch of records; each takes the place of what had its id.

        With `check`, only an exact copy of a text that the model does not read is a duplicate.
        """
        if batch.text_columns:
            self.store.say(text_columns="\n".join(batch.text_columns))
        if skip_duplicates is None:
            places = _last_of_each(batch.ids, len(batch.texts))
            self.replaced += len(batch.texts) - len(places)
            block = self._block_of([batch.texts[place] for place in places])
        else:
            block = self._block_of(batch.texts)
            unread = np.zeros(len(batch.texts), bool)
            if check:
                unread = coverage.unread(self.encoder, batch.texts)
            kept = self._without_duplicates(block, batch, skip_duplicates, unread)
            places = kept.tolist()
            block = replace(block.take(kept), rows=block.rows[: len(kept)])
        if batch.ids is not None:
            # Of a record that is skipped, too: the one that had its id is not what it was.
            there = self.store.rows_of(list(dict.fromkeys(batch.ids)))
            self._again |= {id for id, row in there.items() if row >= self._first_row}
            self.replaced += self.delete_rows(np.array(sorted(there.values()), np.int64))
        values = self._values(batch, places)
        if places:
            self._insert(batch, places, values, block)

    def added(self) -> list[Id]:
        """The ids of the records that were added and are there, in order."""
        if not self._again:
            return self.ids
        there = set(self.store.rows_of(list(self._again)))
        ids: list[Id] = []
        for id in reversed(self.ids):
            if id in self._again:
                if id not in there:
                    continue
                there.discard(id)  # its earlier ones were replaced
            ids.append(id)
        return ids[::-1]

    def _block_of(self, texts: list[str]) -> Block:
        rows = np.arange(self.next_row, self.next_row + len(texts))
        return block_of(rows, texts, self.encoder, self.store.layout.binary)

    def _insert(
        self, batch: Batch, places: list[int], values: dict[str, list[Any]], block: Block
    ) -> None:
        rows = block.rows.tolist()
        ids: list[Id] = rows if batch.ids is None else [batch.ids[i] for i in places]
        if batch.ids is None and (taken := self.store.rows_of(ids)):
            raise ValueError(
                f"a record was given the id {next(iter(taken))}, which is that of the next record "
                "without one; give ids to all records or to none"
            )
        texts = [batch.texts[i] for i in places]
        self.store.add_records(list(values), zip(rows, ids, texts, *values.values(), strict=True))
        self._keep_stems(block)
        for part in [block] if len(block.tokens) <= TOKENS else regrouped([block]):
            self.store.blocks.add(part)
        self.draft.append(block)
        self.next_row += len(block)
        self.ids += ids

    def _values(self, batch: Batch, places: list[int]) -> dict[str, list[Any]]:
        """The fields as columns of what SQLite keeps; new fields are noted."""
        fields.check_names(batch.columns, self.kinds, f"record {batch.first}")
        columns, kinds = {}, dict(self.kinds)
        for name, column in batch.columns.items():
            values = fields.plain(column)
            kind = fields.kind_of(values, kinds.get(name), name, batch.first)
            values = fields.to_sql(values, kind, name, batch.first)
            if (kinds.get(name), kind) == ("integer", "real"):
                for id, number in self.store.large_numbers(name):
                    fields.exact_float(number, name, f"the record with the id {id!r}")
            kinds[name] = kind
            columns[name] = values if len(places) == len(values) else [values[i] for i in places]
        self.store.set_fields(self.kinds, kinds)
        self.kinds = kinds
        return columns

    def _keep_stems(self, block: Block) -> None:
        new = np.unique(block.tokens[~self.stored[block.tokens]])
        if len(new):
            self.store.add_stems(self.terms.keys(new))
            self.stored[new] = True

    def _without_duplicates(
        self, block: Block, batch: Batch, threshold: float, unread: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Which of the batch's records stay: like none that is there when it is their turn, nor
        replaced by a later one. The others are noted. Those unread are compared as texts.
        """
        n = len(block)
        # Until when a record of the batch is there, and one from before that has this id.
        ends, first = _turns(batch.ids, n)
        old = self.store.rows_of(list(first))
        compared = np.flatnonzero(~unread)
        vectors = block.vectors if len(compared) == n else block.vectors[compared]
        texts = {row: batch.texts[row] for row in np.flatnonzero(unread).tolist()}
        same: dict[str, list[tuple[Id, int]]] = {}
        for text, held in self.store.ids_of_texts(list(texts.values())):
            same.setdefault(text, []).append((held, first.get(held, n)))
        best = np.full(n, threshold, np.float32)
        other = np.full(n, -1)
        until = np.where(self.draft.alive(), n, -1)
        places = np.searchsorted(self.draft.rows, np.array(list(old.values()), np.int64))
        until[places] = [first[id] for id in old]
        if (until >= 0).any():
            for found in pairs.above(vectors, threshold, self.draft.vectors):
                here = compared[found.left] < until[found.right]
                for left, right, score in zip(*(part[here] for part in found), strict=True):
                    left = compared[left]
                    if score > best[left]:
                        best[left], other[left] = score, right
        earlier: dict[int, list[tuple[int, float]]] = {}
        for found in pairs.above(vectors, threshold):
            for left, right, score in zip(*found, strict=True):
                pair = int(compared[left]), float(score)
                earlier.setdefault(int(compared[right]), []).append(pair)
        kept: dict[int, Id] = {}
        for row in range(n):
            of = None if other[row] < 0 else self._id_at(int(other[row]))
            score = float(best[row])
            for left, alike in earlier.get(row, ()):
                if left in kept and row < ends[left] and (of is None or alike > score):
                    of, score = kept[left], alike
            if row in texts:
                copies = [id for id, end in same.get(texts[row], ()) if row < end]
                of, score = (copies[0], 1.0) if copies else (of, score)
            id = None if batch.ids is None else batch.ids[row]
            if of is None:
                kept[row] = self.next_row + len(kept) if id is None else id
                if row in texts:
                    same.setdefault(texts[row], []).append((kept[row], ends[row]))
                    self.unread += 1
            else:
                self.skipped.append(Skipped(batch.first + row, id, of, score))
        last = [row for row in kept if ends[row] == n]
        self.replaced += len(kept) - len(last)
        return np.array(last, np.int64)

    def _id_at(self, place: int) -> Id:
        row = int(self.draft.rows[place])
        return self.store.records([row])[row][0]

    # -- deleting --------------------------------------------------------------------------------

    def delete_ids(self, ids: list[Id]) -> int:
        """Delete the records that have one of these ids; how many there were."""
        return self.delete_rows(np.array(sorted(self.store.rows_of(ids).values()), np.int64))

    def delete_rows(self, rows: NDArray[np.int64]) -> int:
        """Delete the records of these rows, which rise and are all there; how many."""
        for block in self.store.blocks.of(rows):
            self.draft.delete(block)
        self.store.delete(rows.tolist(), self.generation)
        return len(rows)

    # -- anew ------------------------------------------------------------------------------------

    def compact(self) -> None:
        """Write the blocks anew without the rows that are dead."""
        store = self.store
        alive = np.array([row for (row,) in store.rows()], np.int64)
        kept = [block.take(_members(block.rows, alive)) for block in store.blocks.after(-1)]
        self._restart()
        for block in regrouped(kept):
            store.blocks.add(block)
            self.draft.append(block)

    def embed_anew(self) -> None:
        """Make all vectors, token ids and stems anew from the texts."""
        store = self.store
        store.clear_stems()
        self.stored[:] = False
        self._restart()
        for page in store.pages():
            rows = np.array([row for row, _ in page], np.int64)
            texts = [text for _, text in page]
            block = block_of(rows, texts, self.encoder, store.layout.binary)
            self._keep_stems(block)
            store.blocks.add(block)
            self.draft.append(block)

    def _restart(self) -> None:
        self.store.blocks.clear()
        self.store.forget_deleted()
        self.draft = Draft(empty(self.store.layout), self.terms)
        self.compactions += 1

    def finish(self) -> Memory:
        """Note in the file that it changed; the memory as it is when the commit is done."""
        self.store.say(
            generation=self.generation, compactions=self.compactions, next_row=self.next_row
        )
        return self.draft.finish()


def _last_of_each(ids: list[Id] | None, n: int) -> list[int]:
    """Places of the records that no later one of the batch has the id of."""
    return list(range(n)) if ids is None else sorted({id: i for i, id in enumerate(ids)}.values())


def _turns(ids: list[Id] | None, n: int) -> tuple[list[int], dict[Id, int]]:
    """Of each record the place of the next one with its id, or n; and the first place of each id.

    >>> _turns(["a", "b", "a"], 3)
    ([2, 3, 3], {'b': 1, 'a': 0})
    """
    ends, first = [n] * n, dict[Id, int]()
    for place, id in zip(range(n - 1, -1, -1), reversed(ids or []), strict=False):
        ends[place] = first.get(id, n)
        first[id] = place
    return ends, dict(reversed(first.items()))


def _members(rows: NDArray[np.int64], alive: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.flatnonzero(np.isin(rows, alive, assume_unique=True))
