"""Peers to measure against, each set in a virtual environment of its own, installed once."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

HOME = Path.home() / ".cache" / "wordllama-benchmarks"


def python(*requirements: str) -> Path:
    """The interpreter of an environment that has `requirements` (made with pip if need be)."""
    key = hashlib.sha256("\n".join(sorted(requirements)).encode()).hexdigest()[:12]
    folder = HOME / key
    interpreter = folder / "bin" / "python"
    done = folder / "requirements.txt"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([interpreter, "-m", "pip", "install", "-q", *requirements], check=True)
        done.write_text("\n".join(requirements))
    return interpreter


PUBLISHED = ("wordllama==0.4.0.post1", "model2vec==0.10.0", "numpy<2.5")


def published() -> tuple[Path, dict[str, str]]:
    """The interpreter of the published package and the environment in which it loads offline.

    Its wheel holds the tokenizer's file, but it looks for it elsewhere; so it gets a home whose
    cache has the file where it looks.
    """
    interpreter = python(*PUBLISHED)
    home = HOME / "home"
    cache = home / ".cache" / "wordllama" / "tokenizers"
    if not cache.exists():
        (installed,) = interpreter.parent.parent.glob("lib/*/site-packages/wordllama/tokenizers")
        cache.mkdir(parents=True)
        for file in installed.glob("*.json"):
            (cache / file.name).write_bytes(file.read_bytes())
    return interpreter, os.environ | {"HOME": str(home)}
