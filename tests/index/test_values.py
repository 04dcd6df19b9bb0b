"""What comes back from an index, and what conditions find: as in Python, or an error."""

from __future__ import annotations

import datetime
import enum
import math
import operator
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordllama import WordLlama
from wordllama.index import Index, records, store

SETTINGS = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WHOLE = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([2**53, 2**53 + 1, -(2**63), 2**62])
REAL = st.floats(allow_nan=False) | st.sampled_from([1.0, 2.0**53, -0.0, 1e300])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["", "7", "1e3", "2025", "a\0b", " 7 ", "NaN", "x" * 100_000]
)
ZONES = st.sampled_from([None, "UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia"]).map(
    lambda name: name and ZoneInfo(name)
)
WHEN = st.datetimes(timezones=ZONES).map(lambda when: when.replace(fold=0)) | st.sampled_from(
    [datetime.datetime.min, datetime.datetime.max]
)
JSON: Any = st.recursive(
    st.none() | st.booleans() | WHOLE | REAL.filter(math.isfinite) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


class Colour(str, enum.Enum):
    RED = "red"


class Size(enum.IntEnum):
    LARGE = 3


KINDS: dict[str, Any] = {
    "integer": WHOLE,
    "real": REAL,
    "text": TEXT,
    "boolean": st.booleans(),
    "blob": st.binary(max_size=4),
    "date": st.dates(),
    "datetime": WHEN,
    "json": st.lists(JSON, max_size=3) | st.dictionaries(TEXT, JSON, max_size=3),
}
OTHERS = st.one_of(
    *KINDS.values(),
    st.floats(),
    st.integers(),
    st.complex_numbers(),
    st.decimals(),
    st.times(),
    st.timedeltas(),
    st.uuids(),
    st.sampled_from(
        [
            np.int8(1), np.uint64(2**64 - 1), np.float32(0.1), np.bool_(True), np.str_("x"),
            np.datetime64("2026-01-02T03:04:05.000000001"), np.datetime64("NaT"),
            np.datetime64("2026-01-02T03:04:05.001", "ns"), np.timedelta64(1, "ns"),
            np.datetime64(400_000, "Y"), np.longdouble("0.1"), bytearray(b"x"), {1}, object(),
            pandas.Timestamp("2026-01-02 03:04:05.000000001"), pandas.Timestamp("2026", tz="UTC"),
            pandas.NaT, pandas.NA, pandas.Timedelta(1), pandas.Period("2026"), 10**400,
            [datetime.date(2026, 1, 2)], {"a": float("inf")}, [float("nan"), np.int64(1)], [b"x"],
            {1: "a", "1": "b"}, {None: 1}, [Decimal("1.1")], [2**70], [pandas.NaT], "a\ud800",
            ["\ud800"], {"\ud800": 1}, Colour.RED, Size.LARGE,
            [Size.LARGE], {Colour.RED: Colour.RED}, np.array(["2026-01-02"], "M8[ns]"),
            np.arange(3), (1, (2,)),
        ]
    ),
)  # fmt: skip


def as_documented(value: Any, real: bool) -> Any:
    """What docs/indexing.md says that a value comes back as."""
    if value is pandas.NaT or value is pandas.NA or (np.isscalar(value) and value != value):
        return None
    if isinstance(value, np.datetime64) and np.isnat(value):
        return None
    if isinstance(value, np.ndarray):
        value = list(value)
    if isinstance(value, list | tuple):
        return [as_documented(part, False) for part in value]
    if isinstance(value, dict):
        return {key: as_documented(part, False) for key, part in value.items()}
    if isinstance(value, str):
        return (value.value if isinstance(value, enum.Enum) else value).replace("\ud800", "\ufffd")
    value = value.value if isinstance(value, Size) else value
    return float(value) if real and isinstance(value, int) else value


def same(back: Any, value: Any) -> bool:
    """Equal, in Python's own types, deep inside, too."""
    if isinstance(value, list | dict):
        if type(back) is not type(value) or len(back) != len(value):
            return False
        pairs = zip(back, value, strict=True)
        if isinstance(value, dict):
            pairs = ((back.get(key), part) for key, part in value.items())
        return all(same(*pair) for pair in pairs)
    if isinstance(value, datetime.datetime) and value.tzinfo:  # at a fold, zones are never equal
        offset = datetime.timezone(value.utcoffset() or datetime.timedelta())
        value = value.replace(tzinfo=offset)
    own = type(value)
    for python in (bool, int, float, str, datetime.datetime, datetime.date):
        if isinstance(value, python | np.generic) and isinstance(back, python):
            own = python
            break
    return type(back) is own and bool(back == value)


@given(kind=st.sampled_from(sorted(KINDS)), data=st.data())
@SETTINGS
def test_values_of_one_kind_come_back(
    words: WordLlama, tmp_path: Path, kind: str, data: st.DataObject
) -> None:
    values = data.draw(st.lists(st.none() | KINDS[kind], min_size=1, max_size=4))
    path = tmp_path / "i.db"
    path.unlink(missing_ok=True)
    memory = words.index()
    with words.index(path) as file:
        for index in (memory, file):
            index.add({"text": ["t"] * len(values), "f": values})
            held = index.columns["f"]
            assert held == (kind if any(value is not None for value in values) else "null")
    with words.index(path, read_only=True) as file:
        for index in (memory, file):
            assert all(
                same(record.fields["f"], value) for record, value in zip(index, values, strict=True)
            )


@given(values=st.lists(st.none() | OTHERS, min_size=1, max_size=3), at_once=st.booleans())
@SETTINGS
def test_any_value_comes_back_or_is_refused(
    words: WordLlama, values: list[Any], at_once: bool
) -> None:
    index = words.index()
    items = [{"text": "t", "a field": value} for value in values]
    try:
        for part in [items] if at_once else [[item] for item in items]:
            index.add(part)
    except (TypeError, ValueError) as error:
        said = str(error)
        assert re.match(r"(record \d|the record with the id \d)", said), said
        assert "'a field'" in said
        if at_once:
            assert len(index) == 0
    kinds = index.columns
    for record, value in zip(index, values, strict=False):
        back = record.fields["a field"]
        assert same(back, as_documented(value, kinds["a field"] == "real")), (back, value)
    assert index.check() == []


ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@given(kind=st.sampled_from(sorted(set(KINDS) - {"json"})), data=st.data())
@SETTINGS
def test_conditions_find_what_python_finds(
    words: WordLlama, kind: str, data: st.DataObject
) -> None:
    near = datetime.datetime(2026, 3, 29, 1, 59, 59, 999_999)
    strategy = KINDS[kind]
    if kind == "datetime":  # near one another, where zones matter
        steps = st.integers(-(2**38), 2**38) | st.integers(-3, 3)
        strategy = st.builds(
            lambda step, zone: (near + datetime.timedelta(microseconds=step)).replace(tzinfo=zone),
            steps,
            ZONES,
        )
    values = data.draw(st.lists(st.none() | strategy, min_size=1, max_size=5))
    values.append(data.draw(strategy))
    wanted = data.draw(st.sampled_from([v for v in values if v is not None]) | strategy)
    index = words.index()
    index.add({"text": ["t"] * len(values), "f": values})

    def key(value: Any) -> Any:
        if not isinstance(value, datetime.datetime):
            return value
        return value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)

    def utc(value: Any) -> Any:  # Python compares times of one zone by the clock
        value = key(value)
        is_time = isinstance(value, datetime.datetime)
        return value.astimezone(datetime.timezone.utc) if is_time else value

    def found(where: Any) -> list[Any]:
        return [record.id for record in index.records(where)]

    def expected(holds: Any) -> list[int]:
        return [i for i, value in enumerate(values) if holds(value)]

    for name, order in ORDERS.items():
        after = expected(lambda v, order=order: v is not None and order(utc(v), utc(wanted)))
        assert found({"f": {name: wanted}}) == after, (name, values, wanted)
    equal = expected(lambda v: v is not None and utc(v) == utc(wanted))
    assert found({"f": wanted}) == found({"f": [wanted]}) == equal
    assert found({"f": {"!=": wanted}}) == [i for i in range(len(values)) if i not in equal]
    missing = expected(lambda v: v is None)
    assert found({"f": [None, wanted]}) == sorted(equal + missing)
    assert found({"f": []}) == []
    if kind == "text":
        for part in (wanted[:2], wanted[1:]):
            begins = expected(lambda v, part=part: v is not None and v.startswith(part))
            assert found({"f": {"starts_with": part}}) == begins
            holds = expected(lambda v, part=part: v is not None and part in v)
            assert found({"f": {"contains": part}}) == holds
    if isinstance(wanted, datetime.date):
        text = wanted.isoformat().replace("+00:00", "Z")
        assert found({"f": text}) == equal
    others = [value for name, value in WRONG.items() if name not in (kind, FITTING.get(kind))]
    for other in others:
        with pytest.raises(TypeError, match=rf"where compares 'f' \({kind}\) with "):
            index.search("t", where={"f": other})


WRONG: dict[str, Any] = {
    "integer": 7,
    "text": "7",
    "boolean": True,
    "blob": b"7",
    "datetime": datetime.datetime(2025, 1, 1),
    "json": {"=": {"a": 1}},
    "object": object(),
    "large": 2**63,
}
FITTING = {"real": "integer"}


@pytest.mark.parametrize(
    ("where", "args", "said"),
    [
        ({"day": {"<": "2025"}}, None, r"'day' \(date\) with '2025'; give a date, such as"),
        ({"n": {"<": None}}, None, "'n' with None by '<'; use = or !="),
        ({"n": {}}, None, "no condition for 'n'"),
        ({"tags": "a"}, None, r"'tags' \(json\) with 'a'; give None; to look into lists"),
        ({"id": 1.5}, None, r"'id' \(id\) with 1.5; give a str or int"),
        ("n = ?", [object()], "where_args has 0: <object .* give a str, number"),
        ("n = :n", {"n": 2**64}, "'n': 18446744073709551616, which does not fit"),
        ("n = ?", 7, "where_args must be a list or a dict, not int"),
    ],
)
def test_a_condition_that_can_t_hold_is_refused(
    words: WordLlama, where: Any, args: Any, said: str
) -> None:
    index = words.index()
    index.add([{"text": "t", "n": 7, "tags": ["a"], "day": datetime.date(2026, 1, 2)}])
    for call in (index.records, index.delete, lambda **how: index.search("t", **how)):
        with pytest.raises((TypeError, ValueError), match=said):
            call(where=where, where_args=args)
    with pytest.raises(ValueError, match="where is empty"):
        index.delete(where={})
    assert len(index) == 1


def test_whole_numbers_that_were_there_are_not_rounded(words: WordLlama) -> None:
    index = words.index()
    index.add([{"id": "a", "text": "t", "n": 2**53 + 1}, {"id": "b", "text": "t", "n": 2**60}])
    with pytest.raises(ValueError, match="the record with the id 'a': field 'n' is 90071992547409"):
        index.add([{"id": "c", "text": "t", "n": 0.5}])
    assert index["a"].fields["n"] == 2**53 + 1
    index.delete("a")
    index.add([{"id": "c", "text": "t", "n": 0.5}])
    assert index["b"].fields["n"] == 2.0**60


ROW = {"key": "k", "id": "i", "text": "t"}


@pytest.mark.parametrize(
    ("items", "how", "said"),
    [
        ([ROW], {"ids": "key"}, "a field can't be called 'id'"),
        (pandas.DataFrame([["t", 1, 2]], columns=["text", "n", "n"]), {}, "two columns.* 'n'"),
        (pyarrow.table([["t"], [1], [2]], ["text", "n", "n"]), {}, "two columns.* 'n'"),
        (pandas.DataFrame([ROW]).set_index("id"), {}, "the frame has an index 'id'"),
        ({"id": "ab", "text": "xy"}, {}, "column 'id' must be a list, not str; for one record"),
        (["t"], {"ids": b"a"}, "ids must be a list or a column's name, not a bytes"),
        (["t"], {"ids": {"a"}}, "not a set"),
        (["t"], {"ids": ["\ud800"]}, "id of record 0 is '.ud800', which is no UTF-8"),
        (["t"], {"ids": np.array([1], "M8[ns]")}, "id of record 0 must be a str or int"),
        ([{"text": "t"}] * 5 + [ROW], {}, "record 5 has an id, but those before it have none"),
        ([ROW | {"id": 1}] * 5 + [{"text": "t"}], {}, "id of record 5 must be a str or int, not N"),
        (
            polars.DataFrame({"text": ["t"], "f": [1]}).with_columns(
                polars.col("f").cast(polars.Datetime("ns"))
            ),
            {},
            "column 'f' has nanoseconds",
        ),
    ],
)
def test_nothing_of_a_record_is_left_out(
    words: WordLlama, monkeypatch: pytest.MonkeyPatch, items: Any, how: Any, said: str
) -> None:
    monkeypatch.setattr(records, "ROWS", 3)
    monkeypatch.setattr(records, "LOOKED_AT", 1)
    index = words.index()
    with pytest.raises((TypeError, ValueError), match=said):
        index.add(items, **how)
    assert len(index) == 0


def test_ids_that_no_record_can_have(words: WordLlama) -> None:
    index = words.index()
    index.add(["a", "b", "c"], ids=[7, "7", 8])
    assert index.add(["d"], ids=[Colour.RED]).ids == ["red"]
    assert type(index.ids[3]) is str
    assert np.int64(7) in index
    assert index[np.int64(7)].text == "a"
    assert not any(id in index for id in (True, 7.0, 2**70, None, b"7", "\ud800"))
    with pytest.raises(TypeError, match="must be a str or int, not b"):
        index.delete(b"\x07\x08")
    assert len(index) == 4


TEXTS = ["a red car", "A RED CAR!", "heavy rain", "rain, heavy rain", "", "天気", "今日の天気"]
GIVEN = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(TEXTS)), max_size=9)


@pytest.mark.filterwarnings("ignore::wordllama.CoverageWarning")
@given(before=GIVEN, now=GIVEN, size=st.integers(1, 3), threshold=st.sampled_from([None, 0.9]))
@SETTINGS
def test_the_size_of_a_batch_changes_nothing(
    words: WordLlama,
    before: list[tuple[int, str]],
    now: list[tuple[int, str]],
    size: int,
    threshold: float | None,
) -> None:
    outcomes = []
    for rows in (4096, size):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(records, "ROWS", rows)
            patch.setattr(records, "LOOKED_AT", 1)
            index = words.index()
            index.add({"id": [id for id, _ in before], "text": [text for _, text in before]})
            added = index.add(
                iter([{"id": id, "text": text} for id, text in now]),
                text="text",
                skip_duplicates=threshold,
            )
        skipped = [(each.place, each.id, each.of) for each in added.skipped]
        assert set(added.ids) <= set(index.ids)
        outcomes.append((list(index), added.ids, added.replaced, skipped, added.unread))
        assert index.check() == []
    assert outcomes[0] == outcomes[1]
    held = {record.id: record.text for record in index}
    last = dict(before) | dict(now)
    assert held.items() <= last.items()
    assert threshold or held == last


@pytest.mark.parametrize("name", [None, "i.db"])
def test_an_index_may_be_changed_while_it_is_read(
    words: WordLlama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    for module in (records, store):
        monkeypatch.setattr(module, "ROWS", 3)
    monkeypatch.setattr(records, "LOOKED_AT", 1)
    index: Index = words.index(name and tmp_path / name)
    index.add([f"text {n}" for n in range(8)])
    index.add({"text": f"more {record.text}"} for record in index)
    assert len(index) == 16
    for record in index:  # each once, though it goes to the end
        index.add([{"id": record.id, "text": record.text + "!"}])
    assert [record.text[-2:] for record in index] == [f"{n}!" for n in range(8)] * 2
    assert index.check() == []
