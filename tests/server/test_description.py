"""Requests made at random from the OpenAPI description: all are answered as it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .conftest import Server

# What JSON Schema can't say is refused with 413 (the size in all) 422 (k > number of texts)
# or 404 (an id that is not there).
CONFIG = """[checks.negative_data_rejection]
expected-statuses = ["400", "401", "404", "405", "413", "422"]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "404", "413", "422"]
"""


def test_every_endpoint_answers_as_described(server: Server, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", "--no-color"]
    command += ["--phases", "examples,coverage,fuzzing", "--mode", "all", "--checks", "all"]
    command += ["--max-examples", "25", "--seed", "1", "--generation-deterministic"]
    command += ["--suppress-health-check", "all", f"{server.url}/openapi.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "No issues found" in done.stdout, done.stdout
