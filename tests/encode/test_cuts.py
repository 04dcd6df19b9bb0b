"""The ids from the word table are the ids of the whole text, for every kind of tokenizer."""

from __future__ import annotations

import json
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from wordllama import WordLlama
from wordllama.encode import cuts
from wordllama.encode.encoder import Encoder
from wordllama.kernel import Rows
from wordllama.texts import valid_unicode

KINDS = {
    "llama": "adjacent",
    "byte_level": "spaces",
    "minilm": "spaces",
    "unigram_plain": "spaces",
    "unigram": "whole",
}
FRAGMENTS = [
    *(" ", "  ", "   ", "\n", "\r\n", "\n\n", "\t", "\u00a0", "\u2003", "\x00", "\u200b", "▁"),
    *("the", "The", "ing", "un", "token", "don't", "'s", "e.g.", "3.14", "1,000", "2026"),
    *(".", ",", "!", "?!", "...", "—", "(", ")", '"', "'", "//", "==", "{", "}", "<", ">"),
    *("<s>", "</s>", "<unk>", "[UNK]", "[SEP]", "<|endoftext|>", "<0x41>", "<0x0A>"),
    *(
        "é",
        "e\u0301",
        "ñ",
        "ß",
        "ﬁ",
        "İ",
        "你好",
        "世界。",
        "日本",
        "안녕",
        "привет",
        "שלום",
        "مرحبا",
    ),
    *("👍🏽", "👩‍👩‍👧", "🇫🇷", "\ufe0f", "\u0308", "\ud800", "\udfff", "\U00010348", "ไทย"),
]


def encoder(tokenizer: Tokenizer) -> Encoder:
    n = tokenizer.get_vocab_size()
    return Encoder(Rows(np.zeros((n, 1), np.float32)), tokenizer)


@pytest.fixture(scope="session")
def encoders(
    wl: WordLlama, byte_level: Tokenizer, minilm: Tokenizer, unigram: Tokenizer
) -> dict[str, Encoder]:
    plain = Tokenizer.from_str(unigram.to_str())
    plain.normalizer = None
    return {
        "llama": Encoder(wl.encoder.rows, wl.tokenizer),
        "byte_level": encoder(byte_level),
        "minilm": encoder(minilm),
        "unigram_plain": encoder(plain),
        "unigram": encoder(unigram),
    }


def assert_same_ids(encoder: Encoder, texts: list[str]) -> None:
    ids, offsets = encoder.token_ids(texts)
    whole = encoder.tokenizer.encode_batch_fast(
        [valid_unicode(text) for text in texts], add_special_tokens=False
    )
    for i, text in enumerate(texts):
        assert ids[offsets[i] : offsets[i + 1]].tolist() == whole[i].ids, text


@pytest.mark.parametrize("kind", KINDS)
def test_cuts_are_proved_from_the_tokenizers_file(kind: str, encoders: dict[str, Encoder]) -> None:
    assert encoders[kind].cuts.kind == KINDS[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_ids_equal_the_whole_texts_on_real_text(
    kind: str, encoders: dict[str, Encoder], english: list[str], scripts: list[str]
) -> None:
    some = english if kind == "llama" else english[::10]
    assert_same_ids(encoders[kind], [*some, *scripts, "\n".join(english[:200])])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    parts=st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=6), min_size=50, max_size=90),
    seed=st.integers(0, 2**32),
)
def test_ids_equal_the_whole_texts_on_made_text(
    encoders: dict[str, Encoder], parts: list[str], seed: int
) -> None:
    """Over a million characters in all: 60 examples of 60 texts of 100 parts of 3 characters."""
    random = Random(seed)
    texts = ["".join(random.choices(parts, k=100)) for _ in range(60)]
    for each in encoders.values():
        assert_same_ids(each, texts)


def test_llama_cuts_before_every_space_that_follows_something_else(
    encoders: dict[str, Encoder],
) -> None:
    joined = encoders["llama"].cuts.joined
    assert len(joined) == 3279
    assert [pair for pair in joined if pair[1] == "▁" and pair[0] != "▁"] == []


def bpe(**parts: object) -> dict[str, object]:
    vocab = {"a": 0, "b": 1, "ab": 2, "?": 3}
    model = {"type": "BPE", "vocab": vocab, "merges": [["a", "b"]], "unk_token": "?"}
    return {"model": model | parts.pop("model", {}), "normalizer": None} | parts  # type: ignore[operator]


@pytest.mark.parametrize(
    "spec",
    [
        bpe(model={"unk_token": None}),  # an unknown character vanishes, and its neighbours meet
        bpe(model={"merges": [["a", "?"]]}),  # the unknown token may be merged itself
        bpe(model={"fuse_unk": True}),  # unknown characters in a row become one token
        bpe(model={"ignore_merges": True}),  # a whole text may be one token without its merges
        bpe(model={"dropout": 0.1}),
        bpe(model={"end_of_word_suffix": "</w>"}),
        bpe(normalizer={"type": "NFKC"}),
        bpe(normalizer={"type": "Strip", "strip_left": True, "strip_right": True}),
        bpe(
            normalizer={"type": "Lowercase"},
            pre_tokenizer={"type": "BertPreTokenizer"},
            added_tokens=[{"content": "[X]", "normalized": True}],  # also matches "[x]"
        ),
        bpe(pre_tokenizer={"type": "Split", "pattern": {"Regex": "a+"}, "invert": False}),
        bpe(pre_tokenizer={"type": "ByteLevel", "use_regex": False}),
    ],
)
def test_what_cant_be_proved_is_tokenized_whole(spec: dict[str, object]) -> None:
    assert cuts.prove_cuts(spec).kind == "whole"


def test_a_byte_fallback_that_merges_bytes_is_tokenized_whole() -> None:
    vocab = {f"<0x{byte:02X}>": byte for byte in range(256)} | {"<0x0A><0x0A>": 256}
    model = {"vocab": vocab, "merges": [["<0x0A>", "<0x0A>"]], "byte_fallback": True}
    assert cuts.prove_cuts(bpe(model=model)).kind == "whole"


def test_merges_may_be_written_as_pairs_or_as_strings() -> None:
    assert cuts.prove_cuts(bpe(model={"merges": ["a b"]})).joined == {"ab"}
    assert cuts.prove_cuts(bpe(model={"merges": [["a", "b"]]})).joined == {"ab"}


def test_a_character_pair_deep_inside_a_token_is_joined() -> None:
    """xabx holds b|x, which the merge of "xab" and "x" joins; a cut there would change the ids."""
    tokenizer = Tokenizer(
        models.BPE(
            {"x": 0, "a": 1, "b": 2, "ab": 3, "xab": 4, "xabx": 5, "?": 6},
            [("a", "b"), ("x", "ab"), ("xab", "x")],
            unk_token="?",
        )
    )
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    assert_same_ids(encoder(tokenizer), ["xabx", "xabxabx ab", "axbx", "xxab", "", "x!abx!!x"])


def test_neighbours_of_a_character_that_vanishes_meet() -> None:
    tokenizer = Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")]))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    assert_same_ids(encoder(tokenizer), ["a b", "ab", "a?b a"])


def test_metaspace_that_does_not_split_is_cut_where_no_merge_reaches() -> None:
    vocab = {"▁": 0, "a": 1, "b": 2, "▁a": 3, "▁▁": 4, "?": 6}
    free = Tokenizer(models.BPE(vocab, [("▁", "a"), ("▁", "▁")], unk_token="?"))
    free.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    reaching = Tokenizer(models.BPE(vocab | {"a▁": 5}, [("a", "▁"), ("▁", "a")], unk_token="?"))
    reaching.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    assert encoder(free).cuts.kind == "spaces"
    assert encoder(reaching).cuts.kind == "whole"
    for tokenizer in (free, reaching):
        assert_same_ids(encoder(tokenizer), ["a b a", " a  b", "a a ", "ab aba", "▁ a", ""])


@pytest.mark.parametrize("raw", ["", "[]", "{}", '{"model": 3}', "\x00"])
def test_a_file_that_is_no_tokenizer_is_an_error(raw: str) -> None:
    with pytest.raises(ValueError, match="tokenizer file"):
        cuts.read_spec(raw)


def test_the_llama_file_is_read_from_bytes_or_text(wl: WordLlama) -> None:
    raw = wl.tokenizer.to_str()
    assert cuts.read_spec(raw.encode()) == json.loads(raw)


def test_pieces_tokenized_as_one_string_keep_their_ids(wl: WordLlama, english: list[str]) -> None:
    encoder = wl.encoder
    tokenizer = cuts.piece_tokenizer(encoder.tokenizer, encoder.cuts)
    found = cuts.separator(tokenizer, encoder.cuts)
    assert found is not None
    mark, _ = found
    odd = ["▁日本語", "▁\x00\n", "😀😀", "▁", "ﷺ", "\u0301", "<s>"]
    pieces = list(dict.fromkeys("▁" + w for t in english for w in t.split() if mark not in w)) + odd
    plain = [e.ids for e in tokenizer.encode_batch_fast(pieces, add_special_tokens=False)]
    assert cuts.tokenize_joined(tokenizer, pieces, found) == plain


def test_no_separator_where_all_characters_join() -> None:
    spec = {"model": {"type": "BPE", "vocab": {"a": 0, "aa": 1}, "merges": ["a a"]}}
    tokenizer = Tokenizer.from_str(json.dumps(spec))
    assert cuts.separator(tokenizer, cuts.Cuts("adjacent", frozenset({"aa"}))) is None
    assert cuts.separator(tokenizer, cuts.Cuts("spaces")) is None
