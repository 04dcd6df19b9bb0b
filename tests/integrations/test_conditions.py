"""Filters on metadata: SQL finds what Python finds, whatever the keys and values are."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama import WordLlama
from wordllama.index import Index
from wordllama.integrations.conditions import (
    Conditions,
    Sql,
    all_of,
    any_of,
    contains,
    is_empty,
    negated,
    says,
)
from wordllama.integrations.documents import checked_metadata, known_ids, metadata_of

KEYS = [
    "a",
    "A",
    "id",
    "text",
    "metadata",
    "a.b",
    '"',
    "\\",
    '\\"',
    "' OR 1 --",
    "$",
    "é\n",
    "",
    "[0]",
]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 1.0, -2.0, 0.1, 1e300]),
    st.sampled_from(["", "1", "a", "A", "É", 'x"', "[]", "null", "true", '["a"]', "a,1", "%"]),
)
values = st.one_of(
    scalars, st.lists(scalars, max_size=3), st.dictionaries(st.sampled_from(KEYS), scalars)
)
metadata = st.dictionaries(st.sampled_from(KEYS), values, max_size=4)


@pytest.fixture(scope="module")
def index() -> Index:
    return WordLlama.load("l2_words").index()


def filled(index: Index, given: list[dict[str, Any]]) -> Index:
    index.delete(where="1")
    rows = [{"text": "x", "metadata": checked_metadata(each, 0)} for each in given]
    index.add(rows, ids=map(str, range(len(rows))), text="text")
    return index


def found(index: Index, condition: Sql) -> list[int]:
    return [int(record.id) for record in index.records(condition.text, condition.values)]


def looked_up(metadata: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        metadata = metadata.get(key) if isinstance(metadata, dict) else None
    return metadata


def matches(value: Any, operator: str, other: Any) -> bool:
    if operator == "in":
        return any(value == each for each in other)
    if operator in ("=", "!="):
        return bool((value == other) == (operator == "="))
    alike = (str,) if isinstance(other, str) else (int, float)
    if other is None or not isinstance(value, alike):
        return False
    return {"<": value < other, "<=": value <= other, ">": value > other, ">=": value >= other}[
        operator
    ]


@settings(max_examples=60)
@given(
    st.lists(metadata, min_size=1, max_size=8),
    st.data(),
    st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
    scalars,
    st.lists(scalars, max_size=4),
)
def test_comparisons_are_those_of_python(
    index: Index,
    given: list[dict[str, Any]],
    data: st.DataObject,
    operator: str,
    other: Any,
    several: list[Any],
) -> None:
    outer = sorted({key for each in given for key in each}) or KEYS
    keys = tuple(
        data.draw(st.tuples(st.sampled_from(outer)) | st.tuples(*[st.sampled_from(KEYS)] * 2))
    )
    filled(index, given)
    conditions = Conditions(index.columns)
    held = [looked_up(each, keys) for each in given]
    assert [metadata_of(record.fields) for record in index] == given

    def expected(*true: bool) -> list[int]:
        return [i for i, each in enumerate(true) if each]

    one, many = conditions.compare(keys, operator, other), conditions.compare(keys, "in", several)
    first = [matches(value, operator, other) for value in held]
    second = [matches(value, "in", several) for value in held]
    assert found(index, one) == expected(*first)
    assert found(index, many) == expected(*second)
    assert found(index, conditions.compare(keys, "not in", several)) == expected(
        *(not each for each in second)
    )
    both = list(zip(first, second, strict=True))
    assert found(index, all_of([one, negated(many)])) == expected(*(a and not b for a, b in both))
    assert found(index, negated(any_of([one, many]))) == expected(*(not (a or b) for a, b in both))
    operand = conditions.metadata(keys)
    assert found(index, is_empty(operand)) == expected(*(each in (None, "", []) for each in held))
    if other is not None:
        holds = [
            (isinstance(each, list) and other in each)
            or (isinstance(each, str) and isinstance(other, str) and other in each)
            for each in held
        ]
        assert found(index, contains(operand, other)) == expected(*holds)


def test_lists_and_texts_are_compared(index: Index) -> None:
    filled(index, [{"t": ["a", 'b"']}, {"t": ["a"]}, {"t": "ÉCOLE", "d": "x"}, {}])
    conditions = Conditions(index.columns)
    assert found(index, conditions.compare("t", "=", ["a", 'b"'])) == [0]
    assert found(index, conditions.compare("t", "in", [["a"], "ÉCOLE"])) == [1, 2]
    assert found(index, says(conditions.metadata("t"), "école", any_case=True)) == [2]
    assert found(index, conditions.mapping({"$or": [{"t": ["a", "ÉCOLE"]}, {"d": "x"}]})) == [2]
    assert found(index, conditions.mapping({})) == [0, 1, 2, 3]
    assert found(index, conditions.compare("d", "!=", float("nan"))) == [2]
    assert len(found(index, negated(conditions.compare("d", "<", float("nan"))))) == 4
    assert found(index, conditions.mapping({"$or": []})) == []


def test_fields_of_an_index_made_elsewhere_are_metadata() -> None:
    other = WordLlama.load("l2_words").index()
    other.add([{"text": "a", "year": 2020, "more": {"x": [1]}}, {"text": "b", "year": 1999}])
    other.add([{"id": "m", "text": "c", "metadata": {"year": 2021}}], text="text")
    conditions = Conditions(other.columns)
    other.add([{"id": "d", "text": "d", "day": date(2024, 5, 1)}], text="text")
    conditions = Conditions(other.columns)
    for operator, ids in (("<", ["d"]), (">", [])):
        earlier = conditions.compare("day", operator, "2025")
        assert [record.id for record in other.records(earlier.text, earlier.values)] == ids
    other.delete("d")
    years = conditions.compare("year", ">", 2000)
    assert [record.id for record in other.records(years.text, years.values)] == [0, "m"]
    inner = conditions.compare(("more", "x"), "=", [1])
    assert [record.id for record in other.records(inner.text, inner.values)] == [0]
    assert [metadata_of(record.fields) for record in other] == [
        {"year": 2020, "more": {"x": [1]}},
        {"year": 1999},
        {"year": 2021},
    ]
    assert known_ids(other, ["0", "m", "x", "01", "-", "0"]) == [0, "m"]
    empty = WordLlama.load("l2_words").index()
    assert found(empty, Conditions(empty.columns).compare("year", ">", 2000)) == []


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ({"k": object()}, TypeError, r"documents\[3\]: metadata 'k' is a object"),
        ({"k": [float("inf")]}, ValueError, r"metadata 'k' is inf, which JSON has not"),
        ({1: 2}, TypeError, r"documents\[3\]: keys of the metadata must be str, not 1"),
    ],
)
def test_metadata_that_json_can_not_hold_is_refused(value: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        checked_metadata(value, 3)
    assert checked_metadata({"k": float("nan")}, 0) == {"k": None}


def test_filters_that_make_no_sense_are_refused() -> None:
    conditions = Conditions({"metadata": "json"})
    with pytest.raises(ValueError, match="operator '~', expected one of ="):
        conditions.compare("a", "~", 1)
    with pytest.raises(TypeError, match="'in' needs a list, not 1"):
        conditions.compare("a", "in", 1)
    with pytest.raises(TypeError, match="compares with a str, number"):
        conditions.compare("a", "=", {"b": 1})
    with pytest.raises(TypeError, match="needs a number or a str"):
        conditions.compare("a", "<", [1])


def test_a_filter_may_have_thousands_of_parts(index: Index) -> None:
    filled(index, [{"n": i} for i in range(5)])
    conditions = Conditions(index.columns)
    many = list(range(3, 30_000))
    either = conditions.mapping({"$or": [{"n": i} for i in range(3, 3000)]})
    assert found(index, either) == [3, 4]
    assert found(index, conditions.compare("n", "in", many)) == [
        3,
        4,
    ]
    assert found(index, conditions.compare("n", "not in", many)) == [0, 1, 2]
    with pytest.raises(TypeError, match="must be a str or a tuple of them, not 5"):
        conditions.mapping({5: 1})
    assert found(index, conditions.compare("\ud800", "=", "\ud800")) == []
