from __future__ import annotations

import json

import numpy as np
import pytest
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from wordllama.encode.encoder import Encoder
from wordllama.extract import gguf
from wordllama.extract.gguf_tokenizer import PRETOKENIZERS, tokenizer_json
from wordllama.extract.parts import joined
from wordllama.kernel import Rows


@pytest.fixture(scope="module")
def metadata(smollm2) -> dict:
    return gguf.read_header(joined([smollm2])).metadata


@pytest.fixture(scope="module")
def by_transformers(smollm2, tmp_path_factory):
    """SmolLM2's tokenizer as transformers reads it (which wants the file at its full length)."""
    whole = tmp_path_factory.mktemp("whole") / "whole.gguf"
    with whole.open("wb") as file:
        file.write(smollm2.read_bytes())
        file.truncate(98_362_432)
    return AutoTokenizer.from_pretrained(whole.parent, gguf_file=whole.name)


def test_ids_are_those_of_transformers(metadata, by_transformers, english, scripts):
    """transformers 5 leaves out that SmolLM2 cuts at every digit, so it is left out here too."""
    ours = Tokenizer.from_str(tokenizer_json(metadata | {"tokenizer.ggml.pre": "gpt-2"}, "smollm2"))
    for text in [*english[:1500], *scripts]:
        theirs = by_transformers(text, add_special_tokens=False)["input_ids"]
        assert ours.encode(text, add_special_tokens=False).ids == theirs, text


def test_smollm2_cuts_at_every_digit(metadata):
    ours = Tokenizer.from_str(tokenizer_json(metadata, "smollm2"))
    assert ours.encode("in   1984").tokens == ["in", "ĠĠĠ", "1", "9", "8", "4"]


@pytest.mark.parametrize("pre", {rules: pre for pre, rules in PRETOKENIZERS.items()}.values())
def test_texts_may_be_cut_for_every_rule(metadata, pre, english, scripts):
    raw = tokenizer_json(metadata | {"tokenizer.ggml.pre": pre}, "smollm2")
    encoder = Encoder(Rows(np.zeros((49152, 2), np.float32)), raw)
    assert encoder.cuts.kind == "spaces"
    texts = [*english[:400], *scripts]
    ids, offsets = encoder.token_ids(texts)
    for i, text in enumerate(texts):
        want = encoder.tokenizer.encode(text, add_special_tokens=False).ids
        assert ids[offsets[i] : offsets[i + 1]].tolist() == want, text


def test_a_sentencepiece_tokenizer_comes_back_from_tokens_and_scores(llama2, english, scripts):
    """Llama 2's scores fall with the id; runs of spaces, added by hand, are joined last."""
    published = Tokenizer.from_str(llama2)
    tokens = [published.id_to_token(i) for i in range(published.get_vocab_size())]
    scores = np.zeros(len(tokens), np.float32)
    scores[259:] = -np.arange(len(tokens) - 259)
    scores[[set(token) == {"▁"} and len(token) > 1 for token in tokens]] = -1e9
    kinds = [2, 3, 3, *[6] * 256, *[1] * (len(tokens) - 259)]
    described = {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": scores,
        "tokenizer.ggml.token_type": kinds,
    }
    ours = Tokenizer.from_str(tokenizer_json(described, "llama"))
    for text in [*english[:1500], *scripts]:
        theirs = published.encode(text, add_special_tokens=False)
        assert ours.encode(text, add_special_tokens=False).ids == theirs.ids, text
        assert ours.decode(theirs.ids) == published.decode(theirs.ids)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokenizer.ggml.model": "t5"}, "tokenizer.ggml.model is 't5'"),
        ({"tokenizer.ggml.pre": "new"}, "tokenizer.ggml.pre is 'new'; known are gpt-2"),
        ({"tokenizer.ggml.merges": None}, "tokenizer.ggml.merges is missing"),
        ({"tokenizer.ggml.tokens": None}, "tokenizer.ggml.tokens is missing"),
        (
            {"tokenizer.ggml.token_type": [1]},
            "tokenizer.ggml.token_type is missing or not",
        ),
        ({"tokenizer.ggml.model": "llama"}, "tokenizer.ggml.scores is missing"),
    ],
)
def test_what_cannot_be_read_is_named(metadata, change, message):
    with pytest.raises(ValueError, match=f"model.gguf: {message}"):
        tokenizer_json(metadata | change, "model.gguf")


def test_control_tokens_are_special_and_others_are_not(metadata):
    added = json.loads(tokenizer_json(metadata, "smollm2"))["added_tokens"]
    assert {token["content"]: token["special"] for token in added}["<|im_start|>"] is True
