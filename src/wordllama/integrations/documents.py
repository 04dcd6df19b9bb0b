"""Frameworks' documents as records of an index: what LangChain, LlamaIndex and Haystack share."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.index import Index, Record
from wordllama.index.fields import plain_value
from wordllama.integrations.conditions import METADATA, OWN
from wordllama.integrations.libraries import DEFAULT, loaded
from wordllama.opening import open_index
from wordllama.texts import valid_unicode
from wordllama.vectors import binarize

Place = Index | str | PathLike[str] | None
Id = str | int


def opened(place: Place, model: str | None = None, dim: int | None = None) -> Index:
    """The index itself; or that of a file, made where there is none; of None, one in memory.

    model, dim: for an index that is made, by default `l2_supercat`. One that is there names its
    model itself, and another is refused.
    """
    if isinstance(place, Index):
        if model is not None or dim is not None:
            raise ValueError(
                "an index has its model: give model and dim with a path, or not at all"
            )
        return place
    given = model is not None or dim is not None
    if place is not None and not given and Path(fspath(place)).expanduser().exists():
        return open_index(place)
    return loaded(model or DEFAULT, dim).index(place)


def metadata_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A record's metadata: its own, or the fields of one that no framework has added."""
    if isinstance(fields.get(METADATA), dict):
        return dict(fields[METADATA])
    return {name: value for name, value in fields.items() if name not in OWN and value is not None}


def checked_metadata(metadata: Mapping[str, Any], place: int) -> dict[str, Any]:
    """Metadata as the index keeps it: JSON's types, NaN as None.

    TypeError or ValueError names the document and the key of what JSON can't hold.

    >>> checked_metadata({"year": 2020, "tags": ("a", "b")}, 0)
    {'year': 2020, 'tags': ['a', 'b']}
    """
    return {
        _key(key, place): _value(value, place, key) if type(value) not in _PLAIN else value
        for key, value in metadata.items()
    }


_PLAIN = (int, bool, type(None))


def _value(value: Any, place: int, key: str) -> Any:
    value = plain_value(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return valid_unicode(value)
    if isinstance(value, int):
        return int(value)
    where = f"documents[{place}]: metadata {key!r} is"
    if isinstance(value, float):
        if math.isinf(value):
            raise ValueError(f"{where} {value}, which JSON has not; give a number or None")
        return float(value)
    if isinstance(value, list | tuple):
        return [_value(part, place, key) for part in value]
    if isinstance(value, Mapping):
        return {_key(inner, place): _value(part, place, key) for inner, part in value.items()}
    hint = " (value.isoformat())" if hasattr(value, "isoformat") else ""
    raise TypeError(
        f"{where} a {type(value).__name__} ({value!r:.40}), but metadata is kept as JSON; give a "
        f"str{hint}, number, bool, None, list or dict"
    )


def _key(key: Any, place: int) -> str:
    if not isinstance(key, str):
        raise TypeError(f"documents[{place}]: keys of the metadata must be str, not {key!r:.40}")
    return valid_unicode(key)


def own_ids(index: Index, ids: Iterable[Id]) -> list[Id]:
    """The ids as the index has them: 7 for "7", if there is no "7" and an index of numbers."""
    asked = list(ids)
    numbers = [id for id in dict.fromkeys(asked) if isinstance(id, str) and _is_number(id)]
    as_text, as_number = index.get(numbers), index.get([int(id) for id in numbers])
    found = zip(numbers, as_text, as_number, strict=True)
    own: dict[Id, Id] = {
        id: int(id) for id, text, number in found if text is None and number is not None
    }
    return [own.get(id, id) for id in asked]


def known_ids(index: Index, ids: Iterable[Id]) -> list[Id]:
    """Those of the ids that there are, once each, as the index has them."""
    asked = list(dict.fromkeys(own_ids(index, ids)))
    found = zip(asked, index.get(asked), strict=True)
    return [id for id, record in found if record is not None]


def _is_number(id: str) -> bool:
    return re.fullmatch("-?[0-9]{1,18}", id) is not None and str(int(id)) == id


def records_of(index: Index, ids: Sequence[Id]) -> list[Record]:
    """The records of those ids that there are, in this order."""
    found = index.get(known_ids(index, ids))
    return [record for record in found if record is not None]


def query_vector(index: Index, vector: Sequence[float]) -> NDArray[Any]:
    """A vector of the index's model as its search takes it; of a binary index as bits."""
    given = np.asarray(vector, np.float32)
    return binarize(given[None])[0] if _is_binary(index.embed([])) else given


def directions(index: Index, texts: Sequence[str]) -> NDArray[np.float32]:
    """The texts' vectors, (n, dim); of a binary index 1 and -1."""
    vectors = index.embed(texts)
    if not _is_binary(vectors):
        return vectors.astype(np.float32)
    bits = np.unpackbits(vectors.view(np.uint8), axis=1)
    return bits.astype(np.float32) * 2 - 1


def _is_binary(vectors: NDArray[Any]) -> bool:
    return vectors.dtype == np.uint64
