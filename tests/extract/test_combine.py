from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from wordllama.encode.surface import byte_characters, ids_by_surface, surfaces
from wordllama.extract import carry_over, concatenate, extract, read_codebook


@pytest.fixture(scope="module")
def llama(default_weights, tmp_path_factory) -> Path:
    return extract(default_weights, tmp_path_factory.mktemp("llama") / "book").folder


@pytest.fixture(scope="module")
def smol(smollm2, tmp_path_factory) -> Path:
    return extract(smollm2, tmp_path_factory.mktemp("smol") / "book").folder


def test_concatenation_puts_rows_side_by_side(llama, tmp_path):
    own = read_codebook(llama)
    book = concatenate([llama, llama], tmp_path / "both")
    assert np.array_equal(book.matrix, np.hstack([own.matrix, own.matrix]))
    assert [part["tensor"] for part in book.about["part"]] == ["embedding.weight"] * 2


def test_codebooks_of_different_tokenizers_are_not_concatenated(llama, smol, tmp_path):
    with pytest.raises(ValueError, match=r"different tokenizers.*carry one over first"):
        concatenate([llama, smol], tmp_path / "both")
    with pytest.raises(ValueError, match="two codebooks or more, got 1"):
        concatenate([llama], tmp_path / "both")


def test_carried_onto_its_own_vocabulary_a_codebook_stays(llama, tmp_path):
    own = read_codebook(llama)
    book = carry_over(llama, llama / "tokenizer.json", tmp_path / "same")
    same = (own.matrix == book.matrix).all(axis=1)
    assert same.mean() > 0.99
    assert book.about["zero_rows"] == (book.matrix == 0).all(axis=1).sum() == 131


def test_a_word_carried_over_keeps_its_meaning(smol, llama, tmp_path):
    book = carry_over(smol, llama / "tokenizer.json", tmp_path / "carried")
    theirs, ours = read_codebook(smol), Tokenizer.from_file(str(llama / "tokenizer.json"))
    tokens = Tokenizer.from_file(str(smol / "tokenizer.json"))
    for word in ("house", "ing", "Paris"):
        row = theirs.matrix[tokens.token_to_id("Ġ" + word if word != "ing" else word)]
        carried = book.matrix[ours.token_to_id("▁" + word if word != "ing" else word)]
        assert np.array_equal(carried, row)


def test_every_tokenizer_says_what_its_tokens_stand_for(llama2, smol, minilm):
    llama = surfaces(llama2)
    assert llama[Tokenizer.from_str(llama2).token_to_id("▁the")] == " the"
    assert llama[3 + 10] == "\n"
    assert 1 not in llama
    bert = surfaces(minilm.to_str())
    assert bert[minilm.token_to_id("the")] == " the"
    assert bert[minilm.token_to_id("##ing")] == "ing"


def test_the_inside_of_a_word_is_not_its_beginning(llama2, minilm, smol):
    for text in (llama2, minilm.to_str(), (smol / "tokenizer.json").read_text()):
        ids = ids_by_surface(text, [" king", "king", None, ""])
        assert len(ids[0]) == 1
        assert ids[0] != ids[1]
        assert ids[2] == ids[3] == []


def test_byte_characters_are_those_of_tokenizers():
    from tokenizers.pre_tokenizers import ByteLevel

    assert set(byte_characters()) == set(ByteLevel.alphabet())
    assert sorted(byte_characters().values()) == list(range(256))


def test_a_codebook_that_does_not_fit_its_tokenizer_is_refused(llama, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in llama.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    held = json.loads((copy / "tokenizer.json").read_text())
    held["added_tokens"].append(held["added_tokens"][0] | {"id": 32000, "content": "<new>"})
    (copy / "tokenizer.json").write_text(json.dumps(held))
    with pytest.raises(ValueError, match=r"32000 rows, but .*tokenizer\.json has 32001 tokens"):
        read_codebook(copy)
    (copy / "codebook.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"codebook\.safetensors: no such file"):
        read_codebook(copy)
