"""Tables of TOML as dataclasses: each field's type says what it takes, and errors name the key.

What a value may be stands beside its field, as an annotation:

>>> @dataclasses.dataclass(frozen=True)
... class Oven:
...     heat: Annotated[float, Range(0, 300)] = 180.0
...     mode: Annotated[str, OneOf("fan", "grill")] = "fan"
>>> build(Oven, {"heat": 400}, "oven")
Traceback (most recent call last):
...
ValueError: oven.heat is 400, expected 0 to 300
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Range:
    """What a number may be: from `low` to `high`; more than `low` where it is `above`."""

    low: float
    high: float = math.inf
    above: bool = False

    def holds(self, value: Any) -> bool:
        """Whether the number is in the range."""
        return self.low <= value <= self.high and not (self.above and value == self.low)

    def __str__(self) -> str:
        if self.above:
            limit = "" if self.high == math.inf else f" and at most {self.high}"
            return f"more than {self.low}{limit}"
        return f"{self.low} or more" if self.high == math.inf else f"{self.low} to {self.high}"


class OneOf:
    """The strings that there are to choose from."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def holds(self, value: Any) -> bool:
        """Whether the string is one of them."""
        return value in self.names

    def __str__(self) -> str:
        return f"one of {', '.join(map(repr, self.names))}"


class FileName:
    """A file's name, which leads to no other folder."""

    def holds(self, value: Any) -> bool:
        """Whether the string is one."""
        return is_file_name(value)

    def __str__(self) -> str:
        return "a file's name, without folders"


def is_file_name(name: Any) -> bool:
    """Whether this is the name of a file or folder, not a path that leads elsewhere.

    >>> is_file_name("my model"), is_file_name("../x"), is_file_name("..")
    (True, False, False)
    """
    parts = {"/", "\\", ":", "\0"}
    return isinstance(name, str) and name not in ("", ".", "..") and not parts & set(name)


Count = Annotated[int, Range(1)]
Whole = Annotated[int, Range(0)]
Positive = Annotated[float, Range(0, above=True)]
NotNegative = Annotated[float, Range(0)]
Share = Annotated[float, Range(0, 1)]

_NAMES = {int: "a whole number", float: "a number", str: "a string", bool: "true or false"}


def build(cls: type[T], table: Mapping[str, Any], where: str) -> T:
    """The dataclass that a table describes; ValueError names the key that is amiss."""
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls, include_extras=True)
    dot = f"{where}." if where else ""
    values = {}
    for key, value in table.items():
        if key not in fields or not fields[key].init:
            raise ValueError(f"{dot}{key} is not a key; there are {', '.join(fields)}")
        values[key] = _value(hints[key], value, f"{dot}{key}")
    for name, f in fields.items():
        required = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        if required and name not in values:
            raise ValueError(f"{dot}{name} is missing")
    return cls(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        hint = next(a for a in typing.get_args(hint) if a is not type(None))
    if typing.get_origin(hint) is Annotated:
        inner, *limits = typing.get_args(hint)
        made = _value(inner, value, where)
        for limit in limits:
            if not limit.holds(made):
                raise ValueError(f"{where} is {value!r}, expected {limit}")
        return made
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise ValueError(f"{where} is {value!r}, expected a table")
        return build(typing.cast(type[Any], hint), value, where)
    if typing.get_origin(hint) is tuple:
        item = typing.get_args(hint)[0]
        if not isinstance(value, list):
            raise ValueError(f"{where} is {value!r}, expected a list")
        return tuple(_value(item, v, f"{where}[{i}]") for i, v in enumerate(value))
    if typing.get_origin(hint) is not None:
        return value
    return _plain(hint, value, where)


def _plain(hint: type, value: Any, where: str) -> Any:
    accepted: tuple[type, ...] = (int, float) if hint is float else (hint,)
    right = isinstance(value, accepted) and isinstance(value, bool) == (hint is bool)
    if not right or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{where} is {value!r}, expected {_NAMES[hint]}")
    try:
        return hint(value)
    except OverflowError as error:
        raise ValueError(f"{where} is beyond what a number may be") from error
