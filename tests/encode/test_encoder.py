"""The vector of a text is the mean of its tokens' rows, whatever else happens."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import sys
import threading
import tracemalloc
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer

from wordllama import WordLlama
from wordllama.encode.encoder import Encoder
from wordllama.kernel import Rows, reference


def embed(encoder: Encoder, texts: list[str], normalize: bool = False) -> NDArray[np.float32]:
    out = np.empty((len(texts), encoder.dim), np.float32)
    encoder.embed(texts, out, normalize)
    return out


def plain_means(wl: WordLlama, texts: list[str]) -> NDArray[np.float64]:
    """The definition: tokenize each text whole, average its rows in float64."""
    matrix = wl.embedding.astype(np.float64)
    encodings = wl.tokenizer.encode_batch(texts, add_special_tokens=False)
    return np.array([matrix[e.ids].mean(axis=0) if e.ids else 0 * matrix[0] for e in encodings])


def test_vectors_are_the_means_of_the_rows(
    wl: WordLlama, english: list[str], scripts: list[str]
) -> None:
    texts = [*english[:3000], *scripts]
    np.testing.assert_allclose(wl.embed(texts), plain_means(wl, texts), atol=2e-6)


def test_vectors_do_not_depend_on_batch_threads_or_history(
    wl: WordLlama, english: list[str], scripts: list[str]
) -> None:
    texts = [*scripts, *english[:2000]]
    fresh = Encoder(wl.encoder.rows, wl.tokenizer)
    together = embed(fresh, texts)
    again = embed(fresh, texts[::-1])[::-1]
    alone = np.vstack([embed(Encoder(fresh.rows, wl.tokenizer), [text]) for text in texts[:40]])
    one_thread = np.empty_like(together)
    fresh.embed(texts, one_thread, threads=1)
    np.testing.assert_array_equal(together, again)
    np.testing.assert_array_equal(together[:40], alone)
    np.testing.assert_array_equal(together, one_thread)


def test_both_kernels_give_the_same_mean_to_the_last_bit(wl: WordLlama, english: list[str]) -> None:
    """Scaled to length 1 they may differ by a rounding: NumPy sums squares in another order."""
    texts = [*english[:2000], " ".join(english[:300])]
    int8 = Rows(*_quantised(wl.embedding))
    for rows in (wl.encoder.rows, int8):
        encoder = Encoder(rows, wl.tokenizer)
        for norm in (False, True):
            plain = np.empty((len(texts), rows.matrix.shape[1]), np.float32)
            reference.pool(*encoder.token_ids(texts), rows, plain, normalize=norm)
            same = embed(encoder, texts, norm)
            np.testing.assert_allclose(same, plain, rtol=0, atol=1e-6 if norm else 0)


def _quantised(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    scale = np.abs(matrix).max(axis=1) / 127
    return np.round(matrix / np.maximum(scale, 1e-9)[:, None]).astype(np.int8), scale


@pytest.mark.parametrize("table_bytes", [0, 1000, 100_000])
def test_a_bounded_table_changes_nothing_but_time(
    wl: WordLlama, english: list[str], table_bytes: int
) -> None:
    texts = english[:1000]
    bounded = Encoder(wl.encoder.rows, wl.tokenizer, table_bytes=table_bytes)
    np.testing.assert_array_equal(embed(bounded, texts), wl.embed(texts))
    assert bounded.table.nbytes <= table_bytes
    np.testing.assert_array_equal(embed(bounded, texts), wl.embed(texts))


def test_the_table_grows_to_its_bound_and_stops(wl: WordLlama, english: list[str]) -> None:
    unbounded = Encoder(wl.encoder.rows, wl.tokenizer)
    embed(unbounded, english[:2000])
    bounded = Encoder(wl.encoder.rows, wl.tokenizer, table_bytes=unbounded.table.nbytes // 2)
    embed(bounded, english[:2000])
    assert 0 < len(bounded.table) < len(unbounded.table)
    assert bounded.table.nbytes > unbounded.table.nbytes // 4


def test_negative_bounds_are_refused(wl: WordLlama) -> None:
    with pytest.raises(ValueError, match="table_bytes must be 0 or more, not -1"):
        Encoder(wl.encoder.rows, wl.tokenizer, table_bytes=-1)


@pytest.mark.parametrize("text", ["a" * 1_000_000, "word " * 200_000, "你" * 300_000])
def test_a_megabyte_in_one_text_is_embedded(wl: WordLlama, text: str) -> None:
    np.testing.assert_allclose(wl.embed(text), plain_means(wl, [text]), atol=1e-5)


def test_int8_rows_with_scales_mappings_and_a_skipped_token(
    minilm: Tokenizer, english: list[str]
) -> None:
    n = minilm.get_vocab_size()
    rng = np.random.default_rng(0)
    rows = Rows(
        rng.integers(-127, 128, (500, 64), dtype=np.int8),
        rng.random(n, dtype=np.float32),
        rng.integers(0, 500, n, dtype=np.int32),
    )
    unknown = minilm.token_to_id("[UNK]")
    texts = [*english[:300], "the 👩‍👩‍👧 emoji", "👩‍👩‍👧", ""]
    found = embed(Encoder(rows, minilm, skip_unknown=True), texts)
    assert unknown in minilm.encode(texts[-2], add_special_tokens=False).ids
    for text, vector in zip(texts, found, strict=True):
        ids = [i for i in minilm.encode(text, add_special_tokens=False).ids if i != unknown]
        wide = [rows.matrix[rows.mapping[i]] * np.float64(rows.scale[i]) for i in ids]  # type: ignore[index]
        mean = np.mean(wide, axis=0) if ids else np.zeros(64)
        np.testing.assert_allclose(vector, mean, rtol=1e-5, atol=1e-4)


def test_memory_beside_the_output_is_bounded(wl: WordLlama, english: list[str]) -> None:
    words = " ".join(english[:500]).split()
    long_texts = [" ".join(words[i : i + 2000]) for i in range(0, 5000, 10)]
    out = np.empty((len(long_texts), 256), np.float32)
    wl.embed(long_texts, out=out)
    tracemalloc.start()
    wl.embed(long_texts, out=out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 2**20


def test_threads_that_embed_at_once_get_right_answers(wl: WordLlama, english: list[str]) -> None:
    shared = Encoder(wl.encoder.rows, wl.tokenizer)
    parts = [english[i : i + 400] for i in range(0, 3200, 400)]
    results: dict[int, NDArray[np.float32]] = {}
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [
            threading.Thread(target=lambda i=i: results.update({i: embed(shared, parts[i])}))
            for i in range(len(parts))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    for i, part in enumerate(parts):
        np.testing.assert_array_equal(results[i], wl.embed(part))


def test_an_id_past_the_last_row_is_an_error_not_a_wrong_vector(minilm: Tokenizer) -> None:
    tokenizer = Tokenizer.from_str(minilm.to_str())
    n = tokenizer.get_vocab_size()
    tokenizer.add_tokens(["wordllama"])
    encoder = Encoder(Rows(np.ones((n, 4), np.float32)), tokenizer)
    assert embed(encoder, ["a llama"]).tolist() == [[1, 1, 1, 1]]
    with pytest.raises(ValueError, match="token 'wordllama' has id 30522, past the model's last"):
        embed(encoder, ["a wordllama"])


def test_a_tokenizer_for_another_vocabulary_is_refused(minilm: Tokenizer) -> None:
    with pytest.raises(ValueError, match="30522 tokens but the model only 10 rows"):
        WordLlama(np.ones((10, 4), np.float32), minilm)


@pytest.mark.parametrize("binary", [False, True])
def test_a_model_pickles_and_copies(wl: WordLlama, english: list[str], binary: bool) -> None:
    model = WordLlama(wl.encoder, binary=binary)
    expected = model.embed(english[:200])
    copies = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model), copy.copy(model)]
    copies.append(pickle.loads(pickle.dumps(copies[0])))
    for each in copies:
        np.testing.assert_array_equal(each.embed(english[:200]), expected)
        assert each.binary == binary


def test_a_model_goes_to_worker_processes(wl: WordLlama, english: list[str]) -> None:
    parts = [english[i : i + 300] for i in range(0, 1200, 300)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as workers:
        found = list(workers.map(wl.embed, parts))
    np.testing.assert_array_equal(np.concatenate(found), wl.embed(english[:1200]))
