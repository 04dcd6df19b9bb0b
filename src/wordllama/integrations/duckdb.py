"""DuckDB: the SQL functions `similarity(a, b)` and `embed(text)`.

>>> import duckdb
>>> connection = register(duckdb.connect())
>>> connection.sql("SELECT similarity('a car', 'a vehicle') > 0.3, len(embed('a car'))").fetchall()
[(True, 256)]
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from wordllama.extras import require
from wordllama.integrations.libraries import library, loaded, pairwise

duckdb = library("duckdb", "duckdb", extra="duckdb")


def register(connection: Any, model: str = "l2_supercat", dim: int | None = None) -> Any:
    """The connection, with `similarity(a, b)` (FLOAT) and `embed(text)` (FLOAT[dim]).

    Both work on whole blocks of rows; NULL gives NULL. Registering again replaces the model.
    """
    arrow = require("pyarrow", extra="duckdb")
    wl = loaded(model, dim)

    def similarity(a: Any, b: Any) -> Any:
        return arrow.array(pairwise(wl, a, b), arrow.float32())

    def embed(texts: Any) -> Any:
        vectors = arrow.array(wl.embed(texts).reshape(-1), arrow.float32())
        return arrow.FixedSizeListArray.from_arrays(vectors, wl.dim)

    text, kind = duckdb.sqltype("VARCHAR"), duckdb.sqltype("FLOAT")
    vector = duckdb.array_type(kind, wl.dim)
    for name in ("similarity", "embed"):
        with suppress(duckdb.InvalidInputException):  # it was not there
            connection.remove_function(name)
    connection.create_function("similarity", similarity, [text, text], kind, type="arrow")
    connection.create_function("embed", embed, [text], vector, type="arrow")
    return connection
