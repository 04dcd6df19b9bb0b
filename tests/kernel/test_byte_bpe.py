"""Plain ASCII has the ids in the kernel that `tokenizers` gives it, by byte-level BPE."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.test_bpe import Counted, ids_of
from tokenizers import Tokenizer, pre_tokenizers

from wordllama.encode.cuts import (
    _KERNEL_SPLITTINGS,
    DIGITS,
    FALCON_MARKS,
    GPT2,
    LLAMA3,
    MARKS,
    O200K,
    TEKKEN,
    THREE_DIGITS,
    prove_cuts,
    tokenizer_rule,
)
from wordllama.encode.encoder import Encoder
from wordllama.kernel import ByteBpe, Rows, reference

PLAIN = "aAsStTrRlLmMdDvVeE09 \t\r\n.,#'~_[]"
OTHER = "éß日😀\x00\x0b\x0c\x1f\x7f\x85\xa0ſK\u0301½²"
ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
PLAIN_BYTES = "".join(
    piece for piece, _ in pre_tokenizers.ByteLevel(False, False).pre_tokenize_str(PLAIN)
)


def split(*patterns: str, removed: bool = False) -> dict[str, Any]:
    how = {"type": "Split", "behavior": "Removed" if removed else "Isolated", "invert": removed}
    steps = [how | {"pattern": {"Regex": pattern}} for pattern in patterns]
    return {"type": "Sequence", "pretokenizers": [*steps, BYTE_LEVEL | {"use_regex": False}]}


def digits(individual: bool) -> dict[str, Any]:
    first = {"type": "Digits", "individual_digits": individual}
    return {"type": "Sequence", "pretokenizers": [first, BYTE_LEVEL | {"use_regex": True}]}


SPLITTERS = [
    BYTE_LEVEL | {"use_regex": True},
    *map(digits, (True, False)),
    *(split(*patterns) for patterns in _KERNEL_SPLITTINGS),
    split(LLAMA3, removed=True),
]
CUT_ONLY = [  # by the kernel, which leaves the words to the tokenizer
    split(FALCON_MARKS, GPT2, THREE_DIGITS),
    split(MARKS, GPT2, DIGITS, THREE_DIGITS),
    split(O200K),
    split(TEKKEN),
]


def spec_of(splitter: dict[str, Any], merges: list[list[str]], **model: Any) -> dict[str, Any]:
    tokens = dict.fromkeys([*ALPHABET, *("".join(merge) for merge in merges)])
    plain = {"type": "BPE", "vocab": {t: i for i, t in enumerate(tokens)}, "merges": merges}
    return {"model": plain | model, "pre_tokenizer": splitter, "added_tokens": []}


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """A tokenizer's file with merges in any order, many of which give the same token."""
    tokens, merges = list(PLAIN_BYTES), []
    for _ in range(draw(st.integers(0, 25))):
        merges.append([draw(st.sampled_from(tokens)), draw(st.sampled_from(tokens))])
        tokens.append("".join(merges[-1]))
    splitter = draw(st.sampled_from(SPLITTERS + CUT_ONLY))
    return spec_of(splitter, draw(st.permutations(merges)), ignore_merges=draw(st.booleans()))


@settings(deadline=None, max_examples=500)
@given(spec=specs(), texts=st.lists(st.text(PLAIN) | st.text(PLAIN + OTHER), max_size=12))
def test_ids_are_those_of_tokenizers(kernel, spec, texts):
    cuts = prove_cuts(spec)
    rule = tokenizer_rule(spec, cuts, len(spec["model"]["vocab"]))
    by_kernel = spec["pre_tokenizer"] in SPLITTERS
    assert cuts.kind == "spaces"
    assert isinstance(rule, ByteBpe) == by_kernel
    tokenize = Counted(spec)
    table = kernel.WordTable(cuts, tokenize, rule=rule)
    want = [tokenize.tokenizer.encode(t, add_special_tokens=False).ids for t in texts]
    for _ in range(2):
        assert ids_of(table, texts) == want
    if by_kernel and not set("".join(texts)) & set(OTHER):
        assert tokenize.calls == 0 or kernel is reference


@pytest.mark.parametrize("splitter", SPLITTERS + CUT_ONLY)
@pytest.mark.parametrize("ignore_merges", [False, True])
def test_real_text_has_the_ids_of_a_real_tokenizer(
    byte_level, english, scripts, splitter, ignore_merges
):
    spec = json.loads(byte_level.to_str())
    spec["pre_tokenizer"] = splitter
    spec["model"]["ignore_merges"] = ignore_merges
    raw = json.dumps(spec)
    tokenizer = Tokenizer.from_str(raw)
    encoder = Encoder(Rows(np.zeros((tokenizer.get_vocab_size(), 2), np.float32)), raw)
    texts = [
        *english[::11],
        *scripts,
        "It's WE'LL 'tis  1234567 x9's\n\n  \tdone!!\n\n",
        "a" * 70_000,
    ]
    ids, offsets = encoder.token_ids(texts)
    for i, encoding in enumerate(tokenizer.encode_batch_fast(texts, add_special_tokens=False)):
        assert ids[offsets[i] : offsets[i + 1]].tolist() == encoding.ids


@pytest.mark.parametrize(
    "spec",
    [
        spec_of(BYTE_LEVEL | {"use_regex": True, "add_prefix_space": True}, []),
        spec_of(split(r"'s| ?\w+|\s+"), []),
        spec_of(BYTE_LEVEL | {"use_regex": True}, [], end_of_word_suffix="</w>"),
        spec_of(BYTE_LEVEL | {"use_regex": True}, [], vocab={"a": 0}),
        spec_of(BYTE_LEVEL | {"use_regex": False}, []),
    ],
)
def test_what_is_not_plain_is_left_to_the_tokenizer(spec):
    assert tokenizer_rule(spec, prove_cuts(spec), 999) is None


def test_an_unknown_token_that_is_left_out_is_left_to_the_tokenizer():
    spec = spec_of(SPLITTERS[0], [], unk_token="a")
    cuts = prove_cuts(spec)
    assert tokenizer_rule(spec, cuts, 999, skip_unknown=True) is None
    assert tokenizer_rule(spec, cuts, 999) is not None
