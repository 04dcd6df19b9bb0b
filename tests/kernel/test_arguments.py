"""What the compiled kernel refuses, so that no argument can make it read or write astray."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wordllama.kernel import Cuts, Rows, chosen, reference

COMPILED = [] if chosen is reference else [chosen]
pytestmark = pytest.mark.parametrize("native", COMPILED)
ROWS = Rows(np.ones((4, 64), np.float32))
IDS, OFFSETS = np.array([0, 3], np.int32), np.array([0, 1, 2])


def table(native: Any, ids: Any = ((1,),)) -> Any:
    return native.WordTable(Cuts("spaces"), lambda strings, whole: [list(i) for i in ids])


def out(n: int = 1, dim: int = 64, dtype: Any = np.float32) -> np.ndarray:
    return np.empty((n, dim), dtype)


def test_texts_must_be_a_list_of_str(native):
    with pytest.raises(TypeError, match="texts must be a list of str, not str"):
        table(native).token_ids("a")
    with pytest.raises(TypeError, match=r"texts\[1\] must be a str, not int"):
        table(native).token_ids(["a", 1])


@pytest.mark.parametrize("wrong", [out(2), out(1, 63), out(1, 2, np.uint64)])
def test_out_must_have_the_right_shape(native, wrong):
    with pytest.raises(ValueError, match="out is of shape"):
        table(native).embed(["a"], ROWS, wrong)


def test_out_must_be_of_a_known_type_contiguous_and_writable(native):
    with pytest.raises(TypeError, match="out must be"):
        table(native).embed(["a"], ROWS, out(dtype=np.float64))
    with pytest.raises(ValueError, match="writable C-contiguous"):
        table(native).embed(["a"], ROWS, out(1, 128)[:, ::2])
    frozen = out()
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="writable C-contiguous"):
        table(native).embed(["a"], ROWS, frozen)


@pytest.mark.parametrize("ids", [[[4]], [[-1]], [[2**31 - 1]]])
def test_an_id_without_a_row_is_an_error(native, ids):
    with pytest.raises(IndexError, match="has no row: the model has 4 tokens and 4 rows"):
        table(native, ids).embed(["a"], ROWS, out())
    with pytest.raises(IndexError, match="has no row"):
        native.pool(np.array(ids[0], np.int32), np.array([0, 1]), ROWS, out())


def test_a_mapping_to_no_row_is_an_error(native):
    rows = Rows(ROWS.matrix, None, np.array([0, 4], np.int32))
    with pytest.raises(IndexError, match="token id 1 has no row"):
        table(native).embed(["a"], rows, out())


@pytest.mark.parametrize("ids", [[], [[1], [2]], ["x"], [1]])
def test_the_tokenizer_must_give_ids_for_each_string(native, ids):
    broken = native.WordTable(Cuts("spaces"), lambda strings, whole: ids)
    with pytest.raises((ValueError, TypeError, RuntimeError)):
        broken.token_ids(["a"])
    assert len(broken) == 0


@pytest.mark.parametrize("offsets", [[], [0, 3], [1, 0], [-1, 1]])
def test_offsets_must_rise_within_the_ids(native, offsets):
    with pytest.raises(ValueError, match="offsets must"):
        native.pool(IDS, np.array(offsets, np.int64), ROWS, out(max(len(offsets) - 1, 0)))


def test_arrays_must_be_of_the_right_type_and_width(native):
    with pytest.raises(TypeError, match="ids must be a 1-dimensional array of int32"):
        native.pool(IDS.astype(np.int64), OFFSETS, ROWS, out(2))
    with pytest.raises(TypeError, match=r"rows\.matrix must be a 2-dimensional array"):
        native.pool(IDS, OFFSETS, Rows(np.ones((4, 64))), out(2))
    uneven = Rows(ROWS.matrix, np.ones(3, np.float32), np.zeros(4, np.int32))
    with pytest.raises(ValueError, match=r"rows\.scale and rows\.mapping must be of one length"):
        native.pool(IDS, OFFSETS, uneven, out(2))
    with pytest.raises(ValueError, match="queries and rows must be of one kind and width"):
        native.topk(out(1, 64), out(5, 32), 1)
    with pytest.raises(ValueError, match="must be of one kind and width"):
        native.pairs_above(out(1, 4), out(5, 4, np.uint64), 0.5)
    with pytest.raises(ValueError, match="scale must have one number for each row"):
        native.topk(out(1, 64), out(5, 64), 1, np.ones(4, np.float32))


def test_rules_must_make_sense(native):
    with pytest.raises(ValueError, match="kind must be adjacent, spaces or whole"):
        native.WordTable(Cuts("words"), list)
    with pytest.raises(ValueError, match="space must be one character"):
        native.WordTable(Cuts("spaces", space="__"), list)
    with pytest.raises(ValueError, match="joined must hold strings of two characters"):
        native.WordTable(Cuts("adjacent", frozenset({"abc"})), list)
