"""Where no compiler works, pip installs the package all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
USE = """
import sys
sys.meta_path = [f for f in sys.meta_path if not type(f).__module__.startswith("_")]
sys.path.insert(0, sys.argv[1])
import wordllama
from wordllama import kernel
print(wordllama.__file__.startswith(sys.argv[1]), kernel.name, kernel.why_not_native)
"""


def test_without_a_compiler_the_wheel_is_pure_and_runs_on_the_twin(tmp_path):
    target, nothing = tmp_path / "target", tmp_path / "nothing"
    nothing.mkdir()
    environment = os.environ | {"PATH": str(nothing), "CXX": "no-such-compiler"}
    install = ["-m", "pip", "install", "-q", "--no-deps", "--target", str(target), str(ROOT)]
    done = subprocess.run(
        [sys.executable, *install], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert not list(target.rglob("native*.so"))
    (wheel,) = target.glob("wordllama-*.dist-info/WHEEL")
    assert "Root-Is-Purelib: true" in wheel.read_text()
    clean = {k: v for k, v in os.environ.items() if not k.startswith("WORDLLAMA_")}
    used = subprocess.run(
        [sys.executable, "-c", USE, str(target)], env=clean, capture_output=True, text=True
    )
    assert used.stdout.startswith("True reference no compiled kernel"), used.stdout + used.stderr
