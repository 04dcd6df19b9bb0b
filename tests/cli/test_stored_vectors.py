"""Stored vectors are used where they are those of the texts, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wordllama.cli import application

TEXTS = ["a red car", "the soup was cold", "", "a fast truck", "rain and wind", "a bowl of rice"]
CLAIM = b"wordllama.vectors.vector"


def run(*arguments: object) -> None:
    given = list(map(str, arguments))
    application([given[0]])([*given, "-m", "l2_words"], standalone_mode=False)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lines = [json.dumps({"text": text, "other": f"{text} too"}) for text in TEXTS]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    run("embed", "in.jsonl", "stored.parquet", "-c", "text")
    return tmp_path


@pytest.mark.parametrize("how", ["parquet", "arrow", "jsonl", "doubles", "bits"])
def test_the_results_are_those_of_the_texts(stored: Path, how: str) -> None:
    file = stored / f"again.{how}"
    binary = ["--binary"] if how == "bits" else []
    if how == "doubles":  # as other tools write them, with nothing said
        table = pq.read_table("stored.parquet").replace_schema_metadata()
        table = table.set_column(2, "vector", table["vector"].cast(pa.list_(pa.float64())))
        pq.write_table(table, file := file.with_suffix(".parquet"))
    else:
        file = file.with_suffix(".jsonl") if how == "bits" else file
        run("embed", "in.jsonl", file, "-c", "text", *binary)
    jobs = {
        "topk": ["topk", "a meal", f"@{file}", "-o"],
        "rank": ["rank", "a meal", f"@{file}", "-o"],
        "filter": ["filter", "a meal", f"@{file}", "--threshold", "0.1", "-o"],
        "mine": ["mine", file, "--threshold", "0.1"],
        "dedup": ["dedup", file, "--threshold", "0.4"],
    }
    for name, job in jobs.items():
        for vectors in ("vector", "none"):
            out = stored / f"{name}-{vectors}.jsonl"
            run(job[0], *job[1:], out, "-c", "text", "--vectors", vectors, *binary)
        made = [(stored / f"{name}-{vectors}.jsonl").read_text() for vectors in ("vector", "none")]
        assert made[0] == made[1]


def test_they_are_used_without_being_asked_for(stored: Path, capsys: pytest.CaptureFixture) -> None:
    """Seen by what they are not: vectors of other texts are noticed."""
    table = pq.read_table("stored.parquet")
    pq.write_table(table.set_column(0, "text", pa.array(TEXTS[::-1])), "changed.parquet")
    with pytest.raises(SystemExit):
        run("topk", "a meal", "@changed.parquet", "-c", "text")
    assert "the texts changed" in capsys.readouterr().err
    run("topk", "a meal", "@changed.parquet", "-c", "text", "--vectors", "none")
    run("topk", "a meal", "@stored.parquet", "-c", "other")
    assert capsys.readouterr().err == ""
    run("topk", "a meal", "@stored.parquet", "-c", "text", "--dim", "64")
    assert "embedded anew" in capsys.readouterr().err


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_files_say_only_what_holds_for_every_record(stored: Path, format: str) -> None:
    run("embed", "in.jsonl", "resumed.parquet", "-c", "text", "--resume")
    run("embed", "in.jsonl", "others.parquet", "-c", "other")
    run("topk", "a meal", "@stored.parquet", "-c", "text", "-o", f"best.{format}")
    run("filter", "a meal", "@stored.parquet", "-v", "-c", "text", "-o", f"rest.{format}")
    both = ["-f", "stored.parquet", "-f", "others.parquet", "-c", "text", "--vectors", "none"]
    run("filter", "a meal", *both, "--threshold", "-1", "-o", f"both.{format}")
    run("chunks", "stored.parquet", f"chunks.{format}", "-c", "text")
    read = pq.read_schema if format == "parquet" else lambda path: pa.ipc.open_file(path).schema
    assert CLAIM in pq.read_schema("resumed.parquet").metadata
    assert CLAIM in read(f"best.{format}").metadata
    assert CLAIM in read(f"rest.{format}").metadata
    assert CLAIM not in (read(f"both.{format}").metadata or {})
    assert CLAIM not in (read(f"chunks.{format}").metadata or {})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--dim", "64"], "give -m l2_words --dim 256 -c text"),
        (["--binary"], "holds dense vectors"),
        (["--vectors", "embedding"], "no column 'embedding'"),
        (["--vectors", "other"], "must hold lists"),
    ],
)
def test_others_are_refused_with_the_next_step(
    stored: Path, options: list[str], said: str, capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit):
        run("topk", "x", "@stored.parquet", "-c", "text", "--vectors", "vector", *options)
    assert said in capsys.readouterr().err
