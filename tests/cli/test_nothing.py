"""Files without records: every command ends with nothing, and with the exit code that says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from wordllama.cli import application

NOTHING_FOUND = (
    "topk q @none.txt",
    "topk -q none.txt @one.txt",
    "topk -q none.txt @none.txt",
    "rank q @none.jsonl",
    "rank q @header.csv --no-sort",
    "filter q @none.jsonl",
    "join none.txt one.txt",
    "join one.txt none.txt --one-to-one",
    "mine none.txt",
    "representatives none.txt -q car",
    "outliers none.txt",
)
DONE = (
    "dedup none.txt",
    "dedup none.txt --threshold 1 --fold",
    "dedup none.jsonl kept.jsonl --duplicates gone.jsonl --against one.txt",
    "dedup none.txt --against none.txt --threshold 1",
    "cluster none.txt -k 2",
    "cluster none.jsonl --method density",
    "split none.txt",
    "chunks none.jsonl --topics",
    "compare header.csv",
    "embed none.txt none.npy",
    "embed header.csv none.parquet",
    "embed none.txt resumed.npy --resume",
)


@pytest.mark.parametrize("line", NOTHING_FOUND + DONE)
def test_of_a_file_without_records_comes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("none.txt", "none.jsonl"):
        Path(name).touch()
    Path("one.txt").write_text("a car\n")
    Path("header.csv").write_text("text,a,b\n" if "compare" in line else "text\n")
    command, *arguments = line.split()
    done = CliRunner().invoke(application([command]), [command, *arguments])
    assert (done.exit_code, done.stdout) == (0 if line in DONE else 1, "")
