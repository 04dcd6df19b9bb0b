"""A run that was killed goes on with --resume, and its result is the same to the byte."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Shell

COMMANDS = {
    "out.parquet": ["embed", "many.jsonl", "out.parquet", "--dim", "64"],
    "out.jsonl": ["filter", "a car", "@many.jsonl", "--score", "score", "-o", "out.jsonl"],
    "ranked.csv": ["rank", "a car", "@many.jsonl", "--no-sort", "-o", "ranked.csv"],
    "split.jsonl": ["split", "many.jsonl", "split.jsonl"],
    "chunks.jsonl": ["chunks", "many.jsonl", "chunks.jsonl", "--limit", "9"],
}

# A run that SIGKILL ends as soon as it has written its first part.
KILLED = """
import os, signal, sys
from wordllama.cli import main
from wordllama.files import Parts

def save(parts, whole=Parts._save):
    whole(parts)
    os.kill(os.getpid(), signal.SIGKILL)

Parts._save = save
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def many(folder: Path) -> Path:
    path = folder / "many.jsonl"
    things = ["car", "soup", "river", "battery"]
    lines = (f'{{"id": {n}, "text": "a {things[n % 4]} of {n % 997}"}}\n' for n in range(40_000))
    path.write_text("".join(lines))
    return path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wordllama", *command], cwd=folder, capture_output=True, text=True
    )


def killed(folder: Path, *command: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, *command], cwd=folder)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("name", COMMANDS)
def test_a_killed_run_goes_on_to_the_same_result(folder: Path, many: Path, name: str) -> None:
    command = COMMANDS[name]
    assert run(folder, *command).returncode == 0
    whole = (folder / name).read_bytes()
    (folder / name).unlink()

    killed(folder, *command, "--resume")
    assert not (folder / name).exists()
    assert len(list(folder.glob(f"{name}.resume/*.part"))) == 1

    again = run(folder, *command, "--resume")
    assert (again.returncode, again.stderr) == (0, "going on after 32,768 records\n")
    assert (folder / name).read_bytes() == whole
    assert not (folder / f"{name}.resume").exists()


def test_a_changed_input_or_option_is_not_gone_on_with(
    folder: Path, shell: Shell, many: Path
) -> None:
    killed(folder, "embed", "many.jsonl", "changed.npy", "--dim", "64", "--resume")
    done = shell("wordllama embed many.jsonl changed.npy --dim 128 --resume")
    assert done.returncode == 2
    assert "the interrupted run had another dim, model's vectors" in done.stderr
    many.write_text(many.read_text() + '{"id": -1, "text": "more"}\n')
    done = shell("wordllama embed many.jsonl changed.npy --dim 64 --resume")
    assert "the interrupted run had another input files" in done.stderr


@pytest.mark.parametrize("name", ["ended.jsonl", "ended.parquet"])
def test_termination_leaves_nothing_half_written(folder: Path, name: str) -> None:
    command = [sys.executable, "-m", "wordllama", "embed", "-", name]
    pipe = subprocess.PIPE
    running = subprocess.Popen(command, cwd=folder, stdin=pipe, stderr=pipe, text=True, bufsize=1)
    assert running.stdin is not None
    for n in range(70_000):  # more than a group of rows; then it waits for more
        running.stdin.write(f"a car of {n}\n")
    while not any(path.stat().st_size for path in folder.glob(f".{name}.*.tmp")):
        assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate()
    assert (running.returncode, said) == (143, "")
    assert not list(folder.glob(f"*{name}*"))


def test_resume_needs_files_and_records_that_do_not_wait_for_others(shell: Shell) -> None:
    done = shell("wordllama embed reviews.jsonl --resume")
    assert "--resume needs a file to write" in done.stderr
    done = shell("cat reviews.jsonl | wordllama embed - out.npy --resume")
    assert "--resume needs files to read" in done.stderr
    done = shell("wordllama rank car @reviews.jsonl -o out.jsonl --resume")
    assert "--resume goes with --no-sort" in done.stderr
