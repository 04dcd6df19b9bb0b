"""Whatever was added, replaced, deleted, compacted: the index is as if it were new."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from wordllama import WordLlama
from wordllama.index import Index, blocks, records, searching

TEXTS = [
    "a cat sleeps",
    "cats and dogs",
    "the dog runs",
    "rain, heavy rain",
    "",
    "the the the cat",
    "天気 cat",
    "a very long story about a dog that ran through the rain to find the cat " * 5,
]
QUERIES = ["cat", "the dogs in the rain", '"the cat"', "dog -rain"]
IDS = st.sampled_from([*range(100, 112), "a", "b"])
MORE = st.sampled_from([{}, {"m": "7"}, {"m": None}])
RECORDS = st.lists(
    st.builds(
        lambda id, text, n, more: {"id": id, "text": text, "n": n, **more},
        IDS,
        st.sampled_from(TEXTS),
        st.integers(0, 3),
        MORE,
    ),
    max_size=8,
)


def outcome(index: Index) -> list[Any]:
    found: list[Any] = []
    for query in QUERIES:
        for mode in ("hybrid", "vector", "keyword"):
            hits = index.search(query, 5, mode)
            found += [(h.id, h.score, h.vector_score, h.keyword_score) for h in hits]
        found.append(index.search(query, 5, where="n > 1").ids)
    for id in index.ids[:2]:
        found.append([(hit.id, hit.score) for hit in index.similar(id, 3, "hybrid")])
    return found


class Life(RuleBasedStateMachine):
    """An index in a file, a second connection to it that reads, one in memory, and a list."""

    words = WordLlama.load("l2_words")

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "i.db"
        self.index = self.words.index(self.path)
        self.reader = self.words.index(self.path, read_only=True)
        self.memory = self.words.index()
        self.records: dict[Any, dict[str, Any]] = {}

    @rule(records=RECORDS)
    def add(self, records: list[dict[str, Any]]) -> None:
        self.index.add(records)
        self.memory.add(records)
        for record in records:
            self.records.pop(record["id"], None)
            self.records[record["id"]] = record

    @rule(ids=st.lists(IDS, max_size=4))
    def delete(self, ids: list[Any]) -> None:
        gone = {id for id in ids if id in self.records}
        assert self.index.delete(ids) == self.memory.delete(ids) == len(gone)
        for id in gone:
            del self.records[id]

    @rule(n=st.integers(0, 3))
    def delete_where(self, n: int) -> None:
        if "n" in self.index.columns:
            gone = [id for id, record in self.records.items() if record["n"] == n]
            assert self.index.delete(where={"n": n}) == len(gone)
            assert self.memory.delete(where="n = ?", where_args=[n]) == len(gone)
            for id in gone:
                del self.records[id]

    @rule(records=RECORDS.filter(bool))
    def fail(self, records: list[dict[str, Any]]) -> None:
        def broken() -> Any:
            yield from records
            raise KeyboardInterrupt

        for index in (self.index, self.memory):
            with pytest.raises(KeyboardInterrupt):
                index.add(broken())

    @rule()
    def vacuum(self) -> None:
        self.index.vacuum()
        self.memory.vacuum()

    @rule()
    def forget(self) -> None:
        opened = self.memory._opened  # as when a commit is broken off: all is read anew
        opened._generation = opened._compactions = opened._seen = -1

    @rule(rebuild=st.booleans())
    def reopen(self, rebuild: bool) -> None:
        self.index.close()
        self.index = self.words.index(self.path, rebuild=rebuild)

    @precondition(lambda self: self.records)
    @invariant()
    def it_is_as_if_it_were_new(self) -> None:
        fresh = self.words.index()
        fresh.add(list(self.records.values()))
        for index in (self.index, self.reader, self.memory):
            assert len(index) == len(self.records)
            assert index.ids == list(self.records)
            for held, given in zip(index, self.records.values(), strict=True):
                fields = {name: given.get(name) for name in index.columns}  # not those of before
                assert {"id": held.id, "text": held.text, **held.fields} == given | fields
            np.testing.assert_array_equal(index.vectors, fresh.vectors)
            assert outcome(index) == outcome(fresh)
        assert self.index.check() == self.memory.check() == []

    def teardown(self) -> None:
        self.index.close()
        self.reader.close()
        self.folder.cleanup()


TestLife = Life.TestCase
TestLife.settings = settings(deadline=None, max_examples=12, stateful_step_count=12)


def test_blocks_stay_few_and_of_full_size(words: WordLlama, tmp_path: Path) -> None:
    index = words.index(tmp_path / "i.db")
    for number in range(300):
        index.add([f"text {number}"])
    sql = "SELECT count(*), max(count) FROM blocks"
    assert index._opened.store.connection.execute(sql).fetchone()[0] <= 10
    index.add(f"text {number}" for number in range(2 * blocks.ROWS))
    index.delete(where="wl_row % 2 = 0")
    index.vacuum()
    rows = index._opened.store.connection.execute("SELECT count FROM blocks").fetchall()
    assert [count for (count,) in rows] == [blocks.ROWS, len(index) - blocks.ROWS]
    assert index.check() == []


def test_many_vectors_are_found_by_their_signs(words: WordLlama, english: list[str]) -> None:
    texts = [text for text in dict.fromkeys(english) if len(text) > 20]
    texts = [f"{text} {i}" for i in range(1 + 20_000 // len(texts)) for text in texts][:20_000]
    index = words.index()
    index.add(texts)
    assert len(index) > searching.EXACT_UP_TO
    queries = texts[::997]
    near, exact = (
        index.search(queries, 10, "vector", exact=each, operators=False) for each in (False, True)
    )
    shared = [len(set(a.ids) & set(b.ids)) for a, b in zip(near, exact, strict=True)]
    assert np.mean(shared) >= 9.7
    assert [hits[0].id for hits in near] == [hits[0].id for hits in exact]
    most = "wl_row % 10 > 0"
    near, exact = (
        index.search("an animal", 10, "vector", where=most, exact=each) for each in (False, True)
    )
    assert all(int(id) % 10 for id in near.ids)
    assert len(set(near.ids) & set(exact.ids)) >= 9


def test_long_texts_end_a_block_before_it_is_too_large(
    words: WordLlama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "TOKENS", 1000)
    monkeypatch.setattr(records, "CHARACTERS", 10_000)
    index = words.index(tmp_path / "i.db")
    texts = ["a cat and a dog " * repeats for repeats in (1, 3, 2000, 1, 1, 100, 200, 1)]
    for form in (texts, iter(texts), [{"text": text} for text in texts]):
        index.add(form)
    for text in texts:
        index.add([text])

    def sizes() -> list[int]:
        sql = "SELECT sum(length(tokens)) / 2 FROM blocks GROUP BY last ORDER BY last"
        return [size for (size,) in index._opened.store.connection.execute(sql)]

    assert max(sizes()) < 12_000  # no two of the long ones, of 10,000 tokens, share a block
    index.delete(range(0, 32, 3))
    kept = [record.text for record in index]
    index.vacuum()
    assert [record.text for record in index] == kept
    assert index.check() == []
    assert len(sizes()) > 4
    assert max(sizes()) < 12_000
