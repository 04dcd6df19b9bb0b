"""The word table against a tokenizer whose ids for whole texts can be told in a few lines.

Its tokens are characters and joined pairs of characters, so a cut inside a pair, a piece that is
normalised wrongly or a text taken whole by mistake all show in the ids.
"""

from __future__ import annotations

import itertools
from threading import Barrier, Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.kernel import Cuts, Rows
from wordllama.texts import valid_unicode

MARK = "▁"
ALPHABET = "abz. \n▁é日😀\x00<s>"
JOINED = frozenset({"ab", "bz", MARK + "a", MARK + MARK, "é日", "..", "日😀", "<s", "s>"})
SPECIALS = ("<s>",)
ADJACENT = Cuts("adjacent", JOINED, MARK, MARK, SPECIALS)
SPACES = Cuts("spaces", specials=SPECIALS)
WHOLE = Cuts("whole")
TOKENS = 500
PAIRS = {pair: 300 + i for i, pair in enumerate(sorted(JOINED))}

texts_strategy = st.lists(
    st.one_of(
        st.text(alphabet=ALPHABET, max_size=40),
        st.text(max_size=20),
        st.text(st.sampled_from("ab .\u3000\u2003\x1c"), max_size=200),
    ),
    max_size=20,
)


def ids_of(text: str) -> list[int]:
    ids = [ord(c) % 300 for c in text]
    return ids + [PAIRS[a + b] for a, b in itertools.pairwise(text) if a + b in PAIRS]


def normalized(text: str, cuts: Cuts) -> str:
    return (cuts.prefix + text.replace(" ", cuts.space)) if text else ""


def by_runs(text: str) -> list[int]:
    """Ids of a normalised text: those of its longest stretches without an allowed cut, in a row."""
    runs: list[str] = []
    for c in text:
        if runs and runs[-1][-1] + c in JOINED:
            runs[-1] += c
        else:
            runs.append(c)
    return [i for run in runs for i in ids_of(run)]


class Tokenizer:
    """Counts what it is asked for."""

    def __init__(self, cuts: Cuts) -> None:
        self.cuts = cuts
        self.seen: list[str] = []

    def __call__(self, strings: list[str], whole: bool) -> list[list[int]]:
        self.seen += strings
        if whole:
            return [[499, *by_words(normalized(s, self.cuts), self.cuts)] for s in strings]
        return [by_words(s, self.cuts) for s in strings]


def by_words(text: str, cuts: Cuts) -> list[int]:
    return by_runs(text) if cuts.kind == "adjacent" else [ord(c) % 300 for c in text]


def expected(text: str, cuts: Cuts) -> list[int]:
    text = valid_unicode(text)
    ids = by_words(normalized(text, cuts), cuts)
    special = cuts.kind == "whole" or any(s in text for s in cuts.specials)
    return [499, *ids] if special else ids


def lists(ids: np.ndarray, offsets: np.ndarray) -> list[list[int]]:
    return [part.tolist() for part in np.split(ids, offsets[1:-1])] if len(offsets) > 1 else []


@pytest.mark.parametrize("cuts", [ADJACENT, SPACES, WHOLE], ids=lambda c: c.kind)
@given(texts=texts_strategy)
@settings(deadline=None)
def test_ids_are_those_of_the_whole_text(kernel, cuts, texts):
    table = kernel.WordTable(cuts, Tokenizer(cuts))
    want = [expected(text, cuts) for text in texts]
    for _ in range(2):  # with an empty table, then with a filled one
        ids, offsets = table.token_ids(texts)
        assert (ids.dtype, offsets.dtype) == (np.int32, np.int64)
        assert lists(ids, offsets) == want


@pytest.mark.parametrize("max_bytes", [0, 20_000, 1 << 28])
@given(texts=texts_strategy)
@settings(deadline=None, max_examples=30)
def test_a_full_table_changes_no_result(kernel, max_bytes, texts):
    table = kernel.WordTable(ADJACENT, Tokenizer(ADJACENT), max_bytes)
    for some in (texts[:5], texts, texts[::-1]):
        assert lists(*table.token_ids(some)) == [expected(text, ADJACENT) for text in some]
    assert table.nbytes <= max_bytes


def test_a_table_without_room_keeps_nothing(kernel):
    table = kernel.WordTable(ADJACENT, Tokenizer(ADJACENT), 0)
    table.token_ids(["ab z."])
    assert len(table) == 0
    assert table.nbytes == 0


def test_each_piece_is_tokenized_once(kernel):
    tokenizer = Tokenizer(SPACES)
    table = kernel.WordTable(SPACES, tokenizer)
    for _ in range(3):
        table.token_ids(["a b", "a b b", "b"])
    assert sorted(tokenizer.seen) == [" b", "a", "b"]
    assert len(table) == 3


def test_many_pieces_are_found_again(kernel):
    words = [f"{i:x}" * (i % 7 + 1) for i in range(20_000)]
    texts = [" ".join(words[i : i + 50]) for i in range(0, len(words), 50)]
    table = kernel.WordTable(SPACES, Tokenizer(SPACES))
    first = lists(*table.token_ids(texts))
    assert first == [expected(text, SPACES) for text in texts]
    assert lists(*table.token_ids(texts)) == first


@pytest.mark.parametrize("text", ["a\ud800b", "\ud83d\ude00 a", "\udfff", "ab \ud800"])
def test_lone_surrogates_read_as_replacement_characters(kernel, text):
    table = kernel.WordTable(ADJACENT, Tokenizer(ADJACENT))
    assert lists(*table.token_ids([text, "ab"])) == [
        expected(text, ADJACENT),
        expected("ab", ADJACENT),
    ]


def test_an_error_of_the_tokenizer_comes_through_and_leaves_the_table_as_it_was(kernel):
    broken = True

    def tokenize(strings: list[str], whole: bool) -> list[list[int]]:
        if broken:
            raise OSError("no tokenizer today")
        return [ids_of(s) for s in strings]

    table = kernel.WordTable(SPACES, tokenize)
    with pytest.raises(OSError, match="no tokenizer today"):
        table.token_ids(["a"])
    broken = False
    assert lists(*table.token_ids(["a"])) == [[97]]


@pytest.mark.parametrize("cuts", [ADJACENT, SPACES, WHOLE], ids=lambda c: c.kind)
@pytest.mark.parametrize("normalize", [False, True])
@given(texts=texts_strategy)
@settings(deadline=None, max_examples=30)
def test_vectors_are_those_pooled_from_the_ids(kernel, cuts, normalize, texts):
    rows = Rows(np.random.default_rng(0).normal(size=(TOKENS, 70)).astype(np.float32))
    table = kernel.WordTable(cuts, Tokenizer(cuts))
    vectors = np.full((len(texts), 70), np.nan, dtype=np.float32)
    table.embed(texts, rows, vectors, normalize)
    pooled = np.full_like(vectors, np.nan)
    ids, offsets = table.token_ids(texts)
    kernel.pool(ids, offsets, rows, pooled, normalize)
    np.testing.assert_array_equal(vectors, pooled)


def test_packed_vectors_are_the_signs_of_the_dense(kernel):
    rows = Rows(np.random.default_rng(0).normal(size=(TOKENS, 128)).astype(np.float16))
    table = kernel.WordTable(ADJACENT, Tokenizer(ADJACENT))
    texts = ["ab", "", "z é日. a", "<s>a"] * 10
    dense = np.empty((len(texts), 128), dtype=np.float32)
    packed = np.empty((len(texts), 2), dtype=np.uint64)
    table.embed(texts, rows, dense)
    table.embed(texts, rows, packed)
    np.testing.assert_array_equal(packed.view(np.uint8), np.packbits(dense > 0, axis=1))


def test_vectors_depend_neither_on_threads_nor_on_company(kernel):
    rng = np.random.default_rng(1)
    rows = Rows(rng.normal(size=(TOKENS, 64)).astype(np.float32))
    letters = np.array(list("abz. é日"))
    texts = ["".join(rng.choice(letters, size=n)) for n in rng.integers(0, 3000, size=300)]
    want = np.empty((len(texts), 64), dtype=np.float32)
    kernel.WordTable(ADJACENT, Tokenizer(ADJACENT)).embed(texts, rows, want, threads=1)
    for threads in (0, 2, 5):
        got = np.empty_like(want)
        kernel.WordTable(ADJACENT, Tokenizer(ADJACENT)).embed(texts, rows, got, threads=threads)
        np.testing.assert_array_equal(got, want)
    table = kernel.WordTable(ADJACENT, Tokenizer(ADJACENT))
    alone = np.empty((1, 64), dtype=np.float32)
    for text, vector in zip(texts[:50], want, strict=False):
        table.embed([text], rows, alone)
        np.testing.assert_array_equal(alone[0], vector)


def test_python_threads_may_share_a_table(kernel):
    rows = Rows(np.random.default_rng(2).normal(size=(TOKENS, 64)).astype(np.float32))
    texts = [f"{i:b} {i:o} {i:x} {i * i}" for i in range(4000)]
    want = np.empty((len(texts), 64), dtype=np.float32)
    kernel.WordTable(SPACES, Tokenizer(SPACES)).embed(texts, rows, want)
    table = kernel.WordTable(SPACES, Tokenizer(SPACES))
    barrier = Barrier(4)
    results = [np.empty_like(want) for _ in range(4)]

    def work(k: int) -> None:
        barrier.wait()
        for i in range(0, len(texts), 100):
            at = (i + k * 1000) % len(texts)
            table.embed(texts[at : at + 100], rows, results[k][at : at + 100])

    threads = [Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        np.testing.assert_array_equal(result, want)


def test_texts_that_nearly_hold_many_special_tokens_are_cut_as_others(kernel):
    specials = (*(f"<|reserved_special_token_{i}|>" for i in range(250)), "<<s", "<s>", "")
    cuts = Cuts("adjacent", JOINED, MARK, MARK, specials)
    table = kernel.WordTable(cuts, Tokenizer(cuts))
    near = [
        "<" * 100_000,
        "<|reserved_special_token_" * 100,
        "<|reserved_special_token_7|",
        "<<",
        "",
    ]
    held = [near[0] + "s>", near[1] + "249|>", "a<|reserved_special_token_0|>", "<<<s", "a <s>"]
    want = [expected(text, Cuts("adjacent", JOINED, MARK, MARK)) for text in near]
    assert lists(*table.token_ids(near)) == want
    assert [ids[0] for ids in lists(*table.token_ids(held))] == [499] * len(held)
