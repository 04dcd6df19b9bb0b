"""Two files of a command that are one file are refused before anything is read or written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from wordllama.cli.apart import check_apart

from .conftest import Shell

RECORDS = '{"id": 1, "text": "a red car"}\n{"id": 2, "text": "a red car!"}\n{"id": 3}\n'


@pytest.fixture
def place(folder: Path) -> Path:
    """A folder of a test's own beneath the shell's: `in.jsonl` and other names of it."""
    made = folder / "apart"
    made.mkdir(exist_ok=True)
    for old in made.rglob("*"):
        if not old.is_dir():
            old.unlink()
    (made / "in.jsonl").write_text(RECORDS)
    (made / "other.jsonl").write_text('{"text": "soup"}\n')
    (made / "link.jsonl").symlink_to("in.jsonl")
    (made / "dangling.jsonl").symlink_to("k.jsonl")
    os.link(made / "in.jsonl", made / "hard.jsonl")
    return made


def contents(place: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in sorted(place.iterdir()) if p.is_file()}


@pytest.mark.parametrize(
    ("command", "one", "other"),
    [
        ("dedup in.jsonl k.jsonl --duplicates k.jsonl", "the output", "--duplicates"),
        ("dedup in.jsonl k.jsonl --duplicates ../apart/k.jsonl", "the output", "--duplicates"),
        ("dedup in.jsonl dangling.jsonl --duplicates k.jsonl", "the output", "--duplicates"),
        ("dedup in.jsonl b.jsonl --force --duplicates in.jsonl", "the input", "--duplicates"),
        ("dedup in.jsonl b.jsonl --force --duplicates link.jsonl", "the input", "--duplicates"),
        ("dedup in.jsonl b.jsonl --force --duplicates hard.jsonl", "the input", "--duplicates"),
        ("dedup in.jsonl b.jsonl --force --duplicates d --rejects d", "--duplicates", "--rejects"),
        ("dedup in.jsonl other.jsonl --force --against other.jsonl", "--against", "the output"),
        (
            "dedup in.jsonl b.jsonl --force --against other.jsonl --duplicates other.jsonl",
            "--against",
            "--duplicates",
        ),
        ("dedup in.jsonl --against other.jsonl --rejects other.jsonl", "--against", "--rejects"),
        ("dedup in.jsonl - --duplicates -", "the output", "--duplicates"),
        ("dedup in.jsonl --duplicates d.jsonl >> d.jsonl", "the output", "--duplicates"),
        ("embed in.jsonl e.jsonl --rejects e.jsonl", "the output", "--rejects"),
        ("embed in.jsonl e.jsonl --rejects in.jsonl", "the input", "--rejects"),
        ("embed -f '*.jsonl' --rejects in.jsonl", "--file", "--rejects"),
        ("embed . e.npy --rejects in.jsonl", "the input", "--rejects"),
        ("embed in.jsonl >> in.jsonl", "the input", "the output"),
        ("embed in.jsonl in.jsonl --force --resume", "the input", "the output"),
        ("embed -t @in.jsonl --rejects in.jsonl", "--text", "--rejects"),
        ("rank car @in.jsonl --rejects in.jsonl", "the texts", "--rejects"),
        ("filter car @in.jsonl -o o --to jsonl --rejects o", "the output", "--rejects"),
        ("topk -q other.jsonl @in.jsonl -o other.jsonl --force", "--queries", "the output"),
        ("topk -q other.jsonl @in.jsonl --rejects other.jsonl", "--queries", "--rejects"),
        ("join in.jsonl other.jsonl --rejects other.jsonl", "the right input", "--rejects"),
        ("compare in.jsonl c.jsonl --rejects c.jsonl", "the output", "--rejects"),
        ("evaluate l2_words --sets ../sets -o e.svg --picture e.svg", "the output", "--picture"),
        ("evaluate l2_words --sets ../sets --dims 8 --picture e.svg --curve ./e.svg",
         "--picture", "--curve"),
        ("evaluate l2_words --sets ../sets -o ../sets/Things/test.tsv", "--sets", "the output"),
        ("extract in.jsonl --out .", "the source", "--output"),
    ],
)  # fmt: skip
def test_one_file_under_two_names_is_refused(
    shell: Shell, place: Path, command: str, one: str, other: str
) -> None:
    before = contents(place)
    done = shell(f"cd apart && wordllama {command}")
    assert done.returncode == 2
    assert f"{one} and {other} are the same file" in done.stderr
    after = contents(place)
    after.pop("d.jsonl", None)  # made by the shell
    assert after == before


@pytest.mark.parametrize(
    "command", ["dedup - --against -", "join - -", "topk -q - @-", "topk -q -", "dedup --against -"]
)
def test_standard_input_can_be_one_input_only(shell: Shell, command: str) -> None:
    done = shell(f"echo soup | wordllama {command}")
    assert done.returncode == 2
    assert "two inputs are this stream" in done.stderr


@pytest.mark.parametrize("name", ["in.jsonl", "link.jsonl", "./in.jsonl"])
def test_the_output_may_take_the_place_of_its_input(shell: Shell, place: Path, name: str) -> None:
    done = shell(f"cd apart && wordllama dedup in.jsonl {name} --rejects bad.jsonl")
    assert (done.returncode, place.joinpath("in.jsonl").read_text()) == (2, RECORDS)
    line = f"dedup in.jsonl {name} --force --rejects bad.jsonl --duplicates gone.jsonl"
    done = shell(f"cd apart && wordllama {line} --threshold 0.8")
    assert done.returncode == 0, done.stderr
    assert (place / "in.jsonl").read_text() == RECORDS.splitlines(keepends=True)[0]
    assert json.loads((place / "gone.jsonl").read_text())["id"] == 2
    assert json.loads((place / "bad.jsonl").read_text())["record"] == '{"id": 3}'


def test_what_is_no_file_may_be_named_twice(place: Path) -> None:
    check_apart({"input": "in.jsonl", "output": "/dev/null", "duplicates": "/dev/null"})
    check_apart({"left": "in.jsonl", "right": "in.jsonl", "output": "out.jsonl"})
    check_apart({"input": str(place / "missing.jsonl"), "output": str(place / "out.jsonl")})
