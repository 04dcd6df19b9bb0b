"""Fuzzing: damaged Parquet and Arrow files are refused by name, or read; they never crash."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.files import DamagedError, read, write

TABLE = pa.table(
    {
        "text": pa.array(["a text", "another", "a longer text than twelve"] * 3, pa.string_view()),
        "word": pa.array(["x", "y", "x"] * 3).dictionary_encode(),
        "tags": pa.array([["x", "y"], None, []] * 3),
        "meta": pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": "z"}] * 3),
        "price": pa.array([1.5, None, 2.5] * 3),
        "when": pa.array([1, None, 7] * 3, pa.timestamp("us", "UTC")),
        "vector": pa.array([[1, 2], [3, 4], [5, 6]] * 3, pa.list_(pa.float32(), 2)),
        "data": pa.array([b"x", b"\xff" * 20, None] * 3),
    }
)
COMPRESSIONS = {
    "file": [None, "zstd", "lz4"],
    "stream": [None, "zstd"],
    "parquet": ["none", "zstd"],
}


def whole(kind: str, compression: str | None) -> bytes:
    data = io.BytesIO()
    if kind == "parquet":
        pq.write_table(TABLE, data, compression=compression)
        return data.getvalue()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    make: Any = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with make(data, TABLE.schema, options=options) as out:
        out.write_table(TABLE)
    return data.getvalue()


WHOLE = {(kind, how): whole(kind, how) for kind, hows in COMPRESSIONS.items() for how in hows}
PLACE = st.floats(0, 1, exclude_max=True)
NUMBERS = [b"\xff" * 8, bytes(8), (1 << 48).to_bytes(8, "little"), b"\xff\xff\xff\x7f\0\0\0\0"]
DAMAGE = st.one_of(
    st.tuples(st.just("bit"), PLACE, st.integers(0, 7)),
    st.tuples(st.just("byte"), PLACE, st.integers(0, 255)),
    st.tuples(st.just("number"), PLACE, st.sampled_from(NUMBERS)),
    st.tuples(st.just("cut"), PLACE, st.integers(1, 64)),
    st.tuples(st.just("twice"), PLACE, st.integers(1, 64)),
    st.tuples(st.just("end"), PLACE, st.none()),
)


def damaged(data: bytes, damages: list[tuple[str, float, Any]]) -> bytes:
    for what, where, how in damages:
        i = int(where * len(data))
        before, after = data[:i], data[i:] or b"\0"
        if what == "bit":
            data = before + bytes([after[0] ^ 1 << how]) + after[1:]
        elif what == "byte":
            data = before + bytes([how]) + after[1:]
        elif what == "number":
            data = before + how + after[8:]
        elif what == "cut":
            data = before + after[how:]
        else:
            data = before + (after[:how] + after if what == "twice" else b"")
    return data


@settings(max_examples=400, deadline=None)
@given(
    which=st.sampled_from(sorted(WHOLE, key=str)), damages=st.lists(DAMAGE, min_size=1, max_size=4)
)
def test_a_damaged_file_is_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory,
    which: tuple[str, str | None],
    damages: list[tuple[str, float, Any]],
) -> None:
    folder = tmp_path_factory.mktemp("damaged", numbered=True)
    path = folder / f"in.{'parquet' if which[0] == 'parquet' else 'arrow'}"
    path.write_bytes(damaged(WHOLE[which], damages))
    try:
        batches = list(read(path, column="text"))
        for batch in batches:
            batch.take(range(len(batch) - 1, -1, -1)).rows.json_lines()
        for name in ("out.parquet", "out.arrow"):
            with write(folder / name) as out:
                for batch in batches:
                    out.write(batch)
    except ValueError as error:
        refused = str(error)
    else:
        refused = path.name
    assert path.name in refused or "column" in refused
    assert "\n" not in refused


@pytest.mark.parametrize("which", sorted(WHOLE, key=str), ids=str)
def test_an_undamaged_one_is_read(tmp_path: Path, which: tuple[str, str | None]) -> None:
    path = tmp_path / f"in.{'parquet' if which[0] == 'parquet' else 'arrow'}"
    path.write_bytes(WHOLE[which])
    (batch,) = read(path, column="text")
    assert batch.records() == TABLE.to_pylist()


def test_a_length_beyond_all_memory_is_damage(tmp_path: Path) -> None:
    data = WHOLE["stream", None]
    schema_end = 8 + int.from_bytes(data[4:8], "little")
    body = data.index((len(TABLE)).to_bytes(8, "little"), schema_end)
    for place in range(schema_end, body + 400, 8):
        huge = data[:place] + (1 << 48).to_bytes(8, "little") + data[place + 8 :]
        (tmp_path / "in.arrow").write_bytes(huge)
        with suppress(DamagedError):
            list(read(tmp_path / "in.arrow", column="text"))


def test_text_that_is_not_utf8_is_damage(tmp_path: Path) -> None:
    array = pa.array([b"good", b"\xff\xfe bad"]).view(pa.string())
    pq.write_table(pa.table({"text": array}), tmp_path / "in.parquet")
    with pytest.raises(DamagedError, match=r"in\.parquet: .*UTF8"):
        list(read(tmp_path / "in.parquet"))


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    table = pa.table([pa.array(["a"]), pa.array([1]), pa.array([2])], names=["text", "n", "n"])
    for name in ("in.arrow", "in.parquet"):
        if name == "in.parquet":
            pq.write_table(table, tmp_path / name)
        else:
            with pa.ipc.new_file(tmp_path / name, table.schema) as out:
                out.write_table(table)
        with pytest.raises(ValueError, match="two columns have the same name: 'n'"):
            list(read(tmp_path / name))


def test_what_lies_in_the_place_of_a_null_is_not_looked_at(tmp_path: Path) -> None:
    table = pa.table({"text": ["a", "b"], "data": pa.array([b"x" * 20, None], pa.binary_view())})
    path = tmp_path / "in.arrow"
    with pa.ipc.new_file(path, table.schema) as out:
        out.write_table(table)
    view = (20).to_bytes(4, "little") + b"xxxx" + bytes(8)
    content = path.read_bytes()
    assert content.count(view + bytes(16)) == 1
    path.write_bytes(content.replace(view + bytes(16), view + b"\5\0\0\x80" + b"\xff" * 12))
    (batch,) = read(path, column="text")
    assert batch.records() == [{"text": "a", "data": b"x" * 20}, {"text": "b", "data": None}]
