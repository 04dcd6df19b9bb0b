"""Files and folders appear whole or not at all."""

import os
import subprocess
import sys

import pytest

from wordllama.atomic import atomic_folder, atomic_write


def interrupted(write, what):
    write(what)
    raise KeyboardInterrupt


def test_a_file_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "a"
    with atomic_write(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a"]


def test_an_interrupt_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), atomic_write(path) as file:
        interrupted(file.write, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_a_new_file_gets_the_permissions_that_any_other_gets(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    with atomic_write(tmp_path / "atomic"):
        pass
    modes = {(tmp_path / name).stat().st_mode for name in ("plain", "atomic")}
    assert len(modes) == 1


def test_a_folder_appears_when_the_block_ends(tmp_path):
    with atomic_folder(tmp_path / "deep" / "model") as new:
        (new / "a").write_text("1")
        assert not (tmp_path / "deep" / "model").exists()
    assert (tmp_path / "deep" / "model" / "a").read_text() == "1"
    assert os.listdir(tmp_path / "deep") == ["model"]


def test_other_files_of_an_existing_folder_stay(tmp_path):
    (tmp_path / "notes").write_text("mine")
    (tmp_path / "a").write_text("old")
    with atomic_folder(tmp_path) as new:
        (new / "a").write_text("new")
    assert (tmp_path / "notes").read_text() == "mine"
    assert (tmp_path / "a").read_text() == "new"


def test_an_interrupt_leaves_the_old_folder(tmp_path):
    model = tmp_path / "model"
    model.mkdir()
    (model / "a").write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_folder(model) as new:
        interrupted((new / "a").write_text, "new")
    assert (model / "a").read_text() == "old"
    assert os.listdir(tmp_path) == ["model"]


def test_a_killed_process_leaves_the_old_folder(tmp_path):
    (tmp_path / "a").write_text("old")
    code = """
import os, signal, sys
from wordllama.atomic import atomic_folder
with atomic_folder(sys.argv[1]) as new:
    (new / "a").write_text("new")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", code, tmp_path])
    assert killed.returncode == -9
    assert (tmp_path / "a").read_text() == "old"


def test_all_files_change_at_once(tmp_path):
    (tmp_path / "m").mkdir()
    for name in "abc":
        (tmp_path / "m" / name).write_text("old")
    held = os.open(tmp_path / "m", os.O_RDONLY)
    with atomic_folder(tmp_path / "m") as new:
        for name in "abc":
            (new / name).write_text("new")
    assert [(tmp_path / "m" / name).read_text() for name in "abc"] == ["new"] * 3
    assert os.listdir(tmp_path) == ["m"]
    assert os.listdir(held) == []  # another folder: it was exchanged as a whole
    os.close(held)


def test_folders_in_the_folder_stay(tmp_path):
    (tmp_path / "m" / "inner").mkdir(parents=True)
    (tmp_path / "m" / "inner" / "notes").write_text("mine")
    (tmp_path / "m" / "link").symlink_to("inner")
    with atomic_folder(tmp_path / "m") as new:
        (new / "a").write_text("new")
    assert (tmp_path / "m" / "link" / "notes").read_text() == "mine"
    assert (tmp_path / "m" / "a").read_text() == "new"
    assert os.listdir(tmp_path) == ["m"]


def test_a_linked_folder_stays_linked(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "link").symlink_to("m")
    with atomic_folder(tmp_path / "link") as new:
        (new / "a").write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "m" / "a").read_text() == "new"


def test_the_current_folder_stays_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with atomic_folder(".") as new:
        (new / "a").write_text("new")
    assert os.listdir() == ["a"]


def test_permissions_of_the_folder_stay(tmp_path):
    (tmp_path / "m").mkdir(mode=0o710)
    before = (tmp_path / "m").stat().st_mode
    with atomic_folder(tmp_path / "m") as new:
        (new / "a").write_text("new")
    assert (tmp_path / "m").stat().st_mode == before


def test_a_folder_never_takes_the_place_of_a_file(tmp_path):
    (tmp_path / "a").write_text("mine")
    with pytest.raises(ValueError, match="is a file"), atomic_folder(tmp_path / "a"):
        pass
    assert (tmp_path / "a").read_text() == "mine"


def test_an_error_names_the_path_that_was_asked_for(tmp_path):
    file = tmp_path / "none" / "file"
    with pytest.raises(FileNotFoundError, match=f"'{file}'"), atomic_write(file):
        pass
    with pytest.raises(OSError, match="'/proc/folder'"), atomic_folder("/proc/folder"):
        pass


def test_no_error_names_what_stands_in_for_the_path(tmp_path):
    with pytest.raises(OSError, match=f"'{tmp_path}'$"), atomic_write(tmp_path):
        pass  # a folder is in its place
    with (
        pytest.raises(OSError, match=f"'{tmp_path}/new/a/b'$"),
        atomic_folder(tmp_path / "new") as new,
    ):
        (new / "a" / "b").write_text("there is no a")
    assert os.listdir(tmp_path) == []


def test_what_is_ready_is_whole_and_has_no_name_yet(tmp_path):
    path, seen = tmp_path / "a", []

    def ready(temporary):
        seen.append((temporary.read_bytes(), path.exists()))

    with atomic_write(path, ready) as file:
        file.write(b"new")
    assert seen == [(b"new", False)]
