from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from wordllama import WordLlama, evaluate
from wordllama.evaluate.sets import kinds_table, read_set

SPORT = [f"the team won match {i} at the stadium" for i in range(60)]
FOOD = [f"bake the bread {i} in a hot oven" for i in range(60)]


class Words:
    """Counts of a few words: an encoder of which every figure is known."""

    VOCABULARY = ("team", "match", "stadium", "bread", "oven", "bake")

    def embed(self, texts):
        rows = [[text.split().count(word) for word in self.VOCABULARY] for text in texts]
        return np.array(rows, np.float32).reshape(len(texts), len(self.VOCABULARY))


class Packed:
    def encode(self, texts):
        bits = np.zeros((len(texts), 64), bool)
        bits[:, :6] = Words().embed(texts) > 0
        return np.packbits(bits, axis=1).view(np.uint64)


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """One small set of each kind, on which `Words` is perfect."""
    labelled = [(t, "sport") for t in SPORT] + [(t, "food") for t in FOOD]
    write(tmp_path / "Topics" / "train.tsv", [("text", "label"), *labelled])
    write(tmp_path / "Topics" / "test.tsv", [("text", "label"), *labelled[::7]])
    write(tmp_path / "TopicClustering" / "all.tsv", [("text", "label"), *labelled])
    pairs = [
        ("team match", "team match", 5),
        ("team match", "team oven", 3),
        ("team match", "bread oven", 0),
    ]
    write(tmp_path / "Similar" / "test.tsv", [("sentence1", "sentence2", "score"), *pairs])
    same = [("team match", "team match", 1), ("team match", "team oven", 0)]
    write(tmp_path / "Same" / "test.tsv", [("sentence1", "sentence2", "label"), *same])
    words = [("team", "team", 9.5), ("team", "oven", 1)]
    write(tmp_path / "Words" / "test.tsv", [("word1", "word2", "score"), *words])
    lines(
        tmp_path / "Find" / "corpus.jsonl",
        {"_id": "s", "text": SPORT[0]},
        {"_id": "f", "text": FOOD[0]},
    )
    lines(
        tmp_path / "Find" / "queries.jsonl",
        {"_id": "1", "text": "oven"},
        {"_id": "2", "text": "team"},
    )
    write(
        tmp_path / "Find" / "qrels" / "test.tsv",
        [("query-id", "corpus-id", "score"), (1, "f", 1), (2, "s", 2)],
    )
    lines(
        tmp_path / "Rerank" / "test.jsonl",
        {"query": "oven", "positive": FOOD[:2], "negative": SPORT[:3]},
    )
    return tmp_path


def write(path: Path, rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))


def lines(path: Path, *rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.parametrize("encoder", [Words(), Packed()])
def test_an_encoder_that_knows_the_answers_scores_100_everywhere(sets, encoder):
    figures = evaluate.run({"words": encoder}, sets, resamples=20)["words"]
    assert {name: score.value for name, score in figures.sets.items()} == pytest.approx(
        dict.fromkeys(
            ["Find", "Rerank", "Same", "Similar", "TopicClustering", "Topics", "Words"], 100
        )
    )
    assert list(figures.groups) == [
        "STS",
        "pairs",
        "classification",
        "clustering",
        "retrieval",
        "words",
    ]
    assert figures.macro.value == pytest.approx(100)


def test_an_encoder_that_knows_nothing_scores_little(sets):
    class Blind:
        def embed(self, texts):
            return np.zeros((len(texts), 8), np.float32)

    figures = evaluate.run({"blind": Blind()}, sets, resamples=0)["blind"]
    assert figures.groups["STS"].value == 0
    assert figures.groups["clustering"].value == pytest.approx(0)
    assert figures.groups["pairs"].value == 50
    assert np.isnan(figures.macro.low)


def test_results_survive_json_and_show_every_model(sets):
    encoders = {"words": Words(), "bits": Packed()} | evaluate.forms(
        "words", Words(), [2], binary=[2, 4]
    )
    results = evaluate.run(encoders, sets, resamples=20)
    assert evaluate.Results.from_json(results.to_json()) == results
    for name in encoders:
        assert name in str(results)
        assert f"| {name} |" in results.to_markdown()
    assert "| Same | pairs | average precision | 100.00 (" in results.to_markdown()
    assert results["words @2"].dim == 2
    with pytest.raises(KeyError, match="'none' is not among"):
        results["none"]


def test_a_form_scores_as_the_model_that_is_cut_so(sets):
    cut, packed = WordLlama.load(trunc_dim=64), WordLlama.load()
    packed.binary = True
    encoders = {"cut": cut, "packed": packed}
    encoders |= evaluate.forms("wl", WordLlama.load(), [64], binary=[256])
    results = evaluate.run(encoders, sets, resamples=50)
    assert results["cut"].sets == results["wl @64"].sets
    assert results["packed"].sets == results["wl @256 binary"].sets


def test_a_picture_is_drawn(sets, tmp_path):
    results = evaluate.run({"words": Words()}, sets, sets=["Same", "Similar"], resamples=20)
    results.picture(tmp_path / "bars.png")
    assert (tmp_path / "bars.png").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(ValueError, match="a curve wants a model at two dimensions"):
        results.curve(tmp_path / "curve.svg")
    encoders = {"words": Words()} | evaluate.forms("words", Words(), [2], binary=[2])
    results = evaluate.run(encoders, sets, sets=["Same", "Similar"], resamples=0)
    results.curve(tmp_path / "curve.svg")
    assert "binary" in (tmp_path / "curve.svg").read_text()


def test_intervals_hold_the_figure(sets):
    noisy = [(f"team {i}", "match" if i % 3 else "team match", i % 5) for i in range(50)]
    write(sets / "Similar" / "test.tsv", [("sentence1", "sentence2", "score"), *noisy])
    score = evaluate.run({"words": Words()}, sets, sets=["Similar"])["words"].sets["Similar"]
    assert score.low < score.value < score.high


def test_a_model_is_ahead_of_the_first_by_paired_draws(sets):
    noisy = [(f"team {i}", "match" if i % 3 else "team match", i % 5) for i in range(50)]
    write(sets / "Similar" / "test.tsv", [("sentence1", "sentence2", "score"), *noisy])
    encoders = {"words": Words(), "bits": Packed(), "same": Words()}
    results = evaluate.run(encoders, sets, sets=["Similar", "Same"], resamples=200)
    assert list(results["bits"].ahead) == ["STS", "pairs", "macro"]
    ahead, first = results["bits"].ahead["STS"], results["words"].groups["STS"]
    assert ahead.value == pytest.approx(results["bits"].groups["STS"].value - first.value)
    assert ahead.low <= ahead.value <= ahead.high
    assert results["same"].ahead["macro"] == evaluate.Score(0, 0, 0)
    assert "| ahead of words | STS | pairs | macro |" in results.to_markdown()


def test_files_with_a_prefix_are_tasks_of_their_own(sets):
    for split in ("train", "test"):
        (sets / "Topics" / f"{split}.tsv").rename(sets / "Topics" / f"EN_{split}.tsv")
    assert [t.name for t in evaluate.read_set(sets / "Topics")] == ["Topics EN"]


def test_a_task_toml_states_kind_and_columns(sets):
    write(sets / "Odd" / "test.tsv", [("a", "b", "gold"), ("team", "team", 1), ("team", "oven", 0)])
    columns = 'sentence1 = "a"\nsentence2 = "b"\nscore = "gold"\n'
    (sets / "Odd" / "task.toml").write_text(f'kind = "STS"\n[columns]\n{columns}')
    assert evaluate.read_set(sets / "Odd")[0].group == "STS"


def test_a_tsv_is_raw_unless_all_its_quotes_are_csvs(tmp_path):
    path = tmp_path / "test.tsv"
    path.write_text('text\tlabel\n"a ""b"" c"\t1\n"x" y\t0\n')
    assert evaluate.tables.read_rows(path)[0]["text"] == '"a ""b"" c"'
    path.write_text('text\tlabel\n"a ""b"" c"\t1\nx\t0\n')
    assert evaluate.tables.read_rows(path)[0]["text"] == 'a "b" c'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\tb\n1\t2\n", r"Bad/test.tsv: columns \['a', 'b'\] fit no kind"),
        ("text\tlabel\n", "Bad/test.tsv: holds no rows"),
        ("text\tlabel\none\n", "Bad/test.tsv: row 2 has 1 fields, the header has 2"),
        ("text\tlabel\none\tx\ntwo\tx\n", "Bad/test.tsv: every row has the label 'x'"),
        (
            "sentence1\tsentence2\tscore\na\tb\tc\n",
            "Bad/test.tsv: row 1: score is 'c', not a number",
        ),
        ("sentence1\tsentence2\tscore\na\tb\tnan\n", "row 1: score is 'nan', not a number"),
        ("sentence1\tsentence2\tscore\na\tb\t1\nc\td\t1\n", "every row has the score 1.0"),
        ("sentence1\tsentence2\tlabel\na\tb\t0\nc\td\t0\n", "every row has the label 0.0"),
        ("sentence1\tsentence2\tlabel\na\tb\t0\nc\td\t2\n", "pairs are 0 and 1, not .0.0, 2.0"),
    ],
)
def test_a_malformed_set_is_named(tmp_path, content, message):
    (tmp_path / "Bad").mkdir()
    (tmp_path / "Bad" / "test.tsv").write_text(content)
    with pytest.raises(ValueError, match=message):
        evaluate.run({"words": Words()}, tmp_path)


CORPUS = '{"_id": "1", "title": null, "text": "a cat"}\n'


def write_retrieval(folder, corpus, score):
    folder.mkdir()
    (folder / "corpus.jsonl").write_text(corpus)
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "cat"}\n')
    (folder / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\nq\t1\t{score}\n")


@pytest.mark.parametrize(
    ("corpus", "score", "message"),
    [
        (CORPUS, 0, "qrels.tsv: no query has a document with a score over 0"),
        (CORPUS * 2, 1, "corpus.jsonl: the _id '1' stands there twice"),
        (CORPUS.replace('"1"', '"2"'), 1, "query 'q' and document '1', which are not both held"),
    ],
)
def test_a_malformed_retrieval_set_is_named(tmp_path, corpus, score, message):
    write_retrieval(tmp_path / "Bad", corpus, score)
    with pytest.raises(ValueError, match=message):
        evaluate.run({"words": Words()}, tmp_path)


def test_a_title_that_is_null_is_no_word(tmp_path):
    write_retrieval(tmp_path / "Good", CORPUS, 1)
    (task,) = evaluate.sets.read_tasks(tmp_path)
    assert task.documents == ["a cat"]


def test_what_searches_runs_the_retrieval_sets_in_its_mode(sets):
    wl = WordLlama.load("l2_words")
    modes = {mode: evaluate.Searched(wl, mode) for mode in ("vector", "keyword", "hybrid")}
    results = evaluate.run({**modes, "plain": wl}, sets, resamples=0)
    assert [each.name for each in results.sets] == ["Find"]
    assert results["vector"].macro.value == results["plain"].macro.value
    assert results["keyword"].groups["retrieval"].value == 100
    assert results["hybrid"].dim == wl.dim
    with pytest.raises(ValueError, match=r"has none among \['Words'\]"):
        evaluate.run(modes, sets, sets=["Words"])
    with pytest.raises(TypeError, match="model must be a WordLlama"):
        evaluate.Searched(Words(), "keyword")


def test_missing_folders_and_sets_are_named(sets):
    with pytest.raises(FileNotFoundError, match="nowhere: no such folder"):
        evaluate.run({"words": Words()}, "nowhere")
    with pytest.raises(FileNotFoundError, match="does not hold Other"):
        evaluate.run({"words": Words()}, sets, sets=["Other"])


def test_what_is_no_encoder_is_named(sets):
    class Broken:
        def embed(self, texts):
            return np.full((len(texts), 2), np.nan)

    class Short:
        def embed(self, texts):
            return np.zeros((1, 2))

    with pytest.raises(TypeError, match="object has neither"):
        evaluate.run({"x": object()}, sets)
    with pytest.raises(ValueError, match="Broken gave NaN or infinity for the text"):
        evaluate.run({"x": Broken()}, sets)
    with pytest.raises(ValueError, match=r"Short gave an array of shape \(1, 2\), not one row"):
        evaluate.run({"x": Short()}, sets)
    with pytest.raises(ValueError, match="at least one"):
        evaluate.run({}, sets)


def test_the_kinds_of_sets_are_documented_as_they_are():
    docs = Path(__file__).parents[2] / "docs" / "evaluate.md"
    assert kinds_table() in docs.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("kind = ", "not TOML"),
        ('kind = "songs"', "kind must be one of"),
        ("kind = 7", "kind is 7, expected a str"),
        ('columns = "a"', "columns is 'a', expected a dict"),
        ("colour = 1", "unknown keys"),
        ("a = " + "[" * 5000, "not TOML"),
    ],
)
def test_a_task_toml_that_says_something_else_is_named(tmp_path, text, complaint):
    (tmp_path / "test.tsv").write_text("sentence1\tsentence2\tscore\na\tb\t1\nc\td\t2\n")
    (tmp_path / "task.toml").write_text(text)
    with pytest.raises(ValueError, match=rf"task\.toml: {complaint}"):
        read_set(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, "{}", '{"sets": 1, "models": [{}]}'])
def test_what_are_no_results_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"^results: "):
        evaluate.Results.from_json(text)
