"""`dedup --threshold 1` keeps the first of each text, as `deduplicate` does, and says of which."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wordllama import WordLlama
from wordllama.cli import application

TEXTS = ["a red car", "red a car", "a red car", "", "A  red car", "", "soup", "a red\u200b car"]


def dedup(folder: Path, *options: str, threshold: float = 1) -> list[str]:
    (folder / "in.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in TEXTS))
    (folder / "held.jsonl").write_text('{"text": "soup"}\n{"text": "a red car"}\n')
    command = [
        "dedup",
        str(folder / "in.jsonl"),
        str(folder / "out.jsonl"),
        "--threshold",
        str(threshold),
    ]
    command += ["--force", "--duplicates", str(folder / "gone.jsonl")]
    done = CliRunner().invoke(application(["dedup"]), [*command, *options])
    assert done.exit_code == 0, done.output
    lines = (folder / "out.jsonl").read_text().splitlines()
    return [json.loads(line)["text"] for line in lines]


@pytest.mark.parametrize("fold", [False, True])
def test_at_1_the_command_keeps_what_the_method_keeps(
    wl: WordLlama, tmp_path: Path, fold: bool
) -> None:
    kept = dedup(tmp_path, *(["--fold"] if fold else []))
    assert kept == wl.find_duplicates(TEXTS, 1, fold=fold).kept


def test_at_1_each_that_goes_names_the_first_that_is_the_same(tmp_path: Path) -> None:
    held = ["--against", str(tmp_path / "held.jsonl")]
    assert dedup(tmp_path, *held) == ["red a car", "", "A  red car", "a red\u200b car"]
    gone = map(json.loads, (tmp_path / "gone.jsonl").read_text().splitlines())
    assert [list(record.values()) for record in gone] == [
        ["a red car", "a red car", 1, "against", 1.0],
        ["a red car", "a red car", 0, "input", 1.0],
        ["", "", 3, "input", 1.0],
        ["soup", "soup", 0, "against", 1.0],
    ]


def gone(folder: Path) -> list[list[object]]:
    lines = (folder / "gone.jsonl").read_text().splitlines()
    return [list(json.loads(line).values()) for line in lines]


@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("threshold", [-0.5, 0.5, 0.9])
def test_copies_of_the_empty_text_go_at_any_threshold(
    wl: WordLlama, tmp_path: Path, threshold: float, fold: bool
) -> None:
    kept = dedup(tmp_path, *(["--fold"] if fold else []), threshold=threshold)
    assert kept == wl.find_duplicates(TEXTS, threshold, fold=fold).kept
    assert kept.count("") == (threshold > 0)
    assert len(kept) + len(gone(tmp_path)) == len(TEXTS)
    if threshold > 0:
        assert wl.deduplicate(TEXTS, threshold=threshold).count("") == 2  # as published
        assert ["", "", 3, 1.0] in gone(tmp_path)


def test_an_empty_text_that_is_held_out_goes(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text('{"text": "soup"}\n{"text": ""}\n')
    kept = dedup(tmp_path, "--against", str(tmp_path / "empty.jsonl"), threshold=0.95)
    assert "" not in kept
    assert [row[1:] for row in gone(tmp_path) if row[0] == ""] == [
        ["", 1, "against", 1.0],
        ["", 3, "input", 1.0],
    ]


def test_what_is_held_out_may_have_another_column(tmp_path: Path) -> None:
    held = tmp_path / "named.jsonl"
    held.write_text('{"title": "x", "body": "soup"}\n')
    options = ["--against", str(held), "--against-column"]
    assert "soup" not in dedup(tmp_path, *options, "body")
    assert "soup" in dedup(tmp_path, *options, "title")


def test_the_column_of_what_is_held_out_is_that_of_the_input(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"body": "soup", "title": "t"}\n')
    (tmp_path / "b.jsonl").write_text('{"title": "other", "body": "soup"}\n')
    (tmp_path / "c.csv").write_text("title,summary\nother,soup\n")
    command = ["dedup", str(tmp_path / "a.jsonl"), "--column", "body", "--against"]
    run = CliRunner().invoke
    done = run(application(["dedup"]), [*command, str(tmp_path / "b.jsonl")])
    assert (done.exit_code, done.stdout) == (0, "")
    done = run(application(["dedup"]), [*command, str(tmp_path / "c.csv")])
    assert done.exit_code == 2
    assert "c.csv: no column 'body'; columns: title, summary" in done.output
    done = run(application(["dedup"]), [*command[:2], "-c", "body", "--against-column", "b"])
    assert "--against-column names a column" in done.output
