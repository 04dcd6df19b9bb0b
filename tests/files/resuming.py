"""A resumable job so small that it can be killed at every one of its moments.

Run as a program it does that: it forks a job for each event of its files (an open, rename, removal,
a new folder), kills it by SIGKILL just before, and looks at what the same command does then.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from wordllama.cli.corpus import corpus
from wordllama.cli.output import results
from wordllama.cli.streaming import stream
from wordllama.files import Batch, resume
from wordllama.modelfiles.tensors import sha256_of

INPUTS = ["in0.jsonl", "in1.jsonl", "in2.jsonl"]
OUTPUT = "out.jsonl"
OLD = b"what was there before"
EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.listdir", "os.scandir"}


def prepare(folder: Path, text: str = "a car") -> None:
    """A folder with input files; what is in them is told by `text`."""
    folder.mkdir()
    for n, name in enumerate(INPUTS):
        lines = (json.dumps({"text": f"{text} {n} {i}"}) + "\n" for i in range(n + 1))
        (folder / name).write_text("".join(lines))


def expected(folder: Path) -> bytes:
    """What the job must write."""
    items = [json.loads(line) for name in INPUTS for line in (folder / name).open()]
    lines = (json.dumps({**item, "length": len(item["text"])}) + "\n" for item in items)
    return "".join(lines).encode()


def run(folder: Path, *, force: bool = False) -> None:
    """The job: one part for each of the input files."""

    def measured(batch: Batch) -> Batch:
        return batch.add("length", [len(text) for text in batch.texts])

    files = [folder / name for name in INPUTS]
    job: dict[str, Any] = {"inputs": [sha256_of(io.BytesIO(file.read_bytes())) for file in files]}
    before, resume.PART_RECORDS = resume.PART_RECORDS, 1
    try:
        with (
            contextlib.redirect_stderr(io.StringIO()),
            corpus(files=list(map(str, files))) as records,
            results(str(folder / OUTPUT), like="jsonl", force=force, resume=job) as out,
        ):
            stream(records, out, measured)
    finally:
        resume.PART_RECORDS = before


def left(folder: Path) -> set[str]:
    """Names that a job left in its folder, but for temporary files of killed processes."""
    names = {path.name for path in folder.iterdir()} - set(INPUTS)
    return {name for name in names if not name.endswith(".tmp")}


def forked(job: Callable[[], None], kill_at: int | None = None) -> int:
    """How a child ends that does the job: 0, 1 for an error, or -9 if it was killed before that
    event of its files.
    """
    sys.stdout.flush()
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if kill_at is not None:
        seen = count(1)

        def kill(event: str, _: tuple[Any, ...]) -> None:
            if event in EVENTS and next(seen) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(kill)
    try:
        job()
    except (ValueError, OSError):
        os._exit(1)
    except BaseException as error:
        print(repr(error), flush=True)
        os._exit(2)
    os._exit(0)


def kill_everywhere(folder: Path, seed: int = 0) -> int:
    """Kill the job at each of its events and look at what comes then; how often it was killed."""
    draw = random.Random(seed)
    os.fsync = lambda _: None  # the processes are killed, not the machine
    kills = 0
    for moment in count(1):
        found = [goes_on(folder, moment, force, draw) for force in (False, True)]
        changes(folder, moment)
        kills += sum(found)
        if not any(found):
            return kills
    raise AssertionError


def goes_on(folder: Path, moment: int, force: bool, draw: random.Random) -> int:
    """The same command comes to the right end, however often it is killed: so often."""
    begin(folder, force)
    right, kills = expected(folder), 0
    code = forked(lambda: run(folder, force=force), moment)
    while code == -signal.SIGKILL:
        kills += 1
        assert written(folder) in (OLD if force else None, right), f"half, after event {moment}"
        code = forked(lambda: run(folder, force=force), draw.randrange(1, 100))
    # It may say that the output is there: where it has its place, and all else is gone.
    assert code == 0 or (code == 1 and kills and not force), f"{code} after event {moment}"
    assert (written(folder), left(folder)) == (right, {OUTPUT}), f"after event {moment}"
    return kills


def changes(folder: Path, moment: int) -> None:
    """With another input, --force gives what that must give, or is refused."""
    begin(folder, force=True)
    old = expected(folder)
    forked(lambda: run(folder, force=True), moment)
    for name in INPUTS:
        (folder / name).write_text((folder / name).read_text().replace("car", "bus"))
    code = forked(lambda: run(folder, force=True))
    if code == 0:
        assert written(folder) == expected(folder), f"wrong output after event {moment}"
    else:
        assert (code, written(folder)) in ((1, OLD), (1, old)), f"{code} after event {moment}"


def begin(folder: Path, force: bool) -> None:
    """The input alone, or also an output to replace."""
    shutil.rmtree(folder, ignore_errors=True)
    prepare(folder)
    if force:
        (folder / OUTPUT).write_bytes(OLD)


def written(folder: Path) -> bytes | None:
    """The output, if it is there."""
    path = folder / OUTPUT
    return path.read_bytes() if path.exists() else None


if __name__ == "__main__":
    print(kill_everywhere(Path(sys.argv[1]) / "job", *map(int, sys.argv[2:])))
