"""The model as sentence-transformers has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from wordllama import WordLlama
from wordllama.integrations.sentence_transformers import sentence_transformer

TEXTS = ["a red car", "heavy rain", "snow ☃ and wind\nand more", "  two  spaces"]


@pytest.mark.parametrize("normalize", [False, True])
def test_it_gives_the_models_vectors(wl: WordLlama, normalize: bool) -> None:
    model = sentence_transformer(normalize=normalize)
    np.testing.assert_allclose(model.encode(TEXTS), wl.embed(TEXTS, norm=normalize), atol=1e-5)


def test_it_is_saved_and_loaded_there(wl: WordLlama, tmp_path: Path) -> None:
    sentence_transformer(wl, normalize=True).save(str(tmp_path / "model"))
    loaded = SentenceTransformer(str(tmp_path / "model"), device="cpu")
    np.testing.assert_allclose(loaded.encode(TEXTS), wl.embed(TEXTS, norm=True), atol=1e-5)
    scores = loaded.similarity(loaded.encode(["a car"]), loaded.encode(TEXTS))
    wanted = [[score for _, score in wl.rank("a car", TEXTS, sort=False)]]
    np.testing.assert_allclose(scores, wanted, atol=1e-5)
