"""Arrow types that hold what two others hold, and arrays brought to them with no value changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from wordllama.extras import require
from wordllama.files.claims import claiming, claims_of, common


class ConflictError(ValueError):
    """Two types whose values no one type holds."""


def united(one: Any, other: Any) -> Any:
    """A pyarrow schema with the columns and claims of both, of types wide enough for both.

    Raises ValueError that names the column whose values no one type holds.

    >>> import pyarrow as pa
    >>> one = pa.schema({"id": pa.int64(), "meta": pa.struct({"a": pa.null()})})
    >>> other = pa.schema({"id": pa.float64(), "meta": pa.struct({"a": pa.string()})})
    >>> united(one, other) == other
    True
    """
    pyarrow = require("pyarrow", extra="files")
    claims = claims_of(one)
    if claims and claims != (shared := common(claims, claims_of(other))):
        one = claiming(one, shared)
    if one.equals(other):
        return one
    return pyarrow.schema(_fields(one, other, "column "), metadata=one.metadata)


def _fields(one: Any, other: Any, kind: str = "") -> list[Any]:
    """The fields of two schemas or structs, in order of first appearance."""
    fields = {field.name: field for field in one}
    for field in other:
        known = fields.get(field.name)
        if known is None:
            fields[field.name] = field.with_nullable(True)
            continue
        try:
            whole = known.with_type(wider(known.type, field.type))
        except ConflictError as error:
            if not kind:
                raise ConflictError(f"{error} (in {field.name!r})") from error
            raise ValueError(
                f"{kind}{field.name!r} has values of several types: {error}; write JSONL"
            ) from error
        fields[field.name] = whole.with_nullable(known.nullable or field.nullable)
    late = {field.name for field in one} - {field.name for field in other}
    return [f.with_nullable(True) if f.name in late else f for f in fields.values()]


def wider(one: Any, other: Any) -> Any:
    """The type that holds all values of two types; ConflictError if there is none.

    >>> import pyarrow as pa
    >>> print(wider(pa.list_(pa.int64()), pa.list_(pa.float32())))
    list<item: double>
    """
    pyarrow = require("pyarrow", extra="files")
    types = pyarrow.types
    if one.equals(other) or types.is_null(other):
        return one
    if types.is_null(one):
        return other
    if types.is_dictionary(one) or types.is_dictionary(other):
        return wider(*(t.value_type if types.is_dictionary(t) else t for t in (one, other)))
    if types.is_struct(one) and types.is_struct(other):
        return pyarrow.struct(_fields(one, other))
    if is_list(one) and is_list(other):
        item = wider(one.value_type, other.value_type)
        large = types.is_large_list(one) or types.is_large_list(other)
        return pyarrow.large_list(item) if large else pyarrow.list_(item)
    for family in (_number, _decimal, _text, _temporal):
        found = family(one, other)
        if found is not None:
            return found
    raise ConflictError(f"{one} and {other}")


def is_list(kind: Any) -> bool:
    """Whether a type is that of lists, in any of Arrow's forms."""
    types = require("pyarrow", extra="files").types
    names = ("list", "large_list", "fixed_size_list", "list_view", "large_list_view")
    return any(getattr(types, f"is_{name}", _never)(kind) for name in names)


def changed(kind: Any, change: Callable[[Any], Any]) -> Any:
    """The type with `change` made to every type of single values in it, and no list views.

    >>> import pyarrow as pa
    >>> print(changed(pa.list_(pa.null()), lambda kind: pa.string()))
    list<item: string>
    """
    pyarrow = require("pyarrow", extra="files")
    types = pyarrow.types
    if types.is_struct(kind):
        return pyarrow.struct([field.with_type(changed(field.type, change)) for field in kind])
    if types.is_map(kind):
        return pyarrow.map_(changed(kind.key_type, change), changed(kind.item_type, change))
    if not is_list(kind):
        return change(kind)
    item = changed(kind.value_type, change)
    if types.is_list(kind):
        return pyarrow.list_(item)
    same = item.equals(kind.value_type) and types.is_fixed_size_list(kind)
    return kind if same else pyarrow.large_list(item)


def is_run_ends(kind: Any) -> bool:
    """Whether a type is run-end encoded, which older versions of pyarrow don't know."""
    types = require("pyarrow", extra="files").types
    return bool(getattr(types, "is_run_end_encoded", _never)(kind))


def _never(kind: object) -> bool:
    """For what an older pyarrow has no type."""
    return False


def _number(one: Any, other: Any) -> Any:
    pyarrow = require("pyarrow", extra="files")
    types = pyarrow.types
    both = (one, other)
    if all(map(types.is_floating, both)):
        return max(both, key=lambda kind: kind.bit_width)
    if not all(types.is_integer(kind) or types.is_floating(kind) for kind in both):
        return None
    if not all(map(types.is_integer, both)):
        return pyarrow.float64()
    if types.is_signed_integer(one) == types.is_signed_integer(other):
        return max(both, key=lambda kind: kind.bit_width)
    unsigned, signed = sorted(both, key=types.is_signed_integer)
    if unsigned.bit_width == 64:
        return unsigned  # a negative number beside it is refused when it is brought to this type
    width = max(2 * unsigned.bit_width, signed.bit_width)
    return {16: pyarrow.int16(), 32: pyarrow.int32(), 64: pyarrow.int64()}[width]


def _decimal(one: Any, other: Any) -> Any:
    pyarrow = require("pyarrow", extra="files")
    if not (pyarrow.types.is_decimal(one) and pyarrow.types.is_decimal(other)):
        return None
    scale = max(one.scale, other.scale)
    digits = max(one.precision - one.scale, other.precision - other.scale) + scale
    if digits > 76:
        return None
    kind = pyarrow.decimal128 if digits <= 38 else pyarrow.decimal256
    return kind(digits, scale)


def _text(one: Any, other: Any) -> Any:
    pyarrow = require("pyarrow", extra="files")
    types = pyarrow.types
    both = (one, other)
    if all(types.is_string(kind) or types.is_large_string(kind) for kind in both):
        return pyarrow.large_string()
    binary = (types.is_binary, types.is_large_binary, types.is_fixed_size_binary)
    if not all(any(test(kind) for test in binary) for kind in both):
        return None
    large = any(map(types.is_large_binary, both))
    return pyarrow.large_binary() if large else pyarrow.binary()


UNITS = ("s", "ms", "us", "ns")


def _temporal(one: Any, other: Any) -> Any:
    pyarrow = require("pyarrow", extra="files")
    types = pyarrow.types
    both = (one, other)
    if all(map(types.is_date, both)):
        return pyarrow.date64()
    for test in (types.is_timestamp, types.is_duration, types.is_time):
        if all(map(test, both)) and getattr(one, "tz", None) == getattr(other, "tz", None):
            return max(both, key=lambda kind: UNITS.index(kind.unit))
    return None


def widened(array: Any, kind: Any) -> Any:
    """A pyarrow array brought to a wider type; ArrowInvalid where a value would be changed.

    pyarrow's own cast leaves out struct fields that `kind` lacks, and loses items of list views;
    here only single values are left to it.
    """
    pyarrow = require("pyarrow", extra="files")
    compute = require("pyarrow.compute", extra="files")
    types = pyarrow.types
    if array.type.equals(kind):
        return array
    if array.null_count == len(array):
        return pyarrow.nulls(len(array), kind)
    if is_run_ends(array.type):
        return widened(compute.run_end_decode(array), kind)
    if types.is_dictionary(array.type):
        if not types.is_dictionary(kind):
            return widened(array.dictionary_decode(), kind)
        words = widened(array.dictionary, kind.value_type)
        return pyarrow.DictionaryArray.from_arrays(array.indices, words, ordered=kind.ordered)
    if types.is_struct(kind):
        return _struct(array, kind)
    if is_list(kind):
        return _lists(array, kind)
    if is_view(array.type):  # its cast reads what lies in the place of nulls
        return pyarrow.array(array.to_pylist(), kind)
    return array.cast(kind)


def is_view(kind: Any) -> bool:
    """Whether a type is that of text or bytes as views."""
    types = require("pyarrow", extra="files").types
    names = ("is_string_view", "is_binary_view")
    return any(getattr(types, name, _never)(kind) for name in names)


def _struct(array: Any, kind: Any) -> Any:
    pyarrow = require("pyarrow", extra="files")
    place = {field.name: i for i, field in enumerate(array.type)}
    if lost := place.keys() - {field.name for field in kind}:
        raise ConflictError(f"{kind} has no {', '.join(sorted(lost))}")
    fields = list(kind)
    columns = [
        widened(array.field(place[field.name]), field.type)
        if field.name in place
        else pyarrow.nulls(len(array), field.type)
        for field in fields
    ]
    return pyarrow.StructArray.from_arrays(columns, fields=fields, mask=array.is_null())


def _lists(array: Any, kind: Any) -> Any:
    pyarrow = require("pyarrow", extra="files")
    compute = require("pyarrow.compute", extra="files")
    lengths = compute.fill_null(compute.list_value_length(array), 0)
    ends = compute.cumulative_sum(lengths.cast(pyarrow.int64()))
    large = pyarrow.types.is_large_list(kind)
    offsets = pyarrow.concat_arrays([pyarrow.array([0], pyarrow.int64()), ends])
    values = widened(array.flatten(), kind.value_type)
    make = pyarrow.LargeListArray if large else pyarrow.ListArray
    offsets = offsets if large else offsets.cast(pyarrow.int32())
    return make.from_arrays(offsets, values, type=kind, mask=array.is_null())


def brought(batch: Any, schema: Any) -> Any:
    """A RecordBatch with the columns of a wider schema; what it lacks is null.

    Raises ValueError that names the column whose values the schema's type does not hold.
    """
    pyarrow = require("pyarrow", extra="files")
    if batch.schema.equals(schema, check_metadata=True):
        return batch
    columns = []
    for field in schema:
        place = batch.schema.get_field_index(field.name)
        if place < 0:
            columns.append(pyarrow.nulls(len(batch), field.type))
            continue
        try:
            columns.append(widened(batch.column(place), field.type))
        except (pyarrow.ArrowException, ConflictError) as error:
            raise ValueError(
                f"column {field.name!r} has values of several types, and {field.type} does not "
                f"hold all: {error}; write JSONL"
            ) from error
    return pyarrow.RecordBatch.from_arrays(columns, schema=schema)


def joined(batches: Sequence[Any]) -> Any:
    """One RecordBatch of the rows of several, with the columns of all (see `united`)."""
    pyarrow = require("pyarrow", extra="files")
    schema = batches[0].schema
    for batch in batches[1:]:
        schema = united(schema, batch.schema)
    table = pyarrow.Table.from_batches([brought(batch, schema) for batch in batches], schema)
    whole = table.combine_chunks().to_batches()
    return whole[0] if whole else brought(batches[0].slice(0, 0), schema)
