"""pandas, Polars and DuckDB: what the methods give, in the library's own columns."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import wordllama.integrations.pandas
import wordllama.integrations.polars  # noqa: F401 (both are imported for what they register)
from wordllama import WordLlama
from wordllama.integrations.duckdb import register

TEXTS = ["a red car", "heavy rain", "a red car!", "", "snow ☃ and wind"]


@pytest.fixture
def series() -> pd.Series:
    return pd.Series(TEXTS, index=list("abcde"))


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = register(duckdb.connect())
    connection.execute("CREATE TABLE docs (id INTEGER, text VARCHAR)")
    connection.executemany("INSERT INTO docs VALUES (?, ?)", list(enumerate(TEXTS)))
    return connection


def test_pandas_gives_vectors_with_the_columns_index(series: pd.Series, wl: WordLlama) -> None:
    vectors = series.wordllama.embed(norm=True)
    np.testing.assert_array_equal(vectors.to_numpy(), wl.embed(TEXTS, norm=True))
    assert vectors.index.equals(series.index)


def test_pandas_ranks_filters_deduplicates_and_clusters(series: pd.Series, wl: WordLlama) -> None:
    best = series.wordllama.rank("weather", 2)
    assert series[best.index].tolist() == wl.topk("weather", TEXTS, k=2)
    assert series.wordllama.filter("car").tolist() == wl.filter("car", TEXTS)
    assert series.wordllama.deduplicate(0.8).tolist() == wl.deduplicate(TEXTS, 0.8)
    labels = series.wordllama.cluster(2, random_state=0)
    assert labels.tolist() == wl.cluster(TEXTS, 2, random_state=0)[0]
    assert labels.index.equals(series.index)


def test_pandas_works_on_what_a_filter_left(series: pd.Series) -> None:
    assert series[series != ""].wordllama.deduplicate(0.8).index.tolist() == ["a", "b", "e"]
    assert series[:0].wordllama.embed().shape == (0, 256)
    assert series[:0].wordllama.deduplicate().empty


def test_pandas_passes_the_toolkits_errors_on(series: pd.Series) -> None:
    with pytest.raises(TypeError, match=r"texts\[2\] must be a str, not int \(3\)"):
        pd.Series([None, "a", 3]).wordllama.embed()
    with pytest.raises(ValueError, match="k must be at least 1"):
        series.wordllama.rank("a", 0)
    with pytest.raises(ValueError, match="threshold must be between"):
        series.wordllama.deduplicate(2)


COLUMNS = {
    "None": lambda texts: pd.Series(texts, dtype=object),
    "NaN": lambda texts: pd.Series([np.nan if t is None else t for t in texts], dtype=object),
    "NA": lambda texts: pd.Series([pd.NA if t is None else t for t in texts], dtype=object),
    "default": lambda texts: pd.Series(texts),
    "string": lambda texts: pd.Series(texts, dtype="string"),
    "arrow": lambda texts: pd.Series(texts, dtype="string[pyarrow]"),
    "category": lambda texts: pd.Series(texts, dtype="category"),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_pandas_gives_what_is_missing_for_what_is_missing(wl: WordLlama, kind: str) -> None:
    texts = [None, "a red car", "heavy rain", None, "a red car!", "snow"]
    series = COLUMNS[kind](texts).set_axis([3, 1, 4, 1, 5, 9])
    column = series.wordllama
    there = [text is not None for text in texts]
    whole = [text for text in texts if text is not None]

    vectors = column.embed().to_numpy()
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors[there], wl.embed(whole))
    assert np.isnan(vectors[[0, 3]]).all()

    scores = column.similarity("weather")
    np.testing.assert_allclose(
        scores[there], [score for _, score in wl.rank("weather", whole, sort=False)], atol=1e-6
    )
    assert scores.isna().tolist() == [not each for each in there]
    beside = column.similarity(series.where(series != "snow", None))
    assert beside.isna().tolist() == [True, False, False, True, False, True]

    assert series[column.rank("weather", 2).index.unique()].tolist() == wl.topk("weather", whole, 2)
    assert column.rank("weather").isna().tolist() == [False] * 4 + [True] * 2
    assert column.filter("weather", -1).tolist() == whole
    kept = column.deduplicate(0.8)
    assert kept.dropna().tolist() == wl.deduplicate(whole, 0.8)
    assert kept.isna().sum() == 2
    labels = column.cluster(2, random_state=0)
    assert labels[there].tolist() == wl.cluster(whole, 2, random_state=0)[0]
    assert labels.isna().tolist() == scores.isna().tolist()
    assert labels.index.equals(series.index)


def test_of_a_pandas_column_where_all_is_missing_nothing_comes() -> None:
    for series in (
        pd.Series([None, None]),
        pd.Series([np.nan]),
        pd.Series([pd.NA], dtype="string"),
    ):
        assert series.wordllama.embed().isna().all(axis=None)
        assert series.wordllama.similarity("car").isna().all()
        assert len(series.wordllama.deduplicate()) == len(series)
        assert series.wordllama.filter("car").empty


def test_polars_expressions_run_eagerly_lazily_and_in_groups(wl: WordLlama) -> None:
    frame = pl.DataFrame({"text": TEXTS, "half": [0, 0, 1, 1, 1]})
    text = pl.col("text").wordllama
    eager = frame.select(text.embed(norm=True).alias("vector"), text.similarity("car"))
    np.testing.assert_array_equal(eager["vector"].to_numpy(), wl.embed(TEXTS, norm=True))
    wanted = [score for _, score in wl.rank("car", TEXTS, sort=False)]
    np.testing.assert_allclose(eager["text"].to_numpy(), wanted, atol=1e-6)
    assert frame.lazy().select(text.similarity("car")).collect().equals(eager.select("text"))
    grouped = frame.select(text.is_duplicate(0.8).over("half"))["text"].to_list()
    assert grouped == [False] * 5
    assert frame.filter(~text.is_duplicate(0.8))["text"].to_list() == wl.deduplicate(TEXTS, 0.8)
    labels = frame.select(text.cluster(2, random_state=0))["text"].to_list()
    assert labels == wl.cluster(TEXTS, 2, random_state=0)[0]


def test_polars_gives_null_for_null_and_takes_series(wl: WordLlama) -> None:
    frame = pl.DataFrame({"text": ["a red car", None, "heavy rain", "a red car!", None]})
    text = pl.col("text").wordllama
    lazy = frame.lazy().select(
        text.embed(dim=64).alias("vector"),
        text.similarity("car").alias("score"),
        text.cluster(2, random_state=0).alias("label"),
        text.is_duplicate(0.8).alias("duplicate"),
    )
    found = lazy.collect()
    assert found.schema == lazy.collect_schema()
    assert found["score"].to_list()[2] == pytest.approx(wl.similarity("heavy rain", "car"))
    for name in ("vector", "score", "label"):
        assert found[name].is_null().to_list() == [False, True, False, False, True]
    assert found["duplicate"].to_list() == [False, False, False, True, False]
    assert found["score"].equals(frame["text"].wordllama.similarity("car"))
    nothing = pl.Series("text", [None], dtype=pl.String).wordllama.embed(dim=64)
    assert nothing.to_list() == [None]


def test_polars_passes_the_toolkits_errors_on() -> None:
    frame = pl.DataFrame({"text": ["a", "b"], "number": [1, 2]})
    with pytest.raises(TypeError, match=r"texts\[0\] must be a str, not int"):
        frame.select(pl.col("number").wordllama.embed())
    with pytest.raises(ValueError, match="k must be from 1"):
        frame.lazy().select(pl.col("text").wordllama.cluster(9)).collect()
    with pytest.raises(ValueError, match="trunc_dim"):
        frame["text"].wordllama.embed(dim=3)


def test_two_columns_are_compared_row_by_row(wl: WordLlama) -> None:
    left, right = ["a red car", "rain", None, ""], ["a truck", "heavy rain", "snow", None]
    wanted = [wl.similarity(a, b) for a, b in zip(left[:2], right[:2], strict=True)]
    frame = pl.DataFrame({"left": left, "right": right})
    expression = pl.col("left").wordllama.similarity(pl.col("right"))
    for given in (
        frame.select(expression).to_series(),
        frame.lazy().select(expression).collect().to_series(),
        frame["left"].wordllama.similarity(frame["right"]),
    ):
        np.testing.assert_allclose(given[:2].to_numpy(), wanted, atol=1e-6)
        assert given[2:].to_list() == [None, None]
    table = frame.to_pandas()[:2]
    scores = table["left"].wordllama.similarity(table["right"])
    np.testing.assert_allclose(scores, wanted, atol=1e-6)
    with pytest.raises(ValueError, match="query must have the index"):
        table["left"].wordllama.similarity(table["right"][:1])
    with pytest.raises(ValueError, match="query must have 4 texts, not 1"):
        frame["right"].wordllama.similarity(frame["left"][:1])


def test_duckdb_orders_and_joins_by_similarity(
    connection: duckdb.DuckDBPyConnection, wl: WordLlama
) -> None:
    query = "SELECT id, similarity(text, 'weather') AS s FROM docs ORDER BY s DESC, id"
    found = connection.execute(query).fetchall()
    for i, score in found:
        assert score == pytest.approx(wl.similarity(TEXTS[i], "weather"), abs=1e-6)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    pairs = """SELECT a.id, b.id FROM docs a JOIN docs b
               ON a.id < b.id AND similarity(a.text, b.text) > 0.8"""
    assert connection.execute(pairs).fetchall() == [(0, 2)]


def test_duckdb_embeds_into_arrays_that_it_compares_itself(
    connection: duckdb.DuckDBPyConnection, wl: WordLlama
) -> None:
    (vector,) = connection.execute("SELECT embed(text) FROM docs WHERE id = 1").fetchone()
    np.testing.assert_allclose(vector, wl.embed(TEXTS[1])[0], atol=1e-6)
    query = "SELECT array_cosine_similarity(embed('a car'), embed('a vehicle'))"
    (score,) = connection.execute(query).fetchone()
    assert score == pytest.approx(wl.similarity("a car", "a vehicle"), abs=1e-5)


def test_duckdb_gives_null_for_null(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("INSERT INTO docs VALUES (9, NULL)")
    query = "SELECT id FROM docs WHERE similarity(text, 'car') IS NULL OR embed(text) IS NULL"
    assert connection.execute(query).fetchall() == [(9,)]


def test_duckdb_is_registered_again_with_another_model(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    query = "SELECT len(embed('a'))"
    assert connection.execute(query).fetchall() == [(256,)]
    assert register(connection, dim=64).execute(query).fetchall() == [(64,)]
    with pytest.raises(ValueError, match="trunc_dim"):
        register(connection, dim=3)
    assert connection.execute(query).fetchall() == [(64,)]
