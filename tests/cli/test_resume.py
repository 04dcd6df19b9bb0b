"""A run that was killed goes on with --resume, and its result is the same to the byte."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Shell

COMMANDS = {
    "out.parquet": ["embed", "many.jsonl", "out.parquet", "--dim", "64"],
    "out.jsonl": ["filter", "a car", "@many.jsonl", "--score", "score", "-o", "out.jsonl"],
}


@pytest.fixture(scope="module")
def many(folder: Path) -> Path:
    path = folder / "many.jsonl"
    things = ["car", "soup", "river", "battery"]
    lines = (f'{{"id": {n}, "text": "a {things[n % 4]} of {n % 997}"}}\n' for n in range(110_000))
    path.write_text("".join(lines))
    return path


def start(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "wordllama", *more]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE)


def kill_once(process: subprocess.Popen[bytes], pattern: str, folder: Path, sign: int) -> None:
    """Wait for the first file of that pattern, then kill."""
    while not any(folder.glob(pattern)):
        assert process.poll() is None, process.stderr and process.stderr.read()
        os.sched_yield()
    process.send_signal(sign)
    process.wait()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_killed_run_goes_on_to_the_same_result(folder: Path, many: Path, name: str) -> None:
    command = COMMANDS[name]
    assert start(folder, *command).wait() == 0
    whole = (folder / name).read_bytes()
    (folder / name).unlink()

    first = start(folder, *command, "--resume")
    kill_once(first, f"{name}.resume/*.part", folder, signal.SIGKILL)
    assert first.returncode == -signal.SIGKILL
    assert not (folder / name).exists()

    again = start(folder, *command, "--resume")
    _, told = again.communicate()
    assert again.returncode == 0
    assert b"going on after" in told
    assert (folder / name).read_bytes() == whole
    assert not (folder / f"{name}.resume").exists()


def test_a_changed_input_or_option_is_not_gone_on_with(
    folder: Path, shell: Shell, many: Path
) -> None:
    first = start(folder, "embed", "many.jsonl", "changed.npy", "--dim", "64", "--resume")
    kill_once(first, "changed.npy.resume/*.part", folder, signal.SIGKILL)
    done = shell("wordllama embed many.jsonl changed.npy --dim 128 --resume")
    assert done.returncode == 2
    assert "the interrupted run had another dim, model's vectors" in done.stderr
    many.write_text(many.read_text() + '{"id": -1, "text": "more"}\n')
    done = shell("wordllama embed many.jsonl changed.npy --dim 64 --resume")
    assert "the interrupted run had another input files" in done.stderr


def test_termination_leaves_nothing_half_written(folder: Path, many: Path) -> None:
    run = start(folder, "embed", "many.jsonl", "ended.jsonl")
    kill_once(run, ".ended.jsonl.*.tmp", folder, signal.SIGTERM)
    assert run.returncode == 143
    assert not list(folder.glob("*ended.jsonl*"))


def test_resume_needs_files(shell: Shell) -> None:
    done = shell("wordllama embed reviews.jsonl --resume")
    assert "--resume needs a file to write" in done.stderr
    done = shell("cat reviews.jsonl | wordllama embed - out.npy --resume")
    assert "--resume needs files to read" in done.stderr
