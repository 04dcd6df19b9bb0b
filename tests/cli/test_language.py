"""Records in a language that the model does not read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from wordllama import WordLlama
from wordllama.cli import application

WEATHER, SOUP, CAR = TEXTS = ["ዛሬ አየሩ ጥሩ ነው", "ሾርባው ጣፋጭ ነበር", "መኪናው ተበላሽቷል"]
SAID = "warning: the model (made for English) does not read"


def run(*arguments: object) -> Result:
    given = [str(argument) for argument in arguments]
    done = CliRunner().invoke(application([given[0]]), given)
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    file = tmp_path / "mixed.txt"
    texts = ["a red car", *TEXTS, "a red car!", SOUP, "rain"]
    file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return file


@pytest.mark.parametrize("model", ["l2_supercat", "l2_words"])
def test_dedup_drops_only_exact_copies_of_them(mixed: Path, model: str) -> None:
    done = run("dedup", mixed, "-m", model)
    assert done.stdout.splitlines() == ["a red car", WEATHER, SOUP, CAR, "rain"]
    assert f"{SAID} 57% of the texts (4 of 7 looked at; Ethiopic script)" in done.stderr
    assert "3 records kept as the model does not read them" in done.stderr


def test_dedup_compares_them_if_asked_to(mixed: Path) -> None:
    done = run("dedup", mixed, "--no-check")
    assert done.stdout.splitlines() == ["a red car", WEATHER, SOUP, "rain"]
    assert done.stderr == ""


def test_dedup_says_of_what_they_are_copies(mixed: Path, tmp_path: Path, wl: WordLlama) -> None:
    other = tmp_path / "other.txt"
    other.write_text(f"bread\n{CAR}\n", encoding="utf-8")
    out, gone = tmp_path / "out.txt", tmp_path / "gone.jsonl"
    run("dedup", mixed, out, "--duplicates", gone, "--against", other)
    kept = out.read_text(encoding="utf-8").splitlines()
    texts = mixed.read_text(encoding="utf-8").splitlines()
    assert kept == ["a red car", WEATHER, SOUP, "rain"]
    found = [list(json.loads(line).values()) for line in gone.read_text("utf-8").splitlines()]
    assert [row[:4] for row in found] == [
        [CAR, CAR, 1, "against"],
        ["a red car!", "a red car", 0, "input"],
        [SOUP, SOUP, 2, "input"],
    ]
    assert wl.find_duplicates(texts).kept == ["a red car", *TEXTS, "rain"]


@pytest.mark.parametrize(
    "command",
    [
        ["topk", "a car", "@FILE"],
        ["rank", "a car", "@FILE"],
        ["filter", "a car", "@FILE", "--invert"],
        ["cluster", "FILE", "-k", "2"],
        ["mine", "FILE", "--threshold", "-1"],
        ["join", "FILE", "FILE"],
        ["outliers", "FILE", "--threshold", "0", "-k", "2"],
        ["representatives", "FILE"],
        ["embed", "FILE"],
        ["coverage", "FILE"],
    ],
    ids=lambda command: command[0],
)
def test_every_command_over_records_says_it_once(command: list[str], mixed: Path) -> None:
    done = run(*(part.replace("FILE", str(mixed)) for part in command), "-m", "l2_words")
    assert done.stderr.count(SAID) == (2 if command[0] == "join" else 1)
    if command[0] != "coverage":
        checked = [part.replace("FILE", str(mixed)) for part in command]
        assert SAID not in run(*checked, "-m", "l2_words", "--no-check").stderr


def test_a_model_is_recommended_only_for_its_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    application_ = application(["embed"])
    for model, recommended in (("l3_supercat", True), ("m2v_multilingual", False)):
        monkeypatch.setenv("WORDLLAMA_TRACEBACK", "")
        done = CliRunner().invoke(application_, ["embed", "-t", "x", "-m", model])
        assert done.exit_code == 3
        assert ("-m l2_words needs none" in done.output) == recommended
