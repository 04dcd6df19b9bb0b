"""A pipe with a path is read as standard input is: once, whole, in the format its bytes tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Shell

COMMANDS = {
    "dedup": "dedup IN --threshold 0.8",
    "dedup against": "dedup reviews.jsonl --against IN",
    "dedup against itself": "dedup IN --against reviews.jsonl --duplicates /dev/stdout",
    "cluster": "cluster IN -k 2 --no-topics",
    "mine": "mine IN",
    "join left": "join IN reviews.jsonl",
    "join right": "join reviews.jsonl IN",
    "outliers": "outliers IN --threshold 0 -k 2",
    "representatives": "representatives IN -n 2",
    "rank": "rank car @IN",
    "topk": "topk car @IN",
    "queries": "topk --queries IN @lines.txt",
    "embed": "embed IN",
    "embed more": "embed lines.txt -f IN",
    "chunks": "chunks IN --limit 20",
    "compare": "compare IN --columns text,text",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_pipe_gives_what_its_file_gives(folder: Path, shell: Shell, name: str) -> None:
    command = f"wordllama {COMMANDS[name]}"
    file = shell(command.replace("IN", "reviews.jsonl"))
    assert file.returncode == 0
    assert file.stdout or "against" in name
    pipe = shell(command.replace("IN", "<(cat reviews.jsonl)"))
    fields = ("returncode", "stdout")
    assert [getattr(pipe, f) for f in fields] == [getattr(file, f) for f in fields], pipe.stderr


@pytest.mark.parametrize("name", ["dedup", "dedup against", "topk", "queries", "embed"])
def test_a_fifo_gives_what_its_file_gives(folder: Path, shell: Shell, name: str) -> None:
    command = f"wordllama {COMMANDS[name]}"
    fifo = shell(f"mkfifo f-$$; cat reviews.jsonl > f-$$ & {command.replace('IN', 'f-$$')}")
    file = shell(command.replace("IN", "reviews.jsonl"))
    assert (fifo.returncode, fifo.stdout) == (0, file.stdout), fifo.stderr


@pytest.mark.parametrize("path", ["-", "/dev/stdin", "/dev/fd/0"])
@pytest.mark.parametrize("way", ["cat reviews.jsonl | COMMAND", "COMMAND < reviews.jsonl"])
def test_standard_input_may_be_given_as_a_path(shell: Shell, path: str, way: str) -> None:
    done = shell(way.replace("COMMAND", f"wordllama dedup {path} --threshold 0.8"))
    file = shell("wordllama dedup reviews.jsonl --threshold 0.8")
    assert (done.returncode, done.stdout, done.stderr) == (0, file.stdout, "")


@pytest.mark.parametrize("format", ["csv", "parquet", "jsonl.gz"])
def test_a_pipe_holds_any_format(folder: Path, shell: Shell, format: str) -> None:
    assert shell(f"wordllama split reviews.jsonl pipe.{format} --force").returncode == 0
    told = "--from csv" if format == "csv" else ""
    done = shell(f"wordllama dedup <(cat pipe.{format}) {told} --json --threshold 1 | jq -r .text")
    file = shell(f"wordllama dedup pipe.{format} --json --threshold 1 | jq -r .text")
    assert (done.stdout, done.stderr) == (file.stdout, "")
    assert len(done.stdout.splitlines()) == 4


def test_from_tells_the_format_of_other_inputs_whose_names_tell_none(shell: Shell) -> None:
    done = shell(
        "wordllama dedup <(cat left.csv) --from csv --threshold 1 --against <(cat left.csv)"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    named = shell("wordllama dedup <(cat left.csv) --from csv --threshold 1 --against eval.txt")
    assert named.stdout == "name,text\nA,the red car\nB,a bowl of soup\n"
    done = shell("wordllama topk -q <(cat left.csv) --from csv @<(cat right.csv) -k 1")
    assert done.stdout.count("soup in a bowl") == 1


@pytest.mark.parametrize(
    "command",
    ["embed /dev/stdin out.npy", "rank a @<(cat reviews.jsonl) -o out.jsonl --no-sort"],
)
def test_resume_refuses_what_can_be_read_only_once(
    folder: Path, shell: Shell, command: str
) -> None:
    done = shell(f"cat reviews.jsonl | wordllama {command} --resume")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--resume needs files to read, not /dev/" in done.stderr
    assert not list(folder.glob("out.*"))


@pytest.mark.parametrize(
    "command",
    [
        "join - -",
        "dedup - --against -",
        "dedup --against -",
        "dedup - --against /dev/stdin",
        "topk --queries - @-",
        "topk --queries /dev/fd/0 @/dev/stdin",
        "embed - -f -",
        "rank car @- @-",
    ],
)
def test_one_stream_is_not_two_inputs(shell: Shell, command: str) -> None:
    done = shell(f"cat reviews.jsonl | wordllama {command}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "two inputs are this stream, which can be read only once" in done.stderr


def test_one_fifo_is_not_two_inputs(shell: Shell) -> None:
    done = shell("mkfifo f-$$; cat reviews.jsonl > f-$$ & wordllama dedup f-$$ --against f-$$")
    assert done.returncode == 2
    assert "two inputs are this stream" in done.stderr


def test_a_redirected_file_is_not_two_inputs(shell: Shell) -> None:
    done = shell("wordllama dedup - --against /dev/stdin < reviews.jsonl")
    assert "two inputs are this stream" in done.stderr


def test_the_null_device_may_be_two_inputs(shell: Shell) -> None:
    assert shell("wordllama dedup /dev/null --against /dev/null").returncode == 0
