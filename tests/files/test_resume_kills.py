"""Killed at any moment, a job goes on to the right end; of a damaged folder nothing wrong comes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.files import resume

from . import resuming


def test_a_job_killed_at_each_of_its_moments_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, resuming.__file__, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout) > 100


class StoppedError(Exception):
    """The end of a job at a certain moment."""


def stopped(folder: Path, function: str, calls: int) -> dict[str, bytes]:
    """All files, by name, once a function of `resume` has been called so often in a job."""
    resuming.prepare(folder)
    whole = getattr(resume, function)
    left = iter(range(calls))

    def stop(*args: object) -> object:
        if next(left, None) is None:
            raise StoppedError
        return whole(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resume, function, stop)
        with pytest.raises(StoppedError):
            resuming.run(folder)
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """Folders as jobs leave them that are stopped after a part or more, before or after the output
    has its place, and while what they left is deleted.
    """
    root = tmp_path_factory.mktemp("stages")
    calls = [("_write", 2), ("_write", 3), ("_write", 4), ("_remove", 0), ("_delete", 0)]
    return [stopped(root / f"{n}", *call) for n, call in enumerate(calls)]


DAMAGE = st.tuples(
    st.sampled_from(["remove", "cut", "flip", "lengthen", "swap", "copy", "foreign"]),
    st.integers(0, 1 << 20),
    st.integers(0, 1 << 20),
)


def damage(
    files: dict[str, bytes], kind: str, one: int, two: int, foreign: dict[str, bytes]
) -> None:
    """Do something to one of the files that a job left."""
    names = [name for name in files if resuming.OUTPUT in name and name != resuming.OUTPUT]
    if not names:
        return
    name, other = names[one % len(names)], names[two % len(names)]
    data = files[name]
    at = two % max(1, len(data))
    if kind == "remove":
        del files[name]
    elif kind == "cut":
        files[name] = data[:at]
    elif kind == "flip":
        files[name] = data[:at] + bytes([data[at] ^ 1 << one % 8]) + data[at + 1 :] if data else b""
    elif kind == "lengthen":
        files[name] = data + b"0"
    elif kind == "swap":
        files[name], files[other] = files[other], data
    elif kind == "copy":
        files[f"{name.rpartition('/')[0]}/{two % 5:06d}.part"] = data
    elif name in foreign:
        files[name] = foreign[name]


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 4), st.lists(DAMAGE, min_size=1, max_size=3), st.booleans())
def test_of_a_damaged_folder_comes_the_right_output_or_an_error_that_says_what_to_do(
    tmp_path_factory: pytest.TempPathFactory,
    stages: list[dict[str, bytes]],
    foreign: dict[str, bytes],
    stage: int,
    damages: list[tuple[str, int, int]],
    force: bool,
) -> None:
    files = dict(stages[stage])
    for kind, one, two in damages:
        damage(files, kind, one, two, foreign)
    folder = tmp_path_factory.mktemp("damaged")
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    before = resuming.written(folder)
    try:
        resuming.run(folder, force=force)
    except ValueError as error:
        message = str(error)
        assert "delete that folder" in message or (before and "--force replaces it" in message)
        assert resuming.written(folder) == before
    else:
        assert resuming.written(folder) == resuming.expected(folder)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a job left that had another input."""
    with pytest.MonkeyPatch.context() as patch:
        plain = resuming.prepare
        patch.setattr(resuming, "prepare", lambda folder: plain(folder, "soup"))
        return stopped(tmp_path_factory.mktemp("foreign") / "job", "_write", 4)


@pytest.mark.parametrize("number", [0, 1])
def test_a_part_that_is_missing_in_the_middle_is_named(
    tmp_path: Path, stages: list[dict[str, bytes]], number: int
) -> None:
    for name, data in stages[2].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / f"{resuming.OUTPUT}.resume" / f"{number:06d}.part").unlink()
    with pytest.raises(ValueError, match=f"00000{number}.part is missing; delete that folder"):
        resuming.run(tmp_path, force=True)
    assert resuming.left(tmp_path) == {f"{resuming.OUTPUT}.resume"}
