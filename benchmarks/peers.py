"""Peers to measure against, each set in a virtual environment of its own, installed once."""

from __future__ import annotations

import hashlib
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
