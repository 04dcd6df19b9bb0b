"""TOML files: read by name, and written for what we write of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wordllama.extras import require
from wordllama.modelfiles.jsonfile import read_text


def read_toml(file: Path, extra: str) -> dict[str, Any]:
    """A TOML file's values; ValueError names it. `extra` brings the reader for Python 3.10."""
    library = require("tomllib" if sys.version_info >= (3, 11) else "tomli", extra=extra)
    try:
        values: dict[str, Any] = library.loads(read_text(file))
    except (library.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"{file}: not TOML: {error}") from error
    return values


def toml(values: Mapping[str, Any]) -> str:
    """Strings, numbers, booleans and lists of these as TOML; lists of tables last.

    >>> print(toml({"shape": [2, 3], "part": [{"source": "a"}]}), end="")
    shape = [2, 3]
    <BLANKLINE>
    [[part]]
    source = "a"
    """
    tables = {
        k: v for k, v in values.items() if isinstance(v, list) and v and isinstance(v[0], dict)
    }
    lines = [f"{k} = {_value(v)}\n" for k, v in values.items() if k not in tables]
    for name, entries in tables.items():
        for entry in entries:
            flat = {k: v for k, v in entry.items() if not isinstance(v, dict)}
            lines.append(f"\n[[{name}]]\n{toml(flat)}")
    return "".join(lines)


def _value(value: Any) -> str:
    # JSON's strings are TOML's but for one character, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
