"""A run that was killed goes on with --resume, and its result is the same to the byte."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wordllama import WordLlama

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


# A run that SIGKILL ends before it does something for the first time that an audit hook is told of.
KILLED_BEFORE = """
import os, signal, sys
from wordllama.cli import main

def kill(event, arguments):
    if [event, str(arguments[0]) if arguments else ""] == sys.argv[1:3]:
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill)
main(sys.argv[3:])
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
    assert not list(folder.glob(f"*{name}.resume*"))


def test_a_changed_input_or_option_is_not_gone_on_with(
    folder: Path, shell: Shell, many: Path
) -> None:
    killed(folder, "embed", "many.jsonl", "changed.npy", "--dim", "64", "--resume")
    done = shell("wordllama embed many.jsonl changed.npy --dim 128 --resume")
    assert done.returncode == 2
    assert "changed since the interrupted run: --dim, the model;" in done.stderr
    many.write_text(many.read_text() + '{"id": -1, "text": "more"}\n')
    done = shell("wordllama embed many.jsonl changed.npy --dim 64 --resume")
    assert "changed since the interrupted run: the input files;" in done.stderr


def test_other_bytes_are_noticed_where_size_and_time_are_the_same(folder: Path) -> None:
    path = folder / "bytes.txt"
    path.write_text("a car\n" * 40_000)
    killed(folder, "embed", "bytes.txt", "bytes.npy", "--dim", "64", "--resume")
    stat = path.stat()
    path.write_text("a bus\n" + "a car\n" * 39_999)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    done = run(folder, "embed", "bytes.txt", "bytes.npy", "--dim", "64", "--resume")
    assert "changed since the interrupted run: the input files;" in done.stderr


def test_a_model_that_differs_in_one_row_is_noticed(
    folder: Path, many: Path, wl: WordLlama
) -> None:
    rows = wl.embedding[:, :64].copy()
    command = ["embed", "many.jsonl", "mine.npy", "-m", "mine", "--resume"]
    WordLlama(rows, wl.tokenizer).save(folder / "mine")
    killed(folder, *command)
    rows[31_999] += 1
    WordLlama(rows, wl.tokenizer).save(folder / "mine")
    done = run(folder, *command)
    assert done.returncode == 2
    assert "changed since the interrupted run: the model;" in done.stderr


@pytest.mark.parametrize(
    ("event", "path"),
    [("os.rename", "placed.npy.resume"), ("os.remove", ".placed.npy.resume.finished/000000.part")],
)
def test_killed_once_the_output_has_its_place_a_run_is_finished(
    folder: Path, event: str, path: str
) -> None:
    (folder / "placed.npy").unlink(missing_ok=True)
    command = ["embed", "reviews.jsonl", "placed.npy", "--resume"]
    script = [sys.executable, "-c", KILLED_BEFORE, event, path, *command]
    assert subprocess.run(script, cwd=folder).returncode == -signal.SIGKILL
    whole = (folder / "placed.npy").read_bytes()
    again = run(folder, *command)
    assert (again.returncode, again.stderr) == (0, "placed.npy was finished before\n")
    assert (folder / "placed.npy").read_bytes() == whole
    assert not list(folder.glob("*placed.npy.*"))


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
