"""`wordllama index` and `wordllama search`: from a folder to an answer."""

from __future__ import annotations

import gzip
import json
import os
import pty
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wordllama.cli import application

Run = Callable[..., str]


@pytest.fixture
def place(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a test's own, with documents and records in it."""
    shutil.copytree(folder / "notes", tmp_path / "notes")
    shutil.copy(folder / "reviews.jsonl", tmp_path)
    shutil.copy(folder / "queries.txt", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run() -> Run:
    """Runs a command in this process; what it prints, or what it says is wrong."""

    def run(line: str, code: int = 0) -> str:
        arguments = shlex.split(line)
        done = CliRunner().invoke(application(arguments[:1]), arguments)
        assert done.exit_code == code, done.output
        return done.stdout if code < 2 else done.stderr

    return run


def test_from_a_folder_to_an_answer(run: Run, place: Path) -> None:
    assert "3 new" in run("index notes reviews.jsonl --to my.db -m l2_words")
    assert run("index notes reviews.jsonl --to my.db") == "3 files: 3 unchanged\n"
    assert run('search my.db "a meal of soup" -k 1').split("\t")[1] == "notes/food.md#0"
    hits = [json.loads(line) for line in run('search my.db "a fast car" --json').splitlines()]
    assert [hit["id"] for hit in hits][:2] == [3, "notes/cars.md#0"]
    assert {"text", "file", "heading", "start", "score", "vector_score"} <= hits[0].keys()
    assert run("search my.db --like 3 -k 1 --to csv").splitlines()[1].startswith("notes/cars.md#0")
    assert (
        run('search my.db car --where "id = :i" --where-arg i=3 --mode keyword -k 9').count("\n")
        == 1
    )
    assert run("search my.db zebra --mode keyword", code=1) == ""
    many = run("search my.db -q queries.txt -k 1 --json").splitlines()
    assert [json.loads(line)["query"] for line in many] == ["fast cars", "good food"]
    assert "meaning:" in run("search my.db 'fast cars' -k 1 --explain")
    explained = json.loads(run("search my.db 'fast cars' -k 1 --explain --json"))["explanation"]
    assert explained["keywords"][0]["word"] in ("fast", "car")
    assert explained["meaning"]["similarity"] > 0.3

    (place / "notes" / "food.md").unlink()
    (place / "notes" / "bad.jsonl").write_text('{"text": 5}\n')
    assert run("index notes --to my.db --dry-run").splitlines()[1:] == [
        "new\tnotes/bad.jsonl",
        "gone\tnotes/food.md",
    ]
    assert run("index notes --to my.db", code=2) == (
        "skipped notes/bad.jsonl:1: which column is the text? Name one of: text\n"
    )
    assert "food.md" not in run("search my.db soup")
    assert run("index --to my.db --delete 3") == "1 deleted\n"
    about = json.loads(run("index --info my.db --json"))
    assert (about["records"], about["files"], about["damaged"]) == (4, 2, [])
    assert "damaged    nothing" in run("index --info my.db")


WRONG = [
    ("index notes", 2, "index needs files and --to INDEX"),
    ("index --to i.db", 2, "index needs files and --to INDEX"),
    ("index nothing --to i.db -m l2_words", 3, "nothing: no such file"),
    ("index '' --to my.db", 2, "a path is empty; to take up the current folder, give '.'"),
    ("index gone --to my.db", 3, "(is a drive missing?); to delete their records"),
    ("index gone --to my.db --keep-gone --delete-all-gone", 2, "exclude each other"),
    ("index notes --to i.db -m l2_words -c a --limit 0", 2, "--limit"),
    ("index notes --to reviews.jsonl", 2, "is not an index: it begins with"),
    ("index notes --to my.db --dim 64", 2, "--dim: my.db was made with dim 256, not 64"),
    ("index notes --to my.db --language german", 2, "made with language english, not german"),
    ("index notes --to my.db -m l2_supercat", 2, "made with the model l2_words"),
    ("index --to my.db --delete nothing", 2, "--delete nothing: my.db has no record with this id"),
    ("search nothing.db car", 3, "there is no such index"),
    ("search my.db", 2, "one of a query, --queries FILE and --like ID"),
    ("search my.db car --like 1", 2, "one of a query, --queries FILE and --like ID"),
    ("search my.db car --mode both", 2, "mode must be one of"),
    ("search my.db '-game'", 2, 'a text that begins with - goes after --, as in: -- "-word"'),
    ("search my.db '-car'", 2, "a query that begins with - goes after --"),
    ("search my.db ' '", 2, "the query is empty"),
    ("search my.db car --json --to csv", 2, "--json writes jsonl, but --to is csv"),
    ("search my.db car --where-arg n=1", 2, "belong to a where"),
    ("search my.db car --where 'year >'", 2, "where can't be read as SQL"),
    ("search my.db car --where 'id = :i' --where-arg i", 2, "--where-arg must be NAME=VALUE"),
    ("search my.db car -o my.db --force", 2, "the index and the output are the same file"),
]


def test_a_wrong_argument_says_what_is_wanted(run: Run, place: Path) -> None:
    shutil.copytree("notes", "gone")
    run("index notes gone --to my.db -m l2_words")
    shutil.rmtree("gone")
    before = (place / "my.db").read_bytes()
    for line, code, said in WRONG:
        assert said in run(line, code=code)
        assert (place / "my.db").read_bytes() == before


def test_on_a_terminal_words_are_marked(place: Path) -> None:
    from wordllama import WordLlama

    with WordLlama.load("l2_words").index(place / "i.db") as index:
        text = "Nothing here. " * 20 + "Then the\tbrakes failed."
        index.add([{"id": "n\x1b[31m1", "text": text, "heading": "Cars > Brakes"}])
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": "60", "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "wordllama", "search", str(place / "i.db"), "a brake"]
    subprocess.run(command, stdout=follower, env=environment, check=True, timeout=120)
    shown = os.read(leader, 10_000).decode()
    assert "Cars > Brakes" in shown
    assert "Then the \x1b[1mbrakes\x1b[0m failed." in shown
    assert "\x1b[31m" not in shown, "a file must not write to the terminal"


def test_files_of_no_known_format_are_counted_or_an_error(run: Run, place: Path) -> None:
    (place / "notes" / "README").write_text("Look here first.")
    (place / "notes" / "page.html").write_text("<p>A page.")
    (place / "notes" / "news.gz").write_bytes(gzip.compress(b"The zebra is back.\n" * 999))
    told = run("index notes --to my.db -m l2_words")
    assert "2 new" in told
    assert told.endswith(
        "; 3 other files left alone (names of no known format): name them, or use a glob\n"
    )
    assert json.loads(run("index notes notes/README --to my.db --json"))["others"] == 2
    assert "1 new" in run("index notes/news.gz --to my.db")
    assert "news.gz#0" in run("search my.db zebra -k 1")

    (place / "web").mkdir()
    (place / "web" / "page.html").write_text("<p>A page.")
    for index in ("my.db", "new.db"):
        told = run(f"index web --to {index} -m l2_words", code=3)
        assert ".parquet" in told
        assert "only 1 of other names: name them, or use a glob" in told
    assert not (place / "new.db").exists()


def test_an_index_goes_over_to_another_model_and_gets_smaller(run: Run, place: Path) -> None:
    run("index notes reviews.jsonl --to my.db -m l2_words")
    assert "wordllama index --rebuild my.db -m" in run("search my.db car -m l2_supercat", code=2)
    told = run("index --rebuild my.db -m l2_supercat --dim 64")
    assert told.endswith(" records embedded anew with l2_supercat\n")
    assert json.loads(run("index --info my.db --json"))["dim"] == 64
    assert run("index --rebuild my.db") == told
    run("index --to my.db --delete 3")
    before, after = (
        int(number.replace(",", "")) for number in run("index --vacuum my.db").split()[::3]
    )
    assert after <= before
    assert json.loads(run("index --info my.db --json"))["damaged"] == []
    assert "go without each other" in run("index --vacuum my.db --rebuild my.db", code=2)
    assert "there is no such index" in run("index --rebuild none.db -m l2_words", code=3)
    assert not (place / "none.db").exists()
