"""`dedup --threshold 1` keeps the first of each text, as `deduplicate` does, and says of which."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from wordllama import WordLlama
from wordllama.cli import application
from wordllama.dedup import Duplicates

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
        ["a red car", "a red car", 1, "against", 1.0, True, 0],
        ["a red car", "a red car", 1, "against", 1.0, True, 2],
        ["", "", 3, "input", 1.0, True, 3],
        ["soup", "soup", 0, "against", 1.0, True, 6],
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
        assert ["", "", 3, 1.0, True, 3] in gone(tmp_path)


def test_an_empty_text_that_is_held_out_goes(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text('{"text": "soup"}\n{"text": ""}\n')
    kept = dedup(tmp_path, "--against", str(tmp_path / "empty.jsonl"), threshold=0.95)
    assert "" not in kept
    assert [row[1:] for row in gone(tmp_path) if row[0] == ""] == [
        ["", 1, "against", 1.0, True, 3],
        ["", 1, "against", 1.0, True, 5],
    ]


def run(*command: str) -> Result:
    done = CliRunner().invoke(application(["dedup"]), ["dedup", *command])
    assert done.exit_code == 0, done.output
    return done


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("keep", ["first", "longest"])
@pytest.mark.parametrize("against", [None, "also", "only"])
@pytest.mark.parametrize("options", [{}, {"chain": True}, {"fold": True}])
def test_the_command_drops_what_the_method_drops_and_names_what_is_kept(
    wl: WordLlama, tmp_path: Path, keep: Any, against: str | None, options: dict[str, bool]
) -> None:
    glosses = [f"{a} {b} in the {c}" for a in A for b in B for c in ("morning", "Morning")]
    rows = [{"id": f"r{n}", "title": text, "body": text[::2]} for n, text in enumerate(glosses * 2)]
    held = [{"id": "h0", "title": "red rain", "body": "x"}, {**rows[3], "id": "h1"}]
    for name, some in (("in", rows), ("held", held)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some))
    command = [str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl"), "--columns", "title,body"]
    command += ["--keep", keep, *(f"--{name}" for name in options)]
    more: dict[str, Any] = {"columns": ["title", "body"], "keep": keep, **options}
    if against:
        command += ["--against", str(tmp_path / "held.jsonl")]
        more["against"] = held
    if against == "only":
        command += ["--against-only"]
        more["against_only"] = True
    files = [
        "--duplicates",
        str(tmp_path / "gone.jsonl"),
        "--save-matches",
        str(tmp_path / "m.npz"),
    ]
    shown = run(*command, *files, "--threshold", "0.8", "--least", "2").stderr.splitlines()
    found = wl.find_duplicates(rows, 0.8, **more)
    assert shown[0] == f"{len(found.kept)} of {len(rows)} records kept"
    assert len(shown) == 1 + min(2, len(found.near_duplicates))
    assert records(tmp_path / "out.jsonl") == found.kept
    for record, duplicate in zip(records(tmp_path / "gone.jsonl"), found.duplicates, strict=True):
        of: Any = duplicate.of_item
        assert (record["duplicate_at"], record["duplicate_id"]) == (duplicate.of, of["id"])
        assert record["duplicate_of"] == of["title"]
        assert record["similarity"] == pytest.approx(duplicate.score, abs=1e-6)
        assert record["duplicate_exact"] == duplicate.exact
        assert record.get("duplicate_in", "input") == ("against" if duplicate.outside else "input")
    again = ["--matches", str(tmp_path / "m.npz"), "--force"]
    run(*command, *again, "--threshold", "0.95")
    assert records(tmp_path / "out.jsonl") == found.rethreshold(0.95).kept
    run(*command, *again, "--groups")
    grouped = records(tmp_path / "out.jsonl")
    assert [row["duplicate_group"] for row in grouped] == found.decision.group.tolist()
    assert [n for n, row in enumerate(grouped) if row["kept"]] == found.kept_indices
    loaded = Duplicates.load(tmp_path / "m.npz", rows, held if against else None)
    assert loaded.to_dict() == found.to_dict()
    if not against:
        target = len(found.kept) + 3
        told = run(*command, *again, "--target", str(target)).stderr
        fitted = wl.find_duplicates(rows, 0.8, target=target, **more)
        kept = len(fitted.kept)
        assert len(found.kept) < kept <= target
        assert told == f"{kept} of 48 records kept at a threshold of {fitted.threshold:g}\n"
        assert records(tmp_path / "out.jsonl") == fitted.kept


A = ["red cars", "blue cars", "fast trains", "slow trains"]
B = ["are washed", "are cleaned", "are sold"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--threshold", "0.7"], "--threshold must be at least 0.8, that of"),
        (["--keep", "longest"], "made with keep = 'first', not 'longest'"),
        (["--fold"], "made with fold = False, not True"),
        (["-t", "another text"], "these are the matches of other texts"),
        (["--target", "1"], "target must be at least 2, not 1: so many items stay at 0.8"),
    ],
)
def test_matches_of_something_else_are_refused(
    tmp_path: Path, options: list[str], message: str
) -> None:
    command = ["-t", "a red car", "-t", "a red car!", "-t", "soup"]
    saved = tmp_path / "m.npz"
    run(*command, "--threshold", "0.8", "--save-matches", str(saved))
    done = CliRunner().invoke(
        application(["dedup"]), ["dedup", *command, "--matches", str(saved), *options]
    )
    assert done.exit_code == 2
    assert message in done.output
    saved.write_bytes(saved.read_bytes()[:-300])
    done = CliRunner().invoke(application(["dedup"]), ["dedup", *command, "--matches", str(saved)])
    assert "does not hold matches of duplicates" in done.output


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
    invoke = CliRunner().invoke
    done = invoke(application(["dedup"]), [*command, str(tmp_path / "b.jsonl")])
    assert (done.exit_code, done.stdout) == (0, "")
    done = invoke(application(["dedup"]), [*command, str(tmp_path / "c.csv")])
    assert done.exit_code == 2
    assert "c.csv: no column 'body'; columns: title, summary" in done.output
    done = invoke(application(["dedup"]), [*command[:2], "-c", "body", "--against-column", "b"])
    assert "--against-column names a column" in done.output
