"""Records made of two records each: the columns of both, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wordllama.extras import require
from wordllama.files.batch import Dicts, Rows
from wordllama.files.json_lines import json_line


@dataclass(frozen=True)
class Beside:
    """Records of two sides in pairs, and the names that each side's columns have in the pair."""

    left: Rows
    right: Rows
    left_names: Mapping[str, str]
    right_names: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.left)

    def names(self) -> list[str]:
        """The columns, those of the left side first."""
        return [*self.left_names.values(), *self.right_names.values()]

    def take(self, indices: Sequence[int]) -> Beside:
        """The pairs at `indices`, in that order."""
        left, right = self.left.take(indices), self.right.take(indices)
        return Beside(left, right, self.left_names, self.right_names)

    @staticmethod
    def concat(rows: Sequence[Any]) -> None:
        """Pairs are made once, from all records."""

    def records(self) -> list[dict[str, Any]]:
        """The pairs as dictionaries."""
        sides = (self.left.records(), self.left_names), (self.right.records(), self.right_names)
        named = [
            [{names[name]: value for name, value in record.items()} for record in records]
            for records, names in sides
        ]
        return [{**one, **other} for one, other in zip(*named, strict=True)]

    def json_lines(self) -> list[bytes]:
        """The pairs as JSON objects."""
        return [json_line(record) for record in self.records()]

    def replaced(self, name: str, texts: Sequence[str]) -> Dicts:
        """The pairs with other texts in the column `name`."""
        return Dicts(self.records()).replaced(name, texts)

    def arrow(self) -> Any:
        """A RecordBatch of the columns of both sides, in their types."""
        pyarrow = require("pyarrow", extra="files")
        left, right = self.left.arrow(), self.right.arrow()
        fields = [
            field.with_name(names[field.name])
            for side, names in ((left, self.left_names), (right, self.right_names))
            for field in side.schema
        ]
        columns = [*left.columns, *right.columns]
        return pyarrow.RecordBatch.from_arrays(columns, schema=pyarrow.schema(fields))


def beside(left: Rows, right: Rows) -> Beside:
    """The records of two sides in pairs; a name that both have ends in `_left` and `_right`.

    Raises ValueError if such a name is one that a side has already.

    >>> beside(Dicts([{"text": "a", "id": 1}]), Dicts([{"text": "b"}])).records()
    [{'text_left': 'a', 'id': 1, 'text_right': 'b'}]
    """
    both = set(left.names()) & set(right.names())

    def named(names: list[str], ending: str) -> dict[str, str]:
        return {name: name + ending if name in both else name for name in names}

    pairs = Beside(left, right, named(left.names(), "_left"), named(right.names(), "_right"))
    names = pairs.names()
    if twice := [name for n, name in enumerate(names) if name in names[:n]]:
        raise ValueError(f"two columns of the pairs would be named {twice[0]!r}; rename one")
    return pairs
