"""Pieces that the kernel tokenizes itself have the ids that `tokenizers` gives them."""

from __future__ import annotations

import json
from itertools import pairwise
from threading import Barrier, Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from wordllama.encode.cuts import prove_cuts, tokenizer_rule
from wordllama.encode.encoder import Encoder
from wordllama.kernel import Bpe, Cuts, Rows, reference

LETTERS = "abc▁é日😀"
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """A tokenizer's file with merges in any order, many of which give the same token."""
    tokens = list(draw(st.sets(st.sampled_from(LETTERS), min_size=2)))
    merges = []
    for _ in range(draw(st.integers(0, 25))):
        left, right = draw(st.sampled_from(tokens)), draw(st.sampled_from(tokens))
        merges.append([left, right])
        if left + right not in tokens:
            tokens.append(left + right)
    by_bytes = draw(st.booleans())
    names = draw(st.permutations([*(BYTES if by_bytes else ["?"]), *tokens]))
    model = {
        "type": "BPE",
        "vocab": {token: i for i, token in enumerate(names)},
        "merges": draw(st.permutations(merges)),
        "byte_fallback": by_bytes,
        "unk_token": None if by_bytes else "?",
    }
    normalizer = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    return {"model": model, "normalizer": normalizer, "added_tokens": []}


class Counted:
    """A tokenizer of pieces that counts how often it is asked."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.tokenizer = Tokenizer.from_str(json.dumps(spec))
        self.calls = 0

    def __call__(self, strings: list[str], whole: bool) -> list[list[int]]:
        self.calls += 1
        return [self.tokenizer.encode(s, add_special_tokens=False).ids for s in strings]


def ids_of(table: Any, texts: list[str], threads: int = 1) -> list[list[int]]:
    ids, offsets = table.token_ids(texts, threads)
    return [ids[a:b].tolist() for a, b in pairwise(offsets)]


def rule_of(spec: dict[str, Any]) -> tuple[Cuts, Bpe]:
    cuts = prove_cuts(spec)
    bpe = tokenizer_rule(spec, cuts, len(spec["model"]["vocab"]))
    assert isinstance(bpe, Bpe)
    return cuts, bpe


@settings(deadline=None, max_examples=200)
@given(spec=specs(), texts=st.lists(st.text(LETTERS + "xß \x00\U0010ffff"), max_size=12))
def test_ids_are_those_of_tokenizers(kernel, spec, texts):
    cuts, bpe = rule_of(spec)
    tokenize = Counted(spec)
    table = kernel.WordTable(cuts, tokenize, rule=bpe)
    want = [tokenize.tokenizer.encode(t, add_special_tokens=False).ids for t in texts]
    for _ in range(2):
        assert ids_of(table, texts) == want
    assert tokenize.calls == 0 or kernel is reference


@settings(deadline=None, max_examples=200)
@given(spec=specs(), texts=st.lists(st.text(LETTERS, min_size=20, max_size=80), max_size=4))
def test_long_pieces_are_merged_in_the_same_order(kernel, spec, texts):
    _, bpe = rule_of(spec)
    nowhere = Cuts("adjacent", frozenset(a + b for a in LETTERS for b in LETTERS))
    tokenize = Counted(spec)
    table = kernel.WordTable(nowhere, tokenize, rule=bpe)
    want = [tokenize.tokenizer.encode(t, add_special_tokens=False).ids for t in texts]
    assert ids_of(table, texts) == want


@pytest.mark.parametrize("max_bytes", [0, 20_000, 1 << 28])
def test_a_full_table_changes_no_id(kernel, max_bytes):
    spec = spec_of(merges=[["a", "a"], ["aa", "aa"], ["b", "a"]])
    cuts, bpe = rule_of(spec)
    tokenize = Counted(spec)
    table = kernel.WordTable(cuts, tokenize, max_bytes, bpe)
    texts = ["a" * n + " " + "ba" * n for n in range(300)]
    want = [tokenize.tokenizer.encode(t, add_special_tokens=False).ids for t in texts]
    assert ids_of(table, texts, threads=3) == want
    assert ids_of(table, texts[::-1]) == want[::-1]
    assert table.nbytes <= max_bytes


def test_threads_may_fill_a_table_together(kernel):
    spec = spec_of(merges=[[a, b] for a in "abc" for b in "abc"])
    cuts, bpe = rule_of(spec)
    texts = [f"{i:b} {i * i:b}".replace("1", "ab").replace("0", "c") for i in range(3000)]
    want = ids_of(kernel.WordTable(cuts, Counted(spec), rule=bpe), texts)
    table = kernel.WordTable(cuts, Counted(spec), rule=bpe)
    barrier = Barrier(4)
    found: list[list[list[int]]] = [[]] * 4

    def work(k: int) -> None:
        barrier.wait()
        found[k] = ids_of(table, texts[k * 100 :] + texts[: k * 100], threads=2)

    threads = [Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(4):
        assert found[k] == want[k * 100 :] + want[: k * 100]


def spec_of(**model: Any) -> dict[str, Any]:
    tokens = [*BYTES, "?", "a", "b", "c", "▁", *(a + b for a in "abc" for b in "abc"), "aaaa"]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    plain = {"type": "BPE", "vocab": vocabulary, "merges": [["a", "b"]], "byte_fallback": True}
    return {"model": plain | model, "normalizer": None}


def test_merges_may_be_pairs_or_strings_and_are_read_alike():
    pairs, strings = rule_of(spec_of()), rule_of(spec_of(merges=["a b"]))
    assert pairs == strings
    assert pairs[1].merges == "a b"
    assert rule_of(spec_of(merges=[]))[1].merges == ""


@pytest.mark.parametrize(
    ("spec", "n_tokens"),
    [
        (spec_of(), 5),  # an id past the last row
        (spec_of(merges=[["a\n", "b"]]), 999),  # what parts merges is in one
        (spec_of(merges=[["a", "b"], ["", "b"]]), 999),
        (spec_of(vocab={"a": 0, "b": 1, "ab": 2, "?": 3}, unk_token="?"), 9),  # some bytes missing
        (spec_of(vocab={"a": 0, "b": 1, "ab": 2}, byte_fallback=False, unk_token="?"), 9),
        (spec_of(ignore_merges=True), 999),
        ({"model": {"type": "Unigram"}}, 999),
    ],
)
def test_what_is_not_plain_is_left_to_the_tokenizer(spec, n_tokens):
    assert tokenizer_rule(spec, prove_cuts(spec), n_tokens) is None


def test_a_merge_whose_token_is_missing_is_an_error():
    raw = json.dumps(spec_of(merges=[["a", "x"]]))
    encoder = Encoder(Rows(np.zeros((300, 4), np.float32)), raw)
    with pytest.raises(ValueError, match="the tokenizer file can't be read"):
        encoder.token_ids(["ax"])


def test_unknown_tokens_may_be_left_out_of_the_mean():
    vocabulary = {"a": 0, "b": 1, "ab": 2, "?": 3}
    spec = spec_of(vocab=vocabulary, byte_fallback=False, unk_token="?")
    rows = Rows(np.eye(4, dtype=np.float32))
    for skip, want in ((False, [2, 3, 3]), (True, [2])):
        encoder = Encoder(rows, json.dumps(spec), skip_unknown=skip)
        assert encoder.token_ids(["abxy"])[0].tolist() == want
