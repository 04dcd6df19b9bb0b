"""What is said of libraries that are missing or untested."""

from __future__ import annotations

import runpy
import subprocess
import sys
from importlib import import_module

import pytest

from wordllama.extras import install_line
from wordllama.integrations import libraries
from wordllama.integrations.sentence_transformers import sentence_transformer


@pytest.mark.parametrize(
    ("module", "top", "extra"),
    [
        ("sklearn", "sklearn", "sklearn"),
        ("pandas", "pandas", "pandas"),
        ("polars", "polars", "polars"),
        ("duckdb", "duckdb", "duckdb"),
        ("mteb", "mteb", "mteb"),
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
    assert done.stderr.splitlines()[-1].endswith(f"run: {install_line(extra)}")


def test_a_missing_library_is_named_when_it_is_first_used() -> None:
    code = """
import sys
sys.modules["sentence_transformers"] = None
from wordllama.integrations.sentence_transformers import sentence_transformer
sentence_transformer()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    wanted = f"run: {install_line('sentence-transformers')}"
    assert done.stderr.splitlines()[-1].endswith(wanted)


def test_an_untested_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(libraries.TESTED, "numpy", "1.26")
    with pytest.warns(UserWarning, match=r"numpy 2\..* is not tested .*; 1.26 is"):
        libraries.library("numpy", "numpy", extra="sklearn")


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("sklearn", "scikit-learn"),
        ("pandas", "pandas"),
        ("polars", "polars"),
        ("duckdb", "duckdb"),
        ("mteb", "mteb"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # pandas and Polars tell of what is registered twice
def test_each_integration_names_an_untested_version(
    monkeypatch: pytest.MonkeyPatch, module: str, distribution: str
) -> None:
    path = import_module(f"wordllama.integrations.{module}").__file__
    monkeypatch.setitem(libraries.TESTED, distribution, "0.1")
    with pytest.warns(UserWarning, match=rf"{distribution} .* is not tested .*; 0.1 is"):
        runpy.run_path(path)


def test_sentence_transformers_untested_version_is_named_when_it_is_first_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(libraries.TESTED, "sentence-transformers", "0.1")
    with pytest.warns(UserWarning, match=r"sentence-transformers .* is not tested .*; 0.1 is"):
        sentence_transformer()


def test_what_is_imported_for_one_library_brings_no_other() -> None:
    code = """
import sys
import wordllama.integrations.pandas
others = {"sklearn", "polars", "duckdb", "torch", "spacy"} & set(sys.modules)
print(others)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
