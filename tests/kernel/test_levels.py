"""The compiled kernel at every instruction set that this processor has, and its choice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wordllama import kernel

HERE = Path(__file__).parent
LEVELS = getattr(kernel.chosen, "simd_levels", [])


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("WORDLLAMA_")}
    return subprocess.run(
        [sys.executable, *arguments], env=clean | environment, capture_output=True, text=True
    )


def says(code: str, **environment: str) -> str:
    done = run("-c", f"from wordllama import kernel; {code}", **environment)
    return (done.stdout + done.stderr).strip()


@pytest.mark.parametrize("level", LEVELS)
def test_the_arithmetic_is_right_at_every_level(level):
    packing = f"{HERE}/test_word_table.py::test_packed_vectors_are_the_signs_of_the_dense"
    tests = [HERE / "test_pool.py", HERE / "test_vectors.py", packing]
    done = run("-m", "pytest", "-q", "-k", "native", *tests, WORDLLAMA_SIMD=level)
    assert done.returncode == 0, done.stdout
    assert says("print(kernel.simd)", WORDLLAMA_SIMD=level) == level


def test_the_best_level_is_taken_unless_another_is_named():
    assert [says("print(kernel.simd)")] == (LEVELS[:1] or [""])
    if LEVELS:
        assert "WORDLLAMA_SIMD must be one of" in says("pass", WORDLLAMA_SIMD="mmx")


def test_the_environment_chooses_the_kernel():
    assert says("print(kernel.name)") == kernel.name
    assert says("print(kernel.name)", WORDLLAMA_KERNEL="reference") == "reference"
    assert "must be reference or native, not 'fast'" in says("pass", WORDLLAMA_KERNEL="fast")


def test_without_the_compiled_kernel_the_twin_is_taken_and_asking_for_it_is_an_error():
    hide = "import sys; sys.modules['wordllama.kernel.native'] = None; "
    show = "from wordllama import kernel; print(kernel.name, kernel.why_not_native)"
    assert run("-c", hide + show).stdout.startswith("reference no compiled kernel:")
    assert "has no compiled kernel" in run("-c", hide + show, WORDLLAMA_KERNEL="native").stderr
