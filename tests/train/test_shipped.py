"""The model that comes with the package."""

from pathlib import Path

import numpy as np

from wordllama import WordLlama, registry


def test_l2_gloss_loads_without_network_and_is_small(wl: WordLlama, tmp_path: Path) -> None:
    gloss = WordLlama.load("l2_gloss", cache_dir=tmp_path, disable_download=True)
    folder = registry.shipped("l2_gloss")
    assert folder is not None
    assert sum(file.stat().st_size for file in folder.iterdir()) < 10_000_000
    assert gloss.dim == 256
    assert gloss.encoder.rows.matrix.dtype == np.int8
    assert gloss.tokenizer.to_str() == wl.tokenizer.to_str()


def test_l2_gloss_sees_through_capitals(wl: WordLlama) -> None:
    gloss = WordLlama.load("l2_gloss")
    shouted, said = "Stock Markets Fall Across Europe", "stock markets fall across europe"
    assert gloss.similarity(shouted, said) > wl.similarity(shouted, said)
