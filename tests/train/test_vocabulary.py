"""A vocabulary of whole words: a model carried over onto it says what it said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from wordllama import WordLlama, vectors
from wordllama.extract import read_codebook
from wordllama.modelfiles.folder import write_model
from wordllama.train.source import open_source
from wordllama.train.vocabulary import inner_pieces, new_vocabulary, read_counts, wordpiece

WORDS = "electroencephalography measures the neurophysiological activity of hippocampal neurons"


def carried(tmp_path: Path, counts: str, size: int = 1500) -> WordLlama:
    (tmp_path / "counts.tsv").write_text(counts, encoding="utf-8")
    new_vocabulary("l2_supercat", tmp_path / "counts.tsv", tmp_path / "words", size=size)
    source = open_source(tmp_path / "words")
    np.testing.assert_array_equal(source.dense(), read_codebook(tmp_path / "words").matrix)
    folder = tmp_path / "model"
    write_model(folder, source.rows, source.tokenizer_json, {})
    return WordLlama.load(folder)


def test_texts_of_known_words_point_where_they_pointed(wl: WordLlama, tmp_path: Path) -> None:
    own = carried(tmp_path, "".join(f"{word}\t1\n" for word in WORDS.split()))
    assert own.tokenizer.encode(WORDS).tokens == WORDS.split()
    assert len(wl.tokenizer.encode(WORDS, add_special_tokens=False)) > len(WORDS.split())
    cosine = vectors.cosine(own.embed([WORDS]), wl.embed([WORDS]))
    assert cosine[0, 0] == pytest.approx(1, abs=1e-5)


def test_a_word_stands_between_its_forms_by_their_counts(wl: WordLlama, tmp_path: Path) -> None:
    own = carried(tmp_path, "paris\t1\nParis\t3\n")
    pieces = [len(wl.tokenizer.encode(w, add_special_tokens=False).ids) for w in ("paris", "Paris")]
    forms = wl.embed(["paris", "Paris"]) * np.array(pieces)[:, None]
    expected = (forms[0] + 3 * forms[1]) / 4
    np.testing.assert_allclose(own.embed(["PARIS"])[0], expected, atol=1e-4)


def test_what_has_no_row_is_spelt(tmp_path: Path) -> None:
    own = carried(tmp_path, "the\t1\n")
    tokens = own.tokenizer.encode("The cat, 9 naïve").tokens
    assert tokens == ["the", "c", "##a", "##t", ",", "9", "n", "##a", "##i", "##v", "##e"]
    assert np.linalg.norm(own.embed(["cat"])) > 0


def test_the_most_frequent_words_are_kept_all_forms_together() -> None:
    held = json.loads(wordpiece({"b": 9.0, "Ab": 2, "ab": 2, "ba": 3, "c!": 8}, 6, "ab"))
    assert list(held["model"]["vocab"]) == ["[UNK]", "a", "b", "##a", "##b", "ab"]


def test_pieces_come_from_a_wordpiece_only(tmp_path: Path) -> None:
    held = wordpiece({"ab": 1}, 8, "ab", ["ba", "ab"])
    assert inner_pieces(held) == ["ba", "ab"]
    assert Tokenizer.from_str(held).encode("aba").tokens == ["ab", "##a"]
    bpe = '{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}'
    with pytest.raises(ValueError, match="no WordPiece"):
        inner_pieces(bpe)


@pytest.mark.parametrize("line", ["word", "word\tmany", "word\t-1", "word\tnan"])
def test_a_damaged_table_of_counts_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "counts.tsv").write_text(f"the\t5\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"counts\.tsv: line 2"):
        read_counts(tmp_path / "counts.tsv")
