"""The model that comes with the package."""

from pathlib import Path

import numpy as np

from wordllama import WordLlama
from wordllama.hub import registry


def test_l2_words_loads_without_network_and_is_small(tmp_path: Path) -> None:
    words = WordLlama.load("l2_words", cache_dir=tmp_path, disable_download=True)
    folder = registry.shipped("l2_words")
    assert folder is not None
    assert sum(file.stat().st_size for file in folder.iterdir()) < 10_000_000
    assert words.dim == 256
    assert words.encoder.rows.matrix.dtype == np.int8
    assert words.tokenizer.get_vocab_size() == len(words.encoder.rows.matrix)


def test_l2_words_reads_whole_words_whatever_their_case() -> None:
    words = WordLlama.load("l2_words")
    shouted, said = "Stock Markets Fall Across Europe", "stock markets fall across europe"
    assert words.similarity(shouted, said) > 0.999
    assert words.tokenizer.encode("neurophysiological hypertension").tokens[-1] == "hypertension"


def test_l2_words_puts_a_word_beside_its_explanation() -> None:
    words = WordLlama.load("l2_words")
    meant, others = "high blood pressure", ["a low price", "a fast car", "a red house"]
    assert words.rank("hypertension", [*others, meant])[0][0] == meant
