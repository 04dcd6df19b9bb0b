"""What a Parquet or Arrow file says of its records, in its schema's metadata under names of ours.

A claim is about every record: where records of several files come together, those that not all of
them make are dropped, and so are all where texts are replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OURS = b"wordllama."
"""What the names of claims begin with."""


def claims_of(schema: Any) -> dict[str, str]:
    """The claims of a pyarrow schema, without the beginning of their names."""
    return {
        name.removeprefix(OURS).decode(errors="replace"): value.decode(errors="replace")
        for name, value in (schema.metadata or {}).items()
        if name.startswith(OURS)
    }


def claiming(schema: Any, claims: Mapping[str, str]) -> Any:
    """The pyarrow schema with these claims instead of those it has.

    >>> import pyarrow as pa
    >>> schema = claiming(pa.schema([], metadata={"a": "b"}), {"vectors": "x"})
    >>> claims_of(schema), claiming(schema, {}).metadata
    ({'vectors': 'x'}, {b'a': b'b'})
    """
    metadata = {k: v for k, v in (schema.metadata or {}).items() if not k.startswith(OURS)}
    metadata |= {OURS + name.encode(): value.encode() for name, value in claims.items()}
    return schema.with_metadata(metadata or None)


def common(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """The claims that both make."""
    return {name: value for name, value in one.items() if other.get(name) == value}
