"""The cache: where files lie, here and in other programs' caches, and whether they lie there whole.

`~/.cache/wordllama` holds `weights/` and `tokenizers/` as the published package keeps them, and
`models/owner--name/` for repositories.
"""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from wordllama.modelfiles import jsonfile, tensors
from wordllama.modelfiles.tensors import sha256_of

LARGEST_WEIGHTS = 4 << 30
"""Bytes taken for weights whose size is not known; the largest static models have a quarter."""


@dataclass(frozen=True)
class File:
    """A file wanted at `path` in the cache: (repository, name) pairs of where else it is."""

    path: Path
    remote: tuple[tuple[str, str], ...]
    sha256: str | None = None
    also: tuple[Path, ...] = ()
    """Where other programs may have put it."""
    optional: bool = False
    size: int | None = None
    """Its bytes, where known."""

    @property
    def largest(self) -> int:
        """The most bytes that are taken for it."""
        if self.size is not None:
            return self.size
        return LARGEST_WEIGHTS if self.path.suffix == ".safetensors" else jsonfile.LARGEST


def home(cache_dir: str | Path | None = None) -> Path:
    """The cache folder: the argument, or `~/.cache/wordllama`, where the published package's is."""
    if cache_dir is not None:
        return Path(cache_dir).expanduser().absolute()
    try:
        return Path.home() / ".cache" / "wordllama"
    except RuntimeError as error:
        raise ValueError("cache_dir is None, and this user has no home folder; give one") from error


def find(file: File, tried: list[str]) -> Path | None:
    """Where the file lies whole, if anywhere; what is wrong with each place goes to `tried`."""
    for path in (file.path, *file.also):
        try:
            problem = flaw(path, file.sha256)
        except OSError as error:
            tried.append(f"{path}: {error.strerror}")
            continue
        if problem is None:
            return path
        tried.append(f"{path}: {problem}")
    return None


def flaw(path: Path, sha256: str | None) -> str | None:
    """What is wrong with a file: with its checksum where one is known, else with its header."""
    if not path.is_file():
        return "not there"
    if sha256 is not None:
        with path.open("rb") as file:
            found = sha256_of(file)
        return None if found == sha256 else f"damaged: has SHA-256 {found}, expected {sha256}"
    if path.suffix == ".safetensors":
        try:
            tensors.read_header(path)
        except ValueError as error:
            return "damaged: " + str(error).removeprefix(f"{path}: ")
    return None


def hugging_face_folder(repo_id: str) -> Path | None:
    """The newest copy of a repository in Hugging Face's own cache."""
    theirs = os.environ.get("HF_HOME") or "~/.cache/huggingface"
    hub = Path(os.path.expanduser(os.environ.get("HF_HUB_CACHE") or f"{theirs}/hub"))
    repo = hub / f"models--{repo_id.replace('/', '--')}"
    try:
        revision = (repo / "refs" / "main").read_text().strip()
        folder = repo / "snapshots" / revision
        return folder if revision.isalnum() and folder.is_dir() else None
    except (OSError, ValueError):
        return None


def lock(file: BinaryIO) -> None:
    """Wait for the lock on an open file; the system lets go when the file or the process ends."""
    if sys.platform == "win32":
        import msvcrt

        while True:
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                break
            except OSError as error:  # ten tries in ten seconds were in vain
                if error.errno != errno.EDEADLK:
                    raise
    else:
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            # Some network file systems know no locks; the work is done twice, and no worse.
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise
