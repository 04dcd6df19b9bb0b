"""Fuzzing: whatever goes in, in any format, comes out of any other with every value equal, or the
command stops with an error and writes nothing.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordllama.files import Writer, columnar_out, concat, read, resumable, write
from wordllama.files.writing import writer_to

FUZZ = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = ["a", "b", "ü c"]
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([2**53 + 1, -(2**53) - 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 2**70]),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=2)
    ),
    max_leaves=6,
)
RECORDS = st.lists(
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3), min_size=1, max_size=9
).map(lambda items: [{**item, "text": f"text {n}"} for n, item in enumerate(items)])
ALIKE = st.one_of(
    *(
        st.lists(st.one_of(st.none(), kind), min_size=1, max_size=9)
        for kind in (
            st.one_of(st.integers(-9, 9), st.floats(-9, 9)),
            st.one_of(st.integers(-9, 9), st.integers(2**63, 2**64 - 1)),
            st.lists(st.one_of(st.integers(-9, 9), st.floats(-9, 9))),
            st.dictionaries(st.sampled_from(NAMES), st.one_of(st.integers(-9, 9), st.none())),
            st.lists(st.dictionaries(st.sampled_from(NAMES), st.lists(TEXT, max_size=1))),
        )
    )
).map(lambda cells: [{"a": cell, "text": f"text {n}"} for n, cell in enumerate(cells)])


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar_out, "GROUP_ROWS", 2)


def plain(value: Any) -> Any:
    """What must be equal: a missing name is null, a whole number may be a float of that value."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if plain(item) is not None}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, bool) else value


def as_json(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value) if isinstance(value, (decimal.Decimal, datetime.timedelta)) else value


def as_field(value: Any) -> str:
    """A value as CSV has it."""
    value = as_json(value)
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


@contextmanager
def resumed(target: Path) -> Iterator[Writer]:
    """A writer to parts, as --resume has them."""
    with resumable(target, None, {"job": 1}) as parts:
        yield parts
        parts.checkpoint(1)


def carried(sources: list[Path], target: Path, way: str = "") -> list[dict[str, Any]] | None:
    """The records of the target once the sources' are written there; None if that is refused.

    `way`: one after another, or `joined` as for sorting, or through the `parts` of --resume.
    """
    refused = ""
    try:
        with resumed(target) if way == "parts" else write(target) as out:
            batches = list(read(sources, column="text", size=1))
            for batch in [concat(batches)] if way == "joined" else batches:
                out.write(batch.add("score", np.ones(len(batch), np.float32)))
    except ValueError as error:
        refused = str(error)
    if refused:
        assert "column" in refused
        assert not target.exists()
        assert way == "parts" or sorted(target.parent.iterdir()) == sorted(sources)
        return None
    back = [record for batch in read(target, column="text", size=4) for record in batch.records()]
    assert all(float(record.pop("score")) == 1 for record in back)
    return back


@pytest.mark.parametrize("way", ["", "joined", "parts"])
@pytest.mark.parametrize("suffix", ["parquet", "arrow", "jsonl", "csv", "tsv"])
@FUZZ
@given(items=st.one_of(RECORDS, ALIKE))
def test_records_of_any_values(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, way: str, items: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    source = folder / "in.jsonl"
    source.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    back = carried([source], folder / f"out.{suffix}", way)
    if back is None:
        assert suffix != "jsonl"
    elif suffix in ("csv", "tsv"):
        assert back == [{name: as_field(item.get(name)) for name in back[0]} for item in items]
    else:
        assert plain(back) == plain(items)


@FUZZ
@given(items=ALIKE)
def test_values_that_some_type_holds_are_not_refused(
    tmp_path_factory: pytest.TempPathFactory, items: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("alike")
    (folder / "in.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    cells = [item["a"] for item in items]
    mixed = any(type(c) is int and c < 0 for c in cells) and any(
        type(c) is int and c >= 2**63 for c in cells
    )
    assert (carried([folder / "in.jsonl"], folder / "out.arrow") is None) == mixed


COLUMNS = [
    pa.array([1, -2, None], pa.int8()),
    pa.array([1, 2**40, None], pa.int64()),
    pa.array([2**63, 1, None], pa.uint64()),
    pa.array([1, 255, None], pa.uint8()),
    pa.array([1.5, -2.0, None], pa.float16()),
    pa.array([0.1, -2.0, None], pa.float32()),
    pa.array([0.1, 1e300, None], pa.float64()),
    pa.array([True, False, None]),
    pa.array([None, None, None], pa.null()),
    pa.array(["x", "", None]),
    pa.array(["x", "", None], pa.large_string()),
    pa.array(["x", "a longer text than twelve", None], pa.string_view()),
    pa.array([b"x", b"\xff", None]),
    pa.array([b"x", b"a longer one than twelve", None], pa.binary_view()),
    pa.array([b"xy", b"\xff\0", None], pa.binary(2)),
    pa.array(["x", "y", None]).dictionary_encode(),
    pa.DictionaryArray.from_arrays(
        pa.array([0, 1, None], pa.uint8()), pa.array(["u", "v"], pa.string_view())
    ),
    pa.RunEndEncodedArray.from_arrays([2, 3], pa.array(["x", None])),
    pa.array([1, None, 7], pa.timestamp("s")),
    pa.array([1, None, 1_000_007], pa.timestamp("us", "UTC")),
    pa.array([1, None, 7_000_007_000], pa.timestamp("ns")),
    pa.array([1, None, 7], pa.date32()),
    pa.array([86_400_000, None, 0], pa.date64()),
    pa.array([1, None, 7], pa.time32("s")),
    pa.array([1, None, 7], pa.time64("us")),
    pa.array([1, None, 7], pa.duration("ms")),
    pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-7.25")]),
    pa.array([decimal.Decimal("12345678901.5"), None, decimal.Decimal("0.1")]),
    pa.array([["x"], None, ["y", None]], pa.list_(pa.string_view())),
    pa.array([["x"], None, ["y", None]], pa.list_view(pa.string())),
    pa.array([[1], None, [2, None]], pa.large_list(pa.int16())),
    pa.array([[1, 2], None, [3, None]], pa.list_(pa.float32(), 2)),
    pa.array([{"p": 1}, None, {"p": None}]),
    pa.array([{"q": "x", "p": 1.5}, None, {"q": None}]),
    pa.array([{"q": ["x"]}, None, {}], pa.struct([("q", pa.list_(pa.string_view()))])),
    pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
]


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "jsonl", "csv"])
@pytest.mark.parametrize("way", ["", "joined", "parts"])
@FUZZ
@given(kinds=st.lists(st.sampled_from(range(len(COLUMNS))), min_size=1, max_size=3))
def test_columns_of_any_types(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, way: str, kinds: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("types")
    sources, items = [], []
    for n, kind in enumerate(kinds):
        table = pa.table({"text": pa.array(["a", "b", "c"], pa.string_view()), "a": COLUMNS[kind]})
        sources.append(folder / f"{n}.arrow")
        with pa.ipc.new_file(sources[-1], table.schema) as file:
            file.write_table(table)
        items += table.to_pylist()
    back = carried(sources, folder / f"out.{suffix}", way)
    if back is None:
        assert suffix in ("parquet", "arrow")
        assert len(set(kinds)) > 1
    elif suffix == "csv":
        fields = [as_field(item["a"]) for item in items]
        assert [item["a"] for item in back] == fields
    elif suffix == "jsonl":
        assert plain(back) == plain(as_json(items))
    else:
        assert plain(back) == plain(items)


@pytest.mark.parametrize("late", ["0.5", '{"k": [0.5]}', '"x"'])
def test_what_no_type_holds_is_refused_when_it_comes(tmp_path: Path, late: str) -> None:
    first = f'{{"k": [{2**53 + 1}]}}' if "k" in late else str(2**53 + 1)
    lines = [f'{{"text": "a", "n": {first}}}'] * 5 + [f'{{"text": "a", "n": {late}}}']
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    *before, last = read(tmp_path / "in.jsonl", column="text", size=1)
    out = writer_to(io.BytesIO(), "parquet")
    for batch in before:
        out.write(batch)
    with pytest.raises(ValueError, match=r"column 'n(\.k)?' has values of several types"):
        out.write(last)


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_types_are_widened_across_groups(tmp_path: Path, suffix: str) -> None:
    items = [{"text": "a", "n": None, "m": {"a": 1}, "s": []}] * 4 + [
        {"text": "b", "n": 1, "m": {"a": 1.5, "b": "x"}, "s": [{"k": 1}], "late": {}},
        {"text": "c", "n": 2.5, "m": None, "s": None, "late": {"v": True}},
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, items)))
    back = carried([tmp_path / "in.jsonl"], tmp_path / f"out.{suffix}")
    assert plain(back) == plain(items)
    (batch, *_) = read(tmp_path / f"out.{suffix}", column="text")
    kinds = {field.name: str(field.type) for field in batch.rows.arrow().schema}
    assert kinds["n"] == "double"
    assert kinds["m"] == "struct<a: double, b: string>"


def test_objects_that_stay_empty_are_refused_by_parquet_by_name(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "a", "m": {}}\n' * 5)
    batches = list(read(tmp_path / "in.jsonl", size=1))
    with (
        pytest.raises(ValueError, match=r"column 'm' does not go into parquet: .*; write Arrow"),
        write(tmp_path / "out.parquet") as out,
    ):
        list(map(out.write, batches))
    assert not (tmp_path / "out.parquet").exists()
    assert carried([tmp_path / "in.jsonl"], tmp_path / "out.arrow") is not None


def test_output_that_cannot_be_written_anew_is_right_too(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "a", "n": 1}\n' * 5 + '{"text": "b", "n": 0.5}')
    with (tmp_path / "out.parquet").open("ab") as stream:  # as the shell's >> opens it
        out = writer_to(stream, "parquet")
        for batch in read(tmp_path / "in.jsonl", size=1):
            out.write(batch)
        out.close()
    assert pq.read_table(tmp_path / "out.parquet")["n"].to_pylist() == [1.0] * 5 + [0.5]


def test_an_object_with_a_name_twice_passes_as_a_line_only(tmp_path: Path) -> None:
    line = '{"text": "a", "m": {"k": 1, "k": 2}}\n'
    (tmp_path / "in.jsonl").write_text(line)
    assert carried([tmp_path / "in.jsonl"], tmp_path / "out.csv") is None
    assert carried([tmp_path / "in.jsonl"], tmp_path / "out.arrow") is None
    with write(tmp_path / "out.jsonl") as out:
        for batch in read(tmp_path / "in.jsonl"):
            out.write(batch)
    assert (tmp_path / "out.jsonl").read_text() == line


@pytest.mark.parametrize("name", ["text", "parquet", "yaml", "document", ""])
def test_an_unknown_format_is_not_taken_for_another(name: str) -> None:
    if name in ("yaml", "document", ""):
        with pytest.raises(ValueError, match=r"unknown|can only be read"):
            writer_to(io.BytesIO(), name)
    else:
        writer_to(io.BytesIO(), name)
