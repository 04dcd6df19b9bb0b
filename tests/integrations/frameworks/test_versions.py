"""An untested version of a framework gets a warning that names it and the tested one."""

from __future__ import annotations

import runpy
from importlib import import_module

import pytest

from wordllama.integrations import libraries


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("bertopic", "bertopic"),
        ("chonkie", "chonkie"),
        ("chroma", "chromadb"),
        ("haystack", "haystack-ai"),
        ("haystack_store", "haystack-ai"),
        ("lancedb", "lancedb"),
        ("langchain", "langchain-core"),
        ("langchain_store", "langchain-core"),
        ("llama_index", "llama-index-core"),
        ("llama_index_store", "llama-index-core"),
        ("spacy", "spacy"),
    ],
)
def test_each_integration_names_an_untested_version(
    monkeypatch: pytest.MonkeyPatch, module: str, distribution: str
) -> None:
    path = import_module(f"wordllama.integrations.{module}").__file__
    monkeypatch.setitem(libraries.TESTED, distribution, "0.1")
    with pytest.warns(UserWarning, match=rf"{distribution} .* is not tested .*; 0.1 is"):
        runpy.run_path(path)
