"""Plain ASCII that the kernel tokenizes by WordPiece has the ids that `tokenizers` gives it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.test_bpe import Counted, ids_of

from wordllama import WordLlama
from wordllama.encode.cuts import prove_cuts, tokenizer_rule
from wordllama.encode.encoder import Encoder
from wordllama.kernel import Rows, WordPiece, reference

PLAIN = "aAbBcz09 \t\r\n.,#'~_[]"
OTHER = "éß日😀\x00\x0b\x0c\x1f\x7f\x85\xa0"


def spec_of(tokens: list[str], lowercase: bool = True, **model: Any) -> dict[str, Any]:
    plain = {
        "type": "WordPiece",
        "vocab": {token: i for i, token in enumerate(tokens)},
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
    }
    normalizer = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True}
    return {
        "model": plain | model,
        "normalizer": normalizer | {"strip_accents": None, "lowercase": lowercase},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "added_tokens": [],
    }


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """A tokenizer's file with words and parts of words, in any order."""
    parts = draw(st.lists(st.text("aAbBcz09é", min_size=1, max_size=3), min_size=4))
    tokens = {"[UNK]", ".", "#", *(draw(st.sampled_from(["", "##"])) + part for part in parts)}
    longest = draw(st.sampled_from([0, 1, 5, 100]))
    names = draw(st.permutations(sorted(tokens)))
    return spec_of(names, draw(st.booleans()), max_input_chars_per_word=longest)


@settings(deadline=None, max_examples=300)
@given(spec=specs(), texts=st.lists(st.text(PLAIN + OTHER), max_size=12))
def test_ids_are_those_of_tokenizers(kernel, spec, texts):
    cuts = prove_cuts(spec)
    rule = tokenizer_rule(spec, cuts, len(spec["model"]["vocab"]))
    tokenize = Counted(spec)
    table = kernel.WordTable(cuts, tokenize, rule=rule)
    want = [tokenize.tokenizer.encode(t, add_special_tokens=False).ids for t in texts]
    for _ in range(2):
        assert ids_of(table, texts) == want
    if not set("".join(texts)) & set(OTHER):
        assert tokenize.calls == 0 or kernel is reference


@pytest.mark.parametrize("skip_unknown", [False, True])
def test_real_text_has_the_ids_of_real_tokenizers(minilm, english, scripts, skip_unknown):
    shipped = WordLlama.load("l2_words", disable_download=True).encoder
    texts = [*english[::5], *scripts, "a" * 101, "Ωmega über-naïve", "$5.00 (U.S.)", "½ x²\u2028y"]
    for raw in (minilm.to_str(), shipped.tokenizer_json):
        encoder = Encoder(shipped.rows, raw, skip_unknown=skip_unknown)
        tokenizer = encoder.tokenizer
        left_out = tokenizer.token_to_id("[UNK]") if skip_unknown else None
        ids, offsets = encoder.token_ids(texts)
        for i, encoding in enumerate(tokenizer.encode_batch_fast(texts, add_special_tokens=False)):
            want = [id_ for id_ in encoding.ids if id_ != left_out]
            assert ids[offsets[i] : offsets[i + 1]].tolist() == want


@pytest.mark.parametrize(
    "spec",
    [
        spec_of(["a", "[UNK]"]) | {"normalizer": {"type": "Lowercase"}},
        spec_of(["a", "[UNK]"]) | {"pre_tokenizer": {"type": "Whitespace"}},
        spec_of(["a", "b"]),  # no unknown token
        spec_of([f"a{i}" for i in range(10)] + ["[UNK]"]),  # an id past the last row
    ],
)
def test_what_is_not_plain_is_left_to_the_tokenizer(spec):
    assert tokenizer_rule(spec, prove_cuts(spec), n_tokens=5) is None


def test_cased_words_stay_as_they_are():
    spec = spec_of(["[UNK]", "A", "##a", "a"], lowercase=False)
    encoder = Encoder(Rows(np.zeros((4, 2), np.float32)), json.dumps(spec))
    assert isinstance(tokenizer_rule(spec, encoder.cuts, 4), WordPiece)
    assert encoder.token_ids(["Aa aa aA"])[0].tolist() == [1, 2, 3, 2, 0]
