"""`dedup --threshold 1` keeps the first of each text, as `deduplicate` does, and says of which."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wordllama import WordLlama
from wordllama.cli import application

TEXTS = ["a red car", "red a car", "a red car", "", "A  red car", "", "soup", "a red\u200b car"]


def dedup(folder: Path, *options: str) -> list[str]:
    (folder / "in.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in TEXTS))
    (folder / "held.jsonl").write_text('{"text": "soup"}\n{"text": "a red car"}\n')
    command = ["dedup", str(folder / "in.jsonl"), str(folder / "out.jsonl"), "--threshold", "1"]
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
