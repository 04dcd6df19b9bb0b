"""The file of `--rejects` is replaced only with --force, and whole or not at all."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Shell
from .test_resume import KILLED

DAMAGED = '{"text": "a car"}\n{"text": 5}\n{"text": "soup"}\n'


@pytest.fixture
def kept(folder: Path) -> Path:
    (folder / "damaged.jsonl").write_text(DAMAGED)
    path = folder / "kept.jsonl"
    path.write_text('{"precious": 1}\n')
    return path


@pytest.mark.parametrize(
    "command",
    [
        "embed damaged.jsonl",
        "dedup damaged.jsonl",
        "coverage damaged.jsonl",
        "compare damaged.jsonl --columns text,text",
        "join damaged.jsonl reviews.jsonl",
        "rank car @damaged.jsonl",
    ],
)
def test_a_file_that_exists_is_kept(shell: Shell, kept: Path, command: str) -> None:
    done = shell(f"wordllama {command} --rejects kept.jsonl")
    said = "wordllama: --rejects kept.jsonl: the file exists; --force replaces it\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
    assert kept.read_text() == '{"precious": 1}\n'


def test_with_force_it_holds_what_this_run_skipped(shell: Shell, kept: Path) -> None:
    assert shell("wordllama split damaged.jsonl --rejects kept.jsonl --force").returncode == 0
    assert json.loads(kept.read_text())["line"] == 2
    assert shell("wordllama split reviews.jsonl --rejects kept.jsonl --force").returncode == 0
    assert kept.read_text() == ""


def test_a_run_that_fails_keeps_it(shell: Shell, folder: Path, kept: Path) -> None:
    (folder / "failing.jsonl").write_text(
        '{"text": 5}\n{"text": "a", "n": 1}\n{"text": "b", "n": ""}'
    )
    done = shell("wordllama embed failing.jsonl f.parquet -c text --rejects kept.jsonl --force")
    assert (done.returncode, kept.read_text()) == (2, '{"precious": 1}\n')
    assert not list(folder.glob(".kept*"))


def test_nothing_found_is_no_failure(folder: Path, shell: Shell) -> None:
    (folder / "all.jsonl").write_text('{"text": 5}\n')
    done = shell("wordllama topk car @all.jsonl -c text --rejects skipped.jsonl")
    assert (done.returncode, done.stderr) == (1, "1 damaged record skipped: see skipped.jsonl\n")
    assert json.loads((folder / "skipped.jsonl").read_text())["line"] == 1


def test_it_may_be_a_pipe_or_a_link(shell: Shell, kept: Path, folder: Path) -> None:
    done = shell("wordllama split damaged.jsonl /dev/null --rejects /dev/stdout | jq -c .line")
    assert (done.returncode, done.stdout) == (0, "2\n")
    (folder / "link.jsonl").unlink(missing_ok=True)
    (folder / "link.jsonl").symlink_to(kept)
    assert shell("wordllama split damaged.jsonl --rejects link.jsonl --force").returncode == 0
    assert json.loads(kept.read_text())["line"] == 2


def test_a_run_that_goes_on_rejects_what_the_killed_one_did(folder: Path) -> None:
    lines = ['{"text": "a car"}'] * 40_000
    lines[5] = lines[39_999] = '{"text": 5}'
    (folder / "long.jsonl").write_text("\n".join(lines))
    command = ["embed", "long.jsonl", "long.npy", "--dim", "64", "--resume"]
    command += ["--rejects", "long.rejects"]
    killed = subprocess.run([sys.executable, "-c", KILLED, *command], cwd=folder)
    assert killed.returncode == -signal.SIGKILL
    again = [sys.executable, "-m", "wordllama", *command]
    assert subprocess.run(again, cwd=folder).returncode == 0
    told = [json.loads(line)["line"] for line in (folder / "long.rejects").open()]
    assert told == [6, 40_000]
