"""scikit-build-core, which does not compile again what it has compiled from the same files.

`pip install '.[server]'` after `pip install .` changes nothing of the package, yet pip builds it
anew. The wheels lie in `build/wheels/`, in a folder for each state of the sources.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import scikit_build_core.build as backend
from scikit_build_core.build import (
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]

COMPILED = {".cpp", ".hpp", ".flags"}
OUR_FILES = ("pyproject.toml", "CMakeLists.txt", "README.md", "LICENSE")
VARIABLES = ("CMAKE", "CXX", "CPPFLAGS", "CFLAGS", "LDFLAGS", "SKBUILD", "MACOSX", "ARCHFLAGS")
KEPT = 4
"""States of which the wheels are kept, the newest."""


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """The name of the wheel, which is in the directory then."""
    return _reused(
        backend.build_wheel, _state(False, config_settings), wheel_directory,
        config_settings, metadata_directory,
    )  # fmt: skip


def build_editable(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """The same, of a wheel that leads to the files here."""
    return _reused(
        backend.build_editable, _state(True, config_settings), wheel_directory,
        config_settings, metadata_directory,
    )  # fmt: skip


def _reused(build: Callable[..., str], state: str, wheel_directory: str, *rest: Any) -> str:
    kept = Path("build", "wheels", state)
    for wheel in kept.glob("*.whl"):
        os.utime(kept)
        shutil.copy(wheel, wheel_directory)
        return wheel.name
    name = build(wheel_directory, *rest)
    if name.endswith("-none-any.whl"):  # made without a compiler, which may come
        return name
    unfinished = kept.with_name(f"{state}.{os.getpid()}")
    unfinished.mkdir(parents=True)
    shutil.copy(Path(wheel_directory, name), unfinished)
    try:
        unfinished.rename(kept)
    except OSError:  # another build was faster
        shutil.rmtree(unfinished)
    states = sorted(kept.parent.iterdir(), key=lambda folder: folder.stat().st_mtime)
    for old in states[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return name


def _state(editable: bool, config_settings: dict[str, Any] | None) -> str:
    """A digest of all that a wheel depends on."""
    digest = hashlib.sha256()
    environment = {name: value for name, value in os.environ.items() if name.startswith(VARIABLES)}
    interpreter = sys.version, sysconfig.get_platform(), sysconfig.get_config_var("SOABI")
    here = str(Path.cwd()) if editable else ""
    settings = sorted((config_settings or {}).items()), sorted(environment.items())
    digest.update(repr((interpreter, here, settings)).encode())
    files = [Path(name) for name in OUR_FILES]
    files += sorted(path for path in Path("src").rglob("*") if path.is_file())
    for path in files:
        if "__pycache__" in path.parts or path.suffix in (".pyc", ".so", ".pyd"):
            continue
        digest.update(f"{path.as_posix()}\0".encode())
        if not editable or path.suffix in COMPILED or path.name in OUR_FILES:
            content = path.read_bytes()
            digest.update(f"{len(content)}\0".encode() + content)
    return digest.hexdigest()[:32]
