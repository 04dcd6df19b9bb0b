"""Closed and full standard streams, files that can't be written, and interrupts while it starts."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from .conftest import Shell


def test_a_command_that_writes_a_file_needs_no_standard_streams(folder: Path, shell: Shell) -> None:
    assert shell("wordllama embed lines.txt closed.npy >&- 2>&- <&-").returncode == 0
    assert np.load(folder / "closed.npy").shape == (3, 256)
    assert shell("wordllama dedup lines.txt closed.txt 2>&-").stdout == ""
    assert shell("wordllama rank car @lines.txt -o closed.jsonl >&-").returncode == 0


@pytest.mark.parametrize("stream", [">&-", "> /dev/full"])
@pytest.mark.parametrize(
    "command", ["topk car @lines.txt", "similarity a b", "embed lines.txt", "--help"]
)
def test_a_command_that_cannot_write_to_standard_output_says_so(
    shell: Shell, command: str, stream: str
) -> None:
    done = shell(f"wordllama {command} {stream}")
    why = "it is closed" if stream == ">&-" else "No space left on device"
    assert (done.returncode, done.stderr) == (3, f"wordllama: standard output: {why}\n")


def test_closed_standard_input_is_named_where_it_was_asked_for(shell: Shell) -> None:
    done = shell("wordllama embed - nothing.npy <&-")
    assert (done.returncode, done.stderr) == (2, "wordllama: standard input is closed\n")


@pytest.mark.parametrize("name", ["full.npy", "full.parquet", "full.jsonl.gz", "full.jsonl.zst"])
def test_a_file_that_is_not_wholly_written_is_named_as_it_was_given(
    folder: Path, shell: Shell, name: str
) -> None:
    done = shell(f"ulimit -f 0; wordllama embed lines.txt {name}")
    assert (done.returncode, done.stderr) == (3, f"wordllama: {folder}/{name}: File too large\n")
    assert not list(folder.glob("*full.*"))


def test_a_place_that_cannot_be_written_is_named_as_it_was_given(shell: Shell) -> None:
    done = shell("wordllama embed lines.txt /proc/sys/out.npy")
    assert (done.returncode, done.stderr.split(": ")[1]) == (3, "/proc/sys/out.npy")
    done = shell("wordllama embed lines.txt /proc/sys/out.npy --resume")
    assert (done.returncode, done.stderr.split(": ")[1]) == (3, "/proc/sys/out.npy.resume")


# A run that SIGINT comes to as it begins to import a module.
INTERRUPTED = """
import os, signal, sys
from wordllama.cli import main

def interrupt(event, arguments):
    if event == "import" and arguments[0] == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGINT)

sys.addaudithook(interrupt)
main(sys.argv[2:])
"""


@pytest.mark.parametrize("module", ["typer", "wordllama.cli.corpus", "numpy", "tokenizers"])
def test_an_interrupt_while_it_starts_prints_nothing(folder: Path, module: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # not ignored, as in a background job
    command = [sys.executable, "-c", INTERRUPTED, module, "embed", "lines.txt", "interrupted.npy"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    assert not list(folder.glob("*interrupted*"))


def test_the_command_is_imported_without_what_it_may_not_need() -> None:
    code = "import sys, wordllama.cli; print({'numpy', 'tokenizers', 'typer'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("format", ["parquet", "arrow", "npy"])
@pytest.mark.parametrize("target", ["-", "/dev/stdout"])
def test_a_run_that_fails_leaves_no_valid_file_on_standard_output(
    folder: Path, shell: Shell, format: str, target: str
) -> None:
    (folder / "failing.jsonl").write_text('{"text": "a", "n": 1}\n{"text": "b", "n": -1}\n')
    (folder / "large.jsonl").write_text(f'{{"text": "a", "n": {2**64 - 1}}}\n')
    (folder / "null.jsonl").write_text('{"text": null}\n')
    inputs = "null.jsonl" if format == "npy" else "failing.jsonl"
    command = f"wordllama embed large.jsonl {target} -f {inputs} -c text --to {format}"
    done = shell(f"{command} | cat > failed.{format}")
    assert done.returncode == 2, done.stderr
    assert (folder / f"failed.{format}").read_bytes() == b""


@pytest.mark.parametrize("format", ["parquet", "arrow", "npy"])
def test_a_pipe_gets_the_whole_file(folder: Path, shell: Shell, format: str) -> None:
    done = shell(f"wordllama embed lines.txt --to {format} | cat > piped.{format}")
    assert (done.returncode, done.stderr) == (0, "")
    assert shell(f"wordllama embed lines.txt whole.{format}").returncode == 0
    assert (folder / f"piped.{format}").read_bytes() == (folder / f"whole.{format}").read_bytes()
