"""An index keeps what it is given, gives it back, and finds it by meaning and by words."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow
import pytest

from wordllama import CoverageWarning, WordLlama, files
from wordllama.index import Bm25, Index

from .conftest import RECORDS

IDS = [record["id"] for record in RECORDS]


def test_records_come_back_as_they_were(animals: Index) -> None:
    assert len(animals) == 5
    assert animals.ids == [record.id for record in animals] == IDS
    owl = animals.get("owl")
    assert owl is not None
    assert owl.text == "The owl flies through the night."
    assert owl.fields == {"legs": 2, "kind": "bird"}
    assert animals.get("yak") is None
    assert [r and r.id for r in animals.get(["cod", "yak", "cat"])] == ["cod", None, "cat"]
    assert animals["bee"].fields["legs"] == 6
    assert "bee" in animals
    assert "yak" not in animals
    with pytest.raises(KeyError, match="yak"):
        animals["yak"]
    assert animals.columns == {"legs": "integer", "kind": "text"}


def test_the_three_modes(animals: Index) -> None:
    hybrid = animals.search("cat on the warm mat", k=2)
    assert hybrid.ids == ["cat", "dog"]
    assert hybrid[0].vector_score == pytest.approx(
        animals.search("cat on the warm mat", 1, "vector")[0].score
    )
    assert hybrid[0].keyword_score == animals.search("cat on the warm mat", 1, "keyword")[0].score
    assert animals.search("running dogs", mode="keyword").ids == ["dog"]  # by stems
    assert animals.search("ocean", mode="keyword").ids == []
    vector = animals.search("ocean", k=1, mode="vector")[0]
    assert (vector.id, vector.keyword_score) == ("cod", None)
    assert vector.score == pytest.approx(vector.vector_score)


def test_the_best_of_both_kinds_scores_1(animals: Index) -> None:
    assert animals.search("The cod swims in cold water.", k=1)[0].score == pytest.approx(1)
    for weight in (0.0, 1.0):
        hits = animals.search("the night owl", weight=weight)
        part = "keyword_score" if weight == 0 else "vector_score"
        best = max(getattr(hit, part) for hit in hits)
        for hit in hits:
            assert hit.score == pytest.approx(max(getattr(hit, part), 0) / best, abs=1e-6)


def test_many_queries_and_vectors_at_once(animals: Index, words: WordLlama) -> None:
    queries = ["cat", "the sea"]
    many = animals.search(queries, k=2)
    assert [hits.ids for hits in many] == [animals.search(query, k=2).ids for query in queries]
    vectors = words.embed(queries)
    by_vector = animals.search(vectors, k=2)
    assert [hits.ids for hits in by_vector] == [
        animals.search(query, k=2, mode="vector").ids for query in queries
    ]
    assert animals.search(vectors[0], k=2).ids == by_vector[0].ids
    assert animals.search([], k=2) == []


def test_vector_scores_are_the_models_similarities(animals: Index, words: WordLlama) -> None:
    for hit in animals.search("a pet at home", k=5, mode="vector"):
        assert hit.score == pytest.approx(words.similarity("a pet at home", hit.text), abs=0.01)


def test_an_id_that_there_is_is_replaced(animals: Index) -> None:
    added = animals.add(
        [{"id": "cat", "story": "A tiger hunts."}, {"id": "yak", "story": "A yak carries wool."}]
    )
    assert (added.ids, added.replaced) == (["cat", "yak"], 1)
    assert str(added) == "2 added, 1 of them in place of another"
    assert len(animals) == 6
    assert animals["cat"].text == "A tiger hunts."
    assert animals["cat"].fields == {"legs": None, "kind": None}
    assert animals.search("mat", mode="keyword").ids == []
    assert animals.ids == ["dog", "owl", "bee", "cod", "cat", "yak"]


def test_of_one_id_twice_in_an_addition_the_last_stays(words: WordLlama) -> None:
    index = words.index()
    assert index.add(["one", "two", "three"], ids=["a", "b", "a"]).replaced == 1
    assert [(r.id, r.text) for r in index] == [("b", "two"), ("a", "three")]


def test_ids_are_numbers_where_none_are_given(words: WordLlama) -> None:
    index = words.index()
    assert index.add(["a", "b"]).ids == [0, 1]
    index.delete(1)
    assert index.add(["c"]).ids == [2]
    index.add(["d"], ids=[5])
    with pytest.raises(ValueError, match="was given the id 5"):
        index.add(["e", "f", "g"])
    assert 0 in index
    assert index.delete(0) == 1


def test_ids_of_both_kinds_are_different(words: WordLlama) -> None:
    index = words.index()
    index.add(["number", "string"], ids=[1, "1"])
    assert index[1].text == "number"
    assert index["1"].text == "string"


def test_delete_by_id_and_by_condition(animals: Index) -> None:
    assert animals.delete(["cat", "yak", "cat"]) == 1
    assert animals.delete(where="legs > ?", where_args=[3]) == 2
    assert animals.ids == ["owl", "cod"]
    assert animals.search("the cat and the bees", k=9).ids == ["owl", "cod"]
    assert animals.delete(where={"kind": "insect"}) == 0
    with pytest.raises(ValueError, match="delete needs ids or where"):
        animals.delete()
    assert animals.delete(where="1") == 2
    assert len(animals) == 0
    assert animals.search("anything").ids == []


def test_similar_records_without_itself(animals: Index) -> None:
    assert animals.similar("cat", k=1).ids == ["dog"]
    assert "cat" not in animals.similar("cat", k=9).ids
    assert animals.similar("cat", k=1, mode="keyword").ids == ["dog"]
    assert animals.similar("cat", k=1, where={"kind": "bird"}).ids == ["owl"]
    with pytest.raises(KeyError, match="no record has this id"):
        animals.similar("yak")


# -- what it is given ----------------------------------------------------------------------------


def test_every_form_of_records(words: WordLlama, tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "one", "n": 1}, {"id": "b", "text": "two", "n": 2}]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    forms: list[Any] = [
        rows,
        iter(rows),
        columns,
        pandas.DataFrame(rows),
        polars.DataFrame(rows),
        pyarrow.Table.from_pylist(rows),
        files.read(path),
    ]
    for form in forms:
        index = words.index()
        index.add(form)
        assert [(r.id, r.text, r.fields) for r in index] == [
            ("a", "one", {"n": 1}),
            ("b", "two", {"n": 2}),
        ]
    for texts in (
        ["one", "two"],
        iter(["one", "two"]),
        np.array(["one", "two"]),
        pandas.Series(["one", "two"]),
        polars.Series(["one", "two"]),
        pyarrow.array(["one", "two"]),
    ):
        index = words.index()
        index.add(texts, ids=["a", "b"])
        assert [(r.id, r.text) for r in index] == [("a", "one"), ("b", "two")]
    index = words.index()
    index.add("just one")
    assert [record.text for record in index] == ["just one"]


def test_batches_of_files_know_their_column(words: WordLlama, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("key,story,n\na,one,1\nb,two,2\n")
    index = words.index()
    index.add(files.read(path, column="story"), ids="key")
    index.add(next(iter(files.read(path, column="story"))))
    assert [(r.id, r.text, r.fields) for r in index][1:] == [
        ("b", "two", {"n": "2", "key": None}),
        (2, "one", {"n": "1", "key": "a"}),
        (3, "two", {"n": "2", "key": "b"}),
    ]


def test_columns_of_text_and_of_ids_by_name(words: WordLlama) -> None:
    index = words.index()
    row = {"key": "a", "title": "Cats", "body": "They sleep.", "n": 1}
    index.add([row], ids="key", text=["title", "body"])
    assert index["a"].text == "Cats\nThey sleep."
    assert index["a"].fields == {"title": "Cats", "body": "They sleep.", "n": 1}
    index.add([row | {"key": "b"}], ids="key")  # the columns are known now
    assert index["b"].text == "Cats\nThey sleep."


@pytest.mark.parametrize(
    "value",
    [
        7,
        -(2**63),
        1.5,
        1e300,
        float("inf"),
        True,
        "text",
        "12",
        "",
        b"\0\xff",
        None,
        [1, "a"],
        {"a": {"b": None}},
        datetime.date(2026, 1, 2),
        datetime.datetime(2026, 1, 2, 3, 4, 5, 6),
        datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
    ],
)
def test_fields_keep_their_types(words: WordLlama, tmp_path: Path, value: object) -> None:
    path = tmp_path / "i.db"
    with words.index(path) as index:
        index.add([{"id": 1, "text": "a", "the field": value}])
        index.add([{"id": 2, "text": "b"}])
        assert index[1].fields["the field"] == value
    with words.index(path) as index:
        found = index[1].fields["the field"]
        assert found == value
        assert type(found) is type(value)
        assert index[2].fields["the field"] is None


def test_a_field_may_be_empty_until_a_value_says_what_it_is(words: WordLlama) -> None:
    index = words.index()
    index.add({"text": ["a", "b"], "n": [None, None], "s": [None, float("nan")]})
    assert index.columns == {"n": "null", "s": "null"}
    index.add({"text": ["c", "d"], "n": [7, None], "s": ["007", None]})
    assert index.columns == {"n": "integer", "s": "text"}
    assert [record.fields for record in index][1:3] == [
        {"n": None, "s": None},
        {"n": 7, "s": "007"},
    ]
    assert index.search("c", where="n > 6 and s = '007'").texts == ["c"]


def test_missing_values_and_numbers_of_frames(words: WordLlama) -> None:
    index = words.index()
    when = pandas.Timestamp("2026-01-02 03:04")
    index.add(
        pandas.DataFrame(
            {
                "text": ["a", "b"],
                "x": [1.5, float("nan")],
                "n": [np.int32(3), np.int32(4)],
                "when": [when, pandas.NaT],
            }
        )
    )
    assert index[0].fields == {"x": 1.5, "n": 3, "when": when.to_pydatetime()}
    assert index[1].fields == {"x": None, "n": 4, "when": None}


def test_whole_numbers_and_fractions_share_a_field(words: WordLlama) -> None:
    index = words.index()
    index.add([{"text": "a", "x": 1}])
    index.add([{"text": "b", "x": 1.5}, {"text": "c", "x": 2}])
    assert [record.fields["x"] for record in index] == [1.0, 1.5, 2.0]
    assert index.columns == {"x": "real"}


@pytest.mark.parametrize(
    ("items", "how", "said"),
    [
        ([{"a": "x", "b": "y"}], {}, "which column is the text"),
        ([{"text": "x"}, {"text": None}], {}, "record 1 must have a str in 'text', not None"),
        ([{"text": "x"}, "y"], {}, "all texts or all mappings, not also str"),
        (["x", 3], {}, r"records\[1\] must be a str, not int"),
        (iter(["x", 3]), {}, "all texts or all mappings, not also int"),
        (["x", "y"], {"ids": ["a"]}, "there are only 1"),
        (["x"], {"ids": ["a", "b"]}, "there are more than 1"),
        (["x"], {"ids": [1.5]}, "id of record 0 must be a str or int, not 1.5"),
        (["x"], {"ids": [True]}, "must be a str or int, not True"),
        (["x"], {"ids": [2**63]}, "does not fit into 64 bits"),
        ([{"id": None, "text": "x"}], {}, "id of record 0 must be a str or int, not None"),
        (["x"], {"text": "body"}, "texts have no columns"),
        ([{"text": "x", "id": "a"}], {"ids": ["b"]}, "has an id of its own"),
        ([{"text": "x", "n": 2**63}], {}, "field 'n' is 9223372036854775808, which does not fit"),
        ([{"text": "x", "n": object()}], {}, "field 'n' is a object"),
        ([{"text": "x", "n": 1}, {"text": "x", "n": "1"}], {}, "'n' is text, but other .* integer"),
        ([{"text": "x", "wl_row": 1}], {}, "can't be called 'wl_row'"),
        ([{"text": "x", "": 1}], {}, "must be a str and not empty"),
        ([{"text": "x", "A": 1, "a": 2}], {}, "'a' and 'A' differ only in case"),
        (7, {}, "records must be texts or records, not int"),
        (["x"], {"skip_duplicates": 2}, "threshold must be between -1 and 1"),
    ],
)
def test_what_can_t_be_kept_is_refused_and_nothing_is_added(
    words: WordLlama, items: Any, how: Any, said: str
) -> None:
    index = words.index()
    index.add(["before"], ids=["before"])
    with pytest.raises((ValueError, TypeError), match=said):
        index.add(items, **how)
    assert index.ids == ["before"]
    assert index.search("x before", k=5).ids == ["before"]
    assert index.check() == []
    index.add(["after"], ids=["after"])
    assert index.ids == ["before", "after"]


def test_any_text_at_all(words: WordLlama, scripts: list[str]) -> None:
    index = words.index()
    index.add(scripts)
    index.add(["a lone \ud800 surrogate"], ids=["a pair \ud83d\ude00"])
    assert [record.text for record in index][:-1] == scripts
    assert index["a pair \U0001f600"].text == "a lone \ufffd surrogate"
    assert index.check() == []
    for mode in ("hybrid", "vector", "keyword"):
        for text in scripts:
            index.search(text, mode=mode)


def test_an_empty_query_and_an_empty_text(words: WordLlama) -> None:
    index = words.index()
    assert index.search("anything").ids == []
    index.add(["", "a cat"])
    assert index.search("").ids == index.search("  ").ids == []
    assert index.search("cat", k=2).ids == [1, 0]
    assert index.search("?!", mode="keyword").ids == []


def test_more_hits_than_there_are_records(words: WordLlama) -> None:
    index = words.index()
    index.add(["a car", "a tree"])
    for mode in ("hybrid", "vector", "keyword"):
        assert index.search("car", 2**62, mode).ids == index.search("car", 10**30, mode).ids
    assert index.similar(0, 2**62).ids == [1]


# -- duplicates ----------------------------------------------------------------------------------


def test_duplicates_are_skipped_and_named(words: WordLlama) -> None:
    index = words.index()
    index.add(["the weather is fine"], ids=["w"])
    added = index.add(
        ["a red car", "a red car!", "fine weather is the", "a tall tree", "A RED CAR"],
        ids=list("abcde"),
        skip_duplicates=0.95,
    )
    assert added.ids == ["a", "d"]
    assert [(s.place, s.id, s.of) for s in added.skipped] == [
        (1, "b", "a"),
        (2, "c", "w"),
        (4, "e", "a"),
    ]
    assert all(s.score > 0.95 for s in added.skipped)
    assert index.ids == ["w", "a", "d"]
    assert str(added) == "2 added, 3 skipped as duplicates"
    assert index.add(["a tall tree", "a river"], skip_duplicates=0.9).ids == [3]


def test_a_record_is_no_duplicate_of_what_it_replaces(words: WordLlama) -> None:
    index = words.index()
    index.add(["a red car"], ids=["a"])
    assert index.add(["a red car"], ids=["a"], skip_duplicates=0.9).ids == ["a"]


# -- quotes, minus, filters ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["l2_words", "l2_supercat"])
def test_phrases_must_and_words_must_not_occur(name: str) -> None:
    index = WordLlama.load(name).index()
    index.add(
        ["New York is large", "a new city, York", "Newer Yorkshire", "(new york)", "York, new"]
    )
    assert sorted(index.search('"new york" city', k=9).ids) == [0, 3]
    assert sorted(index.search("city -york", k=9).ids) == [2]
    assert sorted(index.search('york -"new york"', k=9).ids) == [1, 2, 4]
    assert sorted(index.search('"York" -large', k=9).ids) == [1, 3, 4]
    assert len(index.search('"new york" city', k=9, operators=False)) == 5
    with pytest.raises(ValueError, match="only what must not occur"):
        index.search("-york")


@pytest.mark.parametrize("name", ["l2_words", "l2_supercat"])
def test_phrases_of_words_that_the_vocabulary_lacks(name: str) -> None:
    index = WordLlama.load(name).index()
    index.add(["今日の天気", "電車 xqzzyv", "xqzzyvs", "☃ snow"])
    assert index.search('snow "天気"', k=9).ids == [0]
    assert index.search('snow "xqzzyv"', k=9).ids == [1]
    assert sorted(index.search("snow -天気 -xqzzyv", k=9).ids) == [2, 3]


def test_filters_in_sql_and_as_mappings(animals: Index) -> None:
    def found(where: Any, args: Any = None) -> list[Any]:
        return sorted(animals.search("animal", k=9, where=where, where_args=args).ids)

    assert found("legs >= :least and kind != :not", {"least": 4, "not": "insect"}) == ["cat", "dog"]
    assert found("legs = ?", [2]) == ["owl"]
    assert found("text like '%flower%'") == ["bee"]
    assert found({"kind": "mammal"}) == ["cat", "dog"]
    assert found({"kind": ["bird", "fish"], "legs": {">": 0}}) == ["owl"]
    assert found({"legs": {">=": 2, "<": 6, "!=": 4}}) == ["owl"]
    assert found({"id": ["cod", "yak"]}) == ["cod"]
    assert found({"kind": []}) == []
    assert found({}) == sorted(IDS)
    animals.add([{"id": "yak", "story": "A yak."}])
    assert found({"kind": None}) == ["yak"]
    assert found("kind is null") == ["yak"]


def test_a_filter_follows_what_changes(animals: Index) -> None:
    where = {"legs": 2}
    assert animals.search("flying", where=where).ids == ["owl"]
    animals.add([{"id": "bat", "story": "Bats fly.", "legs": 2}])
    assert sorted(animals.search("flying", where=where).ids) == ["bat", "owl"]
    animals.delete("owl")
    assert animals.search("flying", where=where).ids == ["bat"]


# -- binary, vectors, other models ---------------------------------------------------------------


def test_a_binary_model(wl: WordLlama, tmp_path: Path) -> None:
    model = WordLlama(wl.encoder, binary=True)
    texts = ["the car broke down", "rain tomorrow", "fresh bread"]
    with model.index(tmp_path / "i.db") as index:
        index.add(texts)
        np.testing.assert_array_equal(index.vectors, model.embed(texts))
        hit = index.search("weather", k=1, mode="vector")[0]
        assert hit.id == 1
        assert hit.score == pytest.approx(model.similarity("weather", texts[1]))
        assert index.search("weather bread", k=1).ids == [2]
    with pytest.raises(ValueError, match=r"256 binary dimensions .* 256 dense .*rebuild=True"):
        wl.index(tmp_path / "i.db")


def test_vectors_without_a_copy_for_the_rest_of_the_toolkit(
    animals: Index, words: WordLlama
) -> None:
    vectors = animals.vectors
    assert vectors.dtype == np.int8
    assert not vectors.flags.writeable
    assert np.shares_memory(vectors, animals.vectors)
    texts = [record["story"] for record in RECORDS]
    own = words.embed(texts, norm=True)
    unit = vectors / np.linalg.norm(vectors.astype(np.float32), axis=1, keepdims=True)
    np.testing.assert_allclose(unit, own, atol=0.01)
    assert words.find_duplicates(vectors, 0.9).kept_indices == [0, 1, 2, 3, 4]
    assert [(m.left_index, m.right_index) for m in words.mine(vectors, 1, 0.3)] == [
        (m.left_index, m.right_index) for m in words.mine(own, 1, 0.3)
    ]
    assert len(words.outliers(vectors, k=2)) == 5
    assert len(words.find_clusters(vectors, k=2, random_state=0).labels) == 5
    animals.delete("dog")
    assert len(animals.vectors) == 4
    np.testing.assert_array_equal(animals.vectors, np.delete(vectors, 1, axis=0))


def test_another_model_is_refused_and_can_embed_anew(
    words: WordLlama, wl: WordLlama, tmp_path: Path
) -> None:
    path = tmp_path / "i.db"
    with words.index(path) as index:
        index.add(RECORDS, text="story")
        index.delete("dog")
    with pytest.raises(ValueError, match=r"i\.db.*SHA-256 .*rebuild=True"):
        wl.index(path)
    with wl.index(path, rebuild=True) as index:
        assert index.ids == ["cat", "owl", "bee", "cod"]
        assert index.search("cat", k=1).ids == ["cat"]
        assert index.check() == []
        fresh = wl.index()
        fresh.add([record for record in RECORDS if record["id"] != "dog"], text="story")
        np.testing.assert_array_equal(index.vectors, fresh.vectors)
        assert _found(index, "a cat at night") == _found(fresh, "a cat at night")
    with pytest.raises(ValueError, match="rebuild=True"):
        words.index(path)


def test_a_language_other_than_the_files(words: WordLlama, tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    with words.index(path, language="none") as index:
        index.add(["two cats"])
        assert index.search("cat", mode="keyword").ids == []
        assert index.info()["language"] == "none"
    with words.index(path) as index:
        assert index.search("cat", mode="keyword").ids == []
    with pytest.raises(ValueError, match="stemmed as none, not english"):
        words.index(path, language="english")
    with words.index(path, language="english", rebuild=True) as index:
        assert index.search("cat", mode="keyword").ids == [0]
    with pytest.raises(ValueError, match="language must be none or one of"):
        words.index(language="klingon")


def _found(index: Index, query: str) -> list[Any]:
    return [(h.id, h.score, h.vector_score, h.keyword_score) for h in index.search(query, k=9)]


# -- hits ----------------------------------------------------------------------------------------


def test_hits_print_and_become_tables(animals: Index) -> None:
    hits = animals.search("the sleepy cat", k=2)
    assert str(hits).splitlines()[0] == "1.000  cat  The cat sleeps on the warm mat."
    assert repr(hits) == "<Hits: 2>"
    assert str(animals.search("zebra", mode="keyword")) == "no hits"
    assert hits.texts[0] == hits[0].text == "The cat sleeps on the warm mat."
    assert [hit.id for hit in hits[1:]] == hits.ids[1:]
    row = hits.to_dict()[0]
    assert row["fields"] == {"legs": 4, "kind": "mammal"}
    assert json.loads(json.dumps(row)) == row
    wanted = ["id", "score", "vector_score", "keyword_score", "text", "legs", "kind"]
    assert list(hits.columns()) == wanted
    assert hits.to_arrow().column_names == wanted
    assert list(hits.to_pandas().columns) == wanted
    assert hits.to_polars()["id"].to_list() == hits.ids


def test_a_hit_explains_itself_word_by_word(animals: Index) -> None:
    hit = animals.search("sleeping cats on a mat", k=1)[0]
    why = hit.explain()
    assert list(why.words) == sorted(why.words, key=lambda word: -why.words[word])
    assert {"sleep", "cat", "mat"} <= set(why.words)
    assert hit.keyword_score is not None
    assert sum(why.words.values()) == pytest.approx(hit.keyword_score, rel=1e-5)
    assert why.meaning.similarity == pytest.approx(hit.vector_score, abs=0.01)
    assert "keywords:" in str(why)
    assert animals.search("cats", 1, "vector")[0].explain().words == {}
    assert animals.search("cats", 1, "keyword")[0].explain().meaning is None


def test_bm25s_own_numbers_can_be_set(animals: Index) -> None:
    before = animals.search("cat mat", 1, "keyword")[0].score
    animals.bm25 = Bm25(k1=0, b=0)
    assert animals.search("cat mat", 1, "keyword")[0].score != before


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"k": 0}, "k must be at least 1"),
        ({"mode": "semantic"}, "mode must be one of hybrid, vector, keyword, not 'semantic'"),
        ({"weight": 2}, "weight must be between 0 and 1"),
        ({"where": "legs >"}, "where can't be read as SQL"),
        (
            {"where": "arms = 2"},
            "fields are id, text, legs, kind; a string has single quotes",
        ),
        ({"where": "kind = ':x' and arms = 2"}, "names arms"),
        ({"where": '"arms" = 2'}, 'where names "arms", but the fields are legs, kind'),
        ({"where": "legs = :n"}, "where has :n, but where_args .* no value for 'n'"),
        ({"where": "legs = :n", "where_args": {"m": 1}}, "no value for 'n'"),
        ({"where": "legs = ?", "where_args": []}, "where can't be read as SQL"),
        ({"where_args": {"n": 1}}, "there is none"),
        ({"where": {"arms": 2}}, "where names 'arms'"),
        ({"where": {"legs": {"~": 2}}}, "operator '~', expected one of .* in, starts_with"),
        ({"where": {"legs": {"contains": "2"}}}, "'legs' .integer. contains '2'; a field of texts"),
        ({"where": {"kind": {"starts_with": None}}}, "a field of texts starts with"),
        ({"where": {"legs": 10**9999}}, r"\(integer\) with a whole number that 64 bits do not"),
        ({"where": {"legs": 2}, "where_args": [1]}, "a mapping has its values itself"),
        ({"where": 3}, "where must be a str or a mapping"),
    ],
)
def test_searches_that_can_t_be_are_refused(animals: Index, how: Any, said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        animals.search("cat", **how)


def test_queries_that_are_none_are_refused(animals: Index) -> None:
    with pytest.raises(TypeError, match=r"query\[1\] must be a str, not int"):
        animals.search(["cat", 3])  # type: ignore[list-item]
    with pytest.raises(ValueError, match=r"query must have 256 numbers a vector.*\(1, 3\)"):
        animals.search(np.ones(3, np.float32))
    with pytest.raises(ValueError, match="vectors have no words"):
        animals.search(np.ones(256, np.float32), mode="keyword")
    with pytest.raises(ValueError, match="holds NaN"):
        animals.search(np.full(256, np.nan, np.float32))


def test_fields_beyond_what_a_table_has_are_refused(words: WordLlama) -> None:
    index = words.index()
    with pytest.raises(ValueError, match="record 0: an index has at most 1900 fields"):
        index.add([{"text": "a"} | {f"c{n}": n for n in range(2500)}])
    assert len(index) == 0


@pytest.mark.parametrize("name", ["l2_words", "l2_supercat"])
def test_of_texts_that_the_model_does_not_read_only_exact_copies_are_skipped(name: str) -> None:
    weather, soup, car = "ዛሬ አየሩ ጥሩ ነው", "ሾርባው ጣፋጭ ነበር", "መኪናው ተበላሽቷል"
    index = WordLlama.load(name).index()
    with pytest.warns(CoverageWarning, match="Ethiopic"):
        added = index.add([weather, soup, "a red car", soup, "a red car!"], skip_duplicates=0.9)
    assert [(each.place, each.of) for each in added.skipped] == [(3, 1), (4, 2)]
    assert str(added).endswith("2 not compared: the model does not read them")
    again = index.add([car, soup], ids=["c", "d"], skip_duplicates=0.9, check=False)
    assert again.unread == 0
    with pytest.warns(CoverageWarning):
        again = index.add([car, soup, weather], ids=["e", "f", "g"], skip_duplicates=0.9)
    assert [each.of for each in again.skipped][-2:] == [1, 0]
