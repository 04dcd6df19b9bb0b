"""What is said of libraries that are missing or untested."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wordllama.integrations import libraries


@pytest.mark.parametrize(
    ("module", "top", "extra"),
    [
        ("sklearn", "sklearn", "sklearn"),
        ("pandas", "pandas", "pandas"),
        ("polars", "polars", "polars"),
        ("duckdb", "duckdb", "duckdb"),
        ("bertopic", "bertopic", "bertopic"),
        ("chonkie", "chonkie", "chonkie"),
        ("haystack", "haystack", "haystack"),
        ("langchain", "langchain_core", "langchain"),
        ("llama_index", "llama_index", "llama-index"),
        ("spacy", "spacy", "spacy"),
    ],
)
def test_a_missing_library_is_named_with_its_extra(module: str, top: str, extra: str) -> None:
    code = f"import sys; sys.modules[{top!r}] = None; import wordllama.integrations.{module}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].endswith(f"run: pip install 'wordllama[{extra}]'")


def test_a_missing_library_is_named_when_it_is_first_used() -> None:
    code = """
import sys
sys.modules["sentence_transformers"] = None
from wordllama.integrations.sentence_transformers import sentence_transformer
sentence_transformer()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    wanted = "run: pip install 'wordllama[sentence-transformers]'"
    assert done.stderr.splitlines()[-1].endswith(wanted)


def test_an_untested_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(libraries.TESTED, "numpy", "1.26")
    with pytest.warns(UserWarning, match=r"numpy 2\..* is not tested .*; 1.26 is"):
        libraries.library("numpy", "numpy", extra="sklearn")


def test_what_is_imported_for_one_library_brings_no_other() -> None:
    code = """
import sys
import wordllama.integrations.pandas
others = {"sklearn", "polars", "duckdb", "torch", "spacy"} & set(sys.modules)
print(others)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
