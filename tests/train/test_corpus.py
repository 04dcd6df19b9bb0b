"""Batches: every row once, and near ones together where that is asked for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordllama.train.corpus import batches, columns_of


@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=3),
    batch_size=st.integers(1, 20),
    near=st.floats(0, 1),
    epoch=st.integers(0, 3),
)
def test_every_row_comes_once_but_for_a_partial_batch(
    sizes: list[int], batch_size: int, near: float, epoch: int
) -> None:
    labels = [np.arange(size) % 3 for size in sizes]
    listed = batches(sizes, batch_size, (0, epoch), labels=labels, near=near)
    for which, size in enumerate(sizes):
        rows = np.concatenate([rows for i, rows in listed if i == which])
        assert len(rows) == len(set(rows.tolist()))
        assert len(rows) == (size if size < batch_size else size - size % batch_size)


def test_near_rows_share_batches() -> None:
    labels = [np.arange(1000) % 10]
    (alike, mixed) = (
        np.mean(
            [
                len(set(labels[0][rows]))
                for _, rows in batches([1000], 50, (1,), labels=labels, near=n)
            ]
        )
        for n in (1.0, 0.0)
    )
    assert alike < 3
    assert mixed > 9


def test_texts_that_differ_in_case_have_one_key() -> None:
    def tokenize(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        lengths = np.array([len(text) for text in texts])
        return np.arange(lengths.sum(), dtype=np.int32), np.concatenate(([0], np.cumsum(lengths)))

    (column,) = columns_of([("One",), ("one",), ("two",)], tokenize)
    assert column.keys[0] == column.keys[1] != column.keys[2]
    ids, offsets = column.take(np.array([2, 0]))
    assert ids.tolist() == [6, 7, 8, 0, 1, 2]
    assert offsets.tolist() == [0, 3, 6]
