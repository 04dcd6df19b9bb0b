"""A tokenizer's file that can do harm is refused by its name and key; any other is read."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from wordllama import WordLlama
from wordllama.encode.encoder import Encoder
from wordllama.kernel import Rows
from wordllama.modelfiles.charsmap import LARGEST, charsmap_growth
from wordllama.modelfiles.tokenizer import read_spec, vocabulary_size

WORDS: dict[str, Any] = {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1}, "unk_token": "[UNK]"}
DOUBLING = {"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}
FILE = Path("tokenizer.json")


def charsmap(replaced: bytes, replacement: bytes, size: int | None = None, spare: int = 0) -> bytes:
    """A map of one string, as SentencePiece compiles it: blocks of 256 units, one for each byte."""
    units = [256 << 10] + [0] * 255
    for depth, byte in enumerate(replaced, 1):
        units += [0] * 256
        last = depth == len(replaced)
        here, there = 256 * depth + byte, 256 * (depth + 1)
        units[here] = (here ^ there) << 10 | byte | (1 << 8 if last else 0)
    units += [1 << 31 | spare] + [0] * 255
    raw = np.array(units, "<u4").tobytes()
    length = len(raw) if size is None else size
    return length.to_bytes(4, "little") + raw + b"x" * spare + replacement + b"\0"


def precompiled(raw: bytes) -> dict[str, str]:
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(raw).decode()}


def spec(model: dict[str, Any] = WORDS, **parts: Any) -> dict[str, Any]:
    return {"version": "1.0", "model": model, **parts}


def merged(prefix: str, *merge: str) -> dict[str, Any]:
    vocab = {"a": 0, "##b": 1, "é": 2, "ab": 3}
    return {
        "type": "BPE",
        "vocab": vocab,
        "merges": [list(merge)],
        "continuing_subword_prefix": prefix,
    }


NESTED: Any = DOUBLING
for _ in range(20):
    NESTED = {"type": "Sequence", "normalizers": [NESTED]}

BAD = {
    "no model": ({}, "model is missing"),
    "model is text": ({"model": "x"}, "model is 'x'"),
    "no type": (spec({"vocab": {"a": 0}}), "model.type is missing, expected one of"),
    "other type": (spec({**WORDS, "type": "Magic"}), "model.type is 'Magic'"),
    "empty": (spec({**WORDS, "vocab": {}}), "model.vocab is a dict, expected tokens"),
    "list": (spec({**WORDS, "vocab": ["a"]}), "model.vocab is a list, which a WordLevel"),
    "text id": (spec({**WORDS, "vocab": {"a": "0"}}), r"model.vocab\['a'\] is '0'"),
    "true id": (spec({**WORDS, "vocab": {"a": True}}), r"model.vocab\['a'\] is True"),
    "negative": (spec({**WORDS, "vocab": {"a": -1}}), r"model.vocab\['a'\] is -1"),
    "no merges": (spec({"type": "BPE", "vocab": {"a": 0}}), "model.merges is missing"),
    "merge without prefix": (spec(merged("#", "a", "é")), r"model.merges\[0\] is a list"),
    "prefix of three bytes": (spec(merged("▁", "a", "##b")), "subword_prefix is '▁', expected A"),
    "added text": (spec(added_tokens=["a"]), r"added_tokens\[0\] is 'a'"),
    "added without id": (spec(added_tokens=[{"content": "a"}]), r"added_tokens\[0\].id is missing"),
    "added without content": (spec(added_tokens=[{"id": 1}]), r"added_tokens\[0\].content is m"),
    "step without type": (spec(normalizer={"prepend": "x"}), "normalizer.type is missing"),
    "step is text": (spec(pre_tokenizer="Whitespace"), "pre_tokenizer.type is no name"),
    "inner step": (
        spec(normalizer={"type": "Sequence", "normalizers": [{"type": "NFC"}, {}]}),
        r"normalizer.normalizers\[1\].type is missing",
    ),
    "no steps": (
        spec(pre_tokenizer={"type": "Sequence"}),
        "pre_tokenizer.pretokenizers is missing",
    ),
    "deep": (spec(normalizer=NESTED), "expected a list of steps"),
    "many": (
        spec(normalizer={"type": "Sequence", "normalizers": [{"type": "NFC"}] * 300}),
        "normalizer has 300 steps",
    ),
    "doubling": (
        spec(normalizer={"type": "Sequence", "normalizers": [DOUBLING] * 24}),
        r"normalizers\[12\] and the steps before it may make 8192 bytes of one",
    ),
    "doubling by bytes": (
        spec(pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}] * 12}),
        "may make 16384 bytes of one",
    ),
    "long prefix": (spec(normalizer={"type": "Prepend", "prepend": "a" * 5000}), "5001 bytes"),
    "forms of forms": (
        spec(
            normalizer={
                "type": "Sequence",
                "normalizers": [
                    {"type": "Replace", "pattern": {"String": "a"}, "content": "ﷺ"},
                    {"type": "NFKC"},
                ]
                * 4,
            }
        ),
        "bytes of one",
    ),
    "no Base64": (
        spec(normalizer={"type": "Precompiled", "precompiled_charsmap": "!!"}),
        "normalizer.precompiled_charsmap is '!!', expected Base64",
    ),
    "no map": (spec(normalizer={"type": "Precompiled"}), "charsmap is missing, expected Base64"),
    "map beyond its end": (
        spec(normalizer=precompiled(charsmap(b"a", b"b", size=0xFFFFFFF0))),
        "charsmap is cut short",
    ),
    "map that makes much": (
        spec(normalizer=precompiled(charsmap(b"a", b"b" * 9000))),
        "may make 9000 bytes of one",
    ),
}


@pytest.mark.parametrize(("held", "complaint"), BAD.values(), ids=BAD)
def test_what_may_do_harm_is_refused_by_file_and_key(held: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=rf"^tokenizer\.json: .*{complaint}"):
        read_spec(json.dumps(held), FILE)


def test_a_model_without_its_type_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    save_file({"embeddings": np.ones((2, 64), np.float32)}, tmp_path / "model.safetensors")
    held = spec({"vocab": WORDS["vocab"], "unk_token": "[UNK]"})
    (tmp_path / "tokenizer.json").write_text(json.dumps(held))
    with pytest.raises(ValueError, match=r"tokenizer\.json: model\.type is missing"):
        WordLlama.load(tmp_path)


@pytest.mark.parametrize("replaced", [b"a", "é".encode(), "e\u0301".encode()])
def test_a_map_of_characters_is_measured_and_read(replaced: bytes) -> None:
    raw = charsmap(replaced, b"b" * 12, spare=3)
    assert charsmap_growth(raw) == 12 / len(replaced)
    tokenizer = Tokenizer.from_str(json.dumps(spec(normalizer=precompiled(raw))))
    assert tokenizer.normalizer.normalize_str(replaced.decode()) == "b" * 12
    assert tokenizer.normalizer.normalize_str("c") == "c"


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "cut short"),
        (bytes(LARGEST + 1), "expected at most"),
        (charsmap(b"a", b"b")[:300], "cut short"),
        (charsmap(b"a", b"b" * 9)[:-4], None),
        (charsmap(b"a", b"\xff"), "not UTF-8"),
        (charsmap(b"a", b"b").replace(b"\0\0\0\x80", b"\xff\0\0\x80"), "replacement that is not"),
        (charsmap(b"a", "é".encode()).replace(b"\0\0\0\x80", b"\1\0\0\x80"), "replacement that"),
        (charsmap(b"a", b"b")[: 1028 + 4 * 97] + b"\xff" * 4, "cut short"),
    ],
)
def test_a_damaged_map_of_characters_is_refused(raw: bytes, complaint: str | None) -> None:
    if complaint is None:
        assert charsmap_growth(raw) > 0
        return
    with pytest.raises(ValueError, match=complaint):
        charsmap_growth(raw)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 3100), st.integers(0, 255)), min_size=1, max_size=6))
def test_no_map_that_passes_makes_the_library_panic(changes: list[tuple[int, int]]) -> None:
    raw = bytearray(charsmap("é".encode(), b"bc\0de", spare=2))
    for place, value in changes:
        raw[place % len(raw)] = value
    try:
        growth = charsmap_growth(bytes(raw))
    except ValueError:
        return
    held = spec(normalizer=precompiled(bytes(raw)))
    normalizer = Tokenizer.from_str(json.dumps(held)).normalizer
    for text in ("", "é", "a", "éa é", "b\0c", "".join(map(chr, range(256)))):
        made = normalizer.normalize_str(text)
        assert len(made.encode()) <= growth * len(text.encode())


PUBLISHED = {
    "ALBERT": spec(
        normalizer={
            "type": "Sequence",
            "normalizers": [
                {"type": "Replace", "pattern": {"String": "``"}, "content": '"'},
                {"type": "NFKD"},
                {"type": "StripAccents"},
                {"type": "Lowercase"},
                precompiled(charsmap("ﷺ".encode(), "صلى الله عليه وسلم".encode())),
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            ],
        },
        pre_tokenizer={
            "type": "Sequence",
            "pretokenizers": [
                {"type": "WhitespaceSplit"},
                {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True},
            ],
        },
    ),
    "CLIP": spec(
        normalizer={
            "type": "Sequence",
            "normalizers": [
                {"type": "NFC"},
                {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
                {"type": "Lowercase"},
            ],
        },
        pre_tokenizer={"type": "ByteLevel"},
    ),
}


@pytest.mark.parametrize("held", PUBLISHED.values(), ids=PUBLISHED)
def test_the_rules_of_published_tokenizers_pass(held: dict[str, Any]) -> None:
    assert vocabulary_size(read_spec(json.dumps(held), FILE)) == 2


def rows(n: int) -> Rows:
    return Rows(np.eye(n, 64, dtype=np.float32))


def test_a_panic_of_the_library_is_a_value_error() -> None:
    wl = WordLlama(Encoder(rows(2), json.dumps(spec(pre_tokenizer=split("(a+)+$")))))
    text = "a" * 40 + "b"
    for use in (wl.embed, wl.tokenize, lambda text: wl.explain(text, "a")):
        with pytest.raises(ValueError, match="can't tokenize the texts: Onig: Regex search error"):
            use(text)
    held = json.dumps(spec(normalizer={"type": "Precompiled", "precompiled_charsmap": ""}))
    with pytest.raises(ValueError, match="the tokenizer file can't be read: Precompiled"):
        Encoder(rows(2), held).tokenizer  # noqa: B018


def split(pattern: str) -> dict[str, Any]:
    return {
        "type": "Split",
        "pattern": {"Regex": pattern},
        "behavior": "Isolated",
        "invert": False,
    }


SHARED_IDS = {
    "BPE": {
        "type": "BPE",
        "vocab": {"a": 0, "b": 0, "c": 1, "ac": 2, "bc": 3, "<unk>": 4},
        "merges": [["a", "c"], ["b", "c"]],
        "unk_token": "<unk>",
    },
    "WordPiece": {
        "type": "WordPiece",
        "vocab": {"a": 0, "b": 0, "ab": 1, "##c": 2, "[UNK]": 2},
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
    },
}


@pytest.mark.parametrize("kind", SHARED_IDS)
@pytest.mark.parametrize("parts", [{}, {"pre_tokenizer": {"type": "BertPreTokenizer"}}])
def test_two_tokens_of_one_id_give_the_ids_of_the_library(kind: str, parts: Any) -> None:
    held = json.dumps(spec(copy.deepcopy(SHARED_IDS[kind]), **parts))
    encoder = Encoder(rows(6), held)
    tokenizer = Tokenizer.from_str(held)
    for text in ("ac", "bc", "ab", "abc", "bcac acbc", "a b c"):
        ids, _ = encoder.token_ids([text])
        assert ids.tolist() == tokenizer.encode(text, add_special_tokens=False).ids
