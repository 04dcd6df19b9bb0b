"""The published methods give the published results, and odd input gives sense or a clear error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from wordllama import ModelURI, WordLlama, WordLlamaInference, inference, vectors

# Printed in the published package's READMEs (0.2.6 and 0.4).
RANKED = {
    "i went to the vehicle": 0.7441646856486314,
    "i went to the truck": 0.2832691551894259,
    "i went to the shop": 0.19732814982305436,
    "i went to the park": 0.15101404519322253,
}
KEYED = {
    "Introduction to neural networks": 0.3414,
    "Foundations of neural science": 0.2115,
    "Introduction to philosophy: logic": 0.1067,
    "Cooking delicious pasta at home": 0.0045,
}
QUERY = "i went to the car"
DOCS = sorted(RANKED)


def test_similarity_as_printed(wl: WordLlama) -> None:
    found = wl.similarity(QUERY, "i went to the pawn shop")
    assert found == pytest.approx(0.06641249096796882, abs=1e-5)


def test_rank_as_printed(wl: WordLlama) -> None:
    ranked = wl.rank(QUERY, DOCS)
    assert [doc for doc, _ in ranked] == list(RANKED)
    assert [score for _, score in ranked] == pytest.approx(list(RANKED.values()), abs=1e-5)


def test_key_as_printed(wl: WordLlama) -> None:
    key = wl.key("Machine learning methods")
    assert sorted(KEYED, key=key, reverse=True) == list(KEYED)
    assert [key(text) for text in KEYED] == pytest.approx(list(KEYED.values()), abs=5e-5)


def test_rank_unsorted_keeps_the_order(wl: WordLlama) -> None:
    assert [doc for doc, _ in wl.rank(QUERY, DOCS, sort=False)] == DOCS


def test_topk_and_filter_agree_with_rank(wl: WordLlama) -> None:
    assert wl.topk(QUERY, DOCS, k=2) == list(RANKED)[:2]
    assert wl.filter(QUERY, DOCS) == ["i went to the vehicle"]
    assert wl.filter(QUERY, DOCS, threshold=0.19) == [d for d in DOCS if RANKED[d] > 0.19]


def test_more_than_there_are_gives_all(wl: WordLlama) -> None:
    assert len(wl.topk(QUERY, DOCS, k=10**30)) == len(DOCS)
    assert [len(each) for each in wl.topk([QUERY], DOCS, k=10**30)] == [len(DOCS)]
    assert len(wl.topk(QUERY, DOCS, k=np.int64(3))) == 3


def test_ties_keep_input_order(wl: WordLlama) -> None:
    docs = ["b", "a", "b", "a", ""]
    ranked = wl.rank("a", docs)
    assert [doc for doc, _ in ranked][:2] == ["a", "a"]


def test_one_document_no_documents_and_more_than_there_are(wl: WordLlama) -> None:
    assert wl.rank(QUERY, ["one"])[0][0] == "one"
    assert wl.rank(QUERY, []) == wl.topk(QUERY, []) == wl.filter(QUERY, []) == []
    assert wl.topk(QUERY, DOCS, k=99) == list(RANKED)
    assert wl.deduplicate([]) == wl.deduplicate([], return_indices=True) == []


def test_deduplicate_keeps_the_first_of_each_group(wl: WordLlama) -> None:
    docs = ["a red car", "the weather", "a red car", "A tall tree", "a red car!"]
    assert wl.deduplicate(docs, threshold=0.8) == ["a red car", "the weather", "A tall tree"]
    assert wl.deduplicate(docs, threshold=0.8, return_indices=True) == [2, 4]


@pytest.mark.parametrize("place", [4999, 5000, 5050, 5150, 9999])
def test_a_copy_is_found_wherever_it_stands(wl: WordLlama, place: int) -> None:
    texts = [f"number {i * 7919} of {i} things" for i in range(10_000)]
    texts[place] = texts[100]
    assert place in wl.deduplicate(texts, threshold=0.9999, return_indices=True)


def test_cluster_takes_a_seed_and_gives_lists(wl: WordLlama) -> None:
    docs = ["cat", "dog", "kitten", "car", "truck", "vehicle"]
    labels, inertia = wl.cluster(docs, k=2, random_state=0)
    assert wl.cluster(docs, k=2, random_state=0) == (labels, inertia)
    assert type(labels) is list
    assert type(inertia) is float
    assert len(set(labels[:3])) == len(set(labels[3:])) == 1
    assert labels[0] != labels[3]


def test_split_gives_back_what_it_was_given(wl: WordLlama, english: list[str]) -> None:
    text = "\n".join(english[:400])
    pieces = wl.split(text)
    assert len(pieces) > 3
    assert "".join("".join(pieces).split()) == "".join(text.split())
    roots, values, similarity = wl.split(text, return_minima=True)
    assert len(roots) == len(values) <= len(similarity)


# -- vectors -------------------------------------------------------------------------------------


def test_embed_shapes_and_types(wl: WordLlama) -> None:
    assert wl.embed("one").shape == (1, 256)
    assert wl.embed([]).shape == (0, 256)
    assert wl.embed(iter([])).shape == (0, 256)
    assert wl.embed("one").dtype == np.float32
    assert type(wl.embed("one", return_np=False)[0][0]) is float
    np.testing.assert_allclose(np.linalg.norm(wl.embed(DOCS, norm=True), axis=1), 1, rtol=1e-6)
    for true in (1, np.True_, "yes"):  # whatever Python takes for true, as published
        np.testing.assert_array_equal(wl.embed(DOCS, norm=true), wl.embed(DOCS, norm=True))
        assert wl.key("a cat", norm=true)("a dog") == wl.key("a cat")("a dog")


def test_an_empty_text_is_the_zero_vector(wl: WordLlama) -> None:
    assert not wl.embed("").any()
    assert not wl.embed("", norm=True).any()
    assert wl.similarity("", "a") == wl.similarity("", "") == wl.key("")("a") == 0


def test_token_vectors_average_to_the_pooled(wl: WordLlama) -> None:
    tokens = wl.embed(["two words", ""], pool_embeddings=False)
    assert [each.shape for each in tokens] == [(2, 256), (0, 256)]
    np.testing.assert_allclose(tokens[0].mean(axis=0), wl.embed("two words")[0], atol=1e-6)


def test_embed_writes_into_an_array_or_a_memory_map(wl: WordLlama, tmp_path: Path) -> None:
    out = np.empty((4, 256), np.float32)
    assert wl.embed(DOCS, out=out) is out
    mapped = np.memmap(tmp_path / "v", np.float32, "w+", shape=(4, 256))
    wl.embed((doc for doc in DOCS), out=mapped)
    np.testing.assert_array_equal(out, mapped)
    np.testing.assert_array_equal(out, wl.embed(DOCS))


@pytest.mark.parametrize(
    "out",
    [
        np.empty((3, 256), np.float32),
        np.empty((4, 255), np.float32),
        np.empty((4, 256), np.float64),
        np.empty((4, 512), np.float32)[:, ::2],
    ],
)
def test_an_out_that_does_not_fit_is_refused(wl: WordLlama, out: np.ndarray[Any, Any]) -> None:
    with pytest.raises(ValueError, match=r"out must be a C-contiguous float32 array of shape \(4"):
        wl.embed(DOCS, out=out)


@pytest.mark.parametrize("n", [3, 5])
def test_an_out_of_another_length_than_the_generators_is_refused(wl: WordLlama, n: int) -> None:
    with pytest.raises(ValueError, match=f"out has {n} rows, but there are"):
        wl.embed((doc for doc in DOCS), out=np.empty((n, 256), np.float32))


def test_a_long_generator_gives_what_the_list_gives(wl: WordLlama, english: list[str]) -> None:
    texts = english[:20_000]
    np.testing.assert_array_equal(wl.embed(iter(texts)), wl.embed(texts))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(st.characters(exclude_categories=()))))
def test_any_string_at_all_is_embedded(wl: WordLlama, texts: list[str]) -> None:
    found = wl.embed(texts, norm=True)
    assert found.shape == (len(texts), 256)
    assert np.isfinite(found).all()


# -- binary --------------------------------------------------------------------------------------


def test_the_binary_switch_turns_cosine_to_hamming(wl: WordLlama) -> None:
    model = WordLlama(wl.encoder)
    dense = model.embed(DOCS)
    model.binary = True
    packed = model.embed(DOCS)
    assert packed.shape == (4, 4)
    assert packed.dtype == np.uint64
    np.testing.assert_array_equal(packed, np.packbits(dense > 0, axis=1).view(np.uint64))
    signs = np.sign(dense)
    expected = (signs @ signs.T)[0, 1] / 256
    assert model.similarity(DOCS[0], DOCS[1]) == pytest.approx(expected)
    assert model.rank(QUERY, DOCS)[0][0] == "i went to the vehicle"
    assert model.deduplicate([*DOCS, DOCS[2]]) == DOCS
    assert model.split("a text\nof two lines") == ["a text\nof two lines"]
    with pytest.raises(ValueError, match="needs dense vectors"):
        model.cluster(DOCS, k=2)
    model.binary = False
    np.testing.assert_array_equal(model.embed(DOCS), dense)


# -- loading and saving --------------------------------------------------------------------------


def test_trunc_dim_keeps_the_first_dimensions(wl: WordLlama) -> None:
    short = WordLlama.load(trunc_dim=64)
    np.testing.assert_allclose(short.embed(DOCS), wl.embed(DOCS)[:, :64], atol=1e-6)
    binary = WordLlama.load(trunc_dim=64)
    binary.binary = True
    assert binary.embed("I went to the car").shape == (1, 1)


def test_a_saved_model_gives_the_same_vectors(wl: WordLlama, tmp_path: Path) -> None:
    texts = [*DOCS, "<s> and <unk>", ""]
    wl.save(tmp_path / "model")
    again = WordLlama.load(tmp_path / "model")
    np.testing.assert_array_equal(again.embed(texts), wl.embed(texts))
    again.save(tmp_path / "model")
    np.testing.assert_array_equal(
        WordLlama.load(tmp_path / "model" / "model.safetensors").embed(texts), wl.embed(texts)
    )


def test_bring_your_own_matrix(wl: WordLlama) -> None:
    for dtype in (np.float16, np.float32, np.float64):
        own = WordLlamaInference(wl.embedding.astype(dtype), wl.tokenizer)
        np.testing.assert_allclose(own.embed(DOCS), wl.embed(DOCS), atol=1e-6)
    assert isinstance(wl, WordLlamaInference)
    assert inference.WordLlamaInference is WordLlama


def test_a_tokenizer_set_to_pad_and_truncate_does_neither(wl: WordLlama) -> None:
    tokenizer = Tokenizer.from_str(wl.tokenizer.to_str())
    tokenizer.enable_padding(length=64)
    tokenizer.enable_truncation(2)
    own = WordLlama(wl.embedding, tokenizer)
    np.testing.assert_array_equal(own.embed(DOCS), wl.embed(DOCS))


def test_names_of_models(wl: WordLlama) -> None:
    names = WordLlama.list_configs()
    assert names["wordllama"] == ["l2_supercat", "l3_supercat"]
    assert "potion_base_8m" in names["model2vec"]


def test_a_model_uri_names_files_in_the_cache(wl: WordLlama, tmp_path: Path) -> None:
    uri = ModelURI("nobody/nothing", (256,), (), "own.json")
    for folder in ("weights", "tokenizers"):
        (tmp_path / folder).mkdir()
    cache = Path.home() / ".cache" / "wordllama"
    weights = cache / "weights" / "l2_supercat_256.safetensors"
    (tmp_path / "weights" / "custom_256.safetensors").symlink_to(weights)
    (tmp_path / "tokenizers" / "own.json").write_text(wl.tokenizer.to_str())
    own = WordLlama.load(uri, cache_dir=tmp_path)
    np.testing.assert_array_equal(own.embed(DOCS), wl.embed(DOCS))


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda wl: wl.topk(QUERY, DOCS, k=0), "k must be at least 1, not 0"),
        (lambda wl: wl.topk(QUERY, DOCS, k=-1), "k must be at least 1, not -1"),
        (lambda wl: wl.filter(QUERY, DOCS, threshold=1.5), "between -1 and 1, not 1.5"),
        (lambda wl: wl.filter(QUERY, DOCS, threshold=float("nan")), "between -1 and 1, not nan"),
        (lambda wl: wl.deduplicate(DOCS, threshold=-2), "between -1 and 1, not -2"),
        (lambda wl: wl.cluster(DOCS, k=0), "k"),
        (lambda wl: wl.cluster(DOCS, k=5), "k"),
        (lambda wl: wl.vector_similarity([np.nan], [1.0]), "a: row 0 holds NaN"),
        (lambda wl: wl.embed("a", pool_embeddings=False, out=np.zeros((1, 256))), "out can't hold"),
        (lambda wl: wl.cluster(DOCS, k=2, random_state=-1), "random_state must be from 0.*not -1"),
        (lambda wl: wl.embed(DOCS, batch_size=0), "batch_size must be at least 1, not 0"),
        (lambda wl: wl.embed(DOCS, threads=-1), "threads must be at least 0, not -1"),
        (lambda wl: WordLlama.load(""), "config is '', expected a folder, owner/name"),
        (lambda wl: WordLlama.load("no_such_model"), "'no_such_model'.*l2_supercat"),
        (lambda wl: WordLlama.load(dim=100), r"100.*\[64, 128, 256, 512, 1024\]"),
        (lambda wl: WordLlama.load(dim=64, trunc_dim=128), r"trunc_dim is 128.*\[64\]"),
        (lambda wl: WordLlama.load(trunc_dim=100), r"trunc_dim is 100.*\[64, 128, 256\]"),
        (lambda wl: WordLlama.load_m2v("l2_supercat"), "'l2_supercat'.*potion_base_8m"),
        (lambda wl: WordLlama(np.ones((32000, 100), np.float32), wl.tokenizer, binary=True), "64"),
        (lambda wl: WordLlama(np.ones(3), wl.tokenizer), r"two-dimensional.*\(3,\)"),
        (lambda wl: WordLlama(np.full((32000, 2), np.nan), wl.tokenizer), "row 0 holds NaN"),
        (lambda wl: wl.vector_similarity(np.ones((1, 2)), np.ones((1, 3))), "not 2 and 3"),
    ],
)
def test_bad_values_are_named(wl: WordLlama, call: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call(wl)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda wl: wl.similarity("a", None), "text2 must be a str, not NoneType"),
        (lambda wl: wl.rank(3, DOCS), "query must be a str or an iterable of str, not int"),
        (lambda wl: wl.rank("a", ["b", 3]), r"docs\[1\] must be a str, not int"),
        (lambda wl: wl.key(3), "query must be a str, not int"),
        (lambda wl: wl.split(None), "text must be a str, not NoneType"),
        (lambda wl: WordLlama(np.ones((3, 2)), None), "tokenizer must be a tokenizers.Tokenizer"),
        (lambda wl: wl.topk("a", DOCS, k=1.5), r"k must be a whole number, not float \(1.5\)"),
        (lambda wl: wl.topk(["a"], DOCS, k="2"), r"k must be a whole number, not str \('2'\)"),
        (lambda wl: wl.cluster(DOCS, k=2.0), "k must be a whole number, not float"),
        (lambda wl: wl.mine(DOCS, k=None), "k must be a whole number, not NoneType"),
        (lambda wl: wl.chunks("a", limit="3"), "limit must be a whole number, not str"),
        (lambda wl: wl.split("a", target_size=999.5), "target_size must be a whole number"),
        (lambda wl: wl.neighbours("a", n=1.0), "n must be a whole number, not float"),
        (lambda wl: wl.embed("a", threads="2"), "threads must be a whole number, not str"),
        (lambda wl: wl.filter("a", DOCS, threshold="0.3"), "threshold must be a number, not str"),
        (lambda wl: wl.deduplicate(DOCS, threshold=None), "threshold must be a number, not None"),
        (lambda wl: WordLlama.load(trunc_dim=64.0), "trunc_dim must be a whole number, not float"),
        (lambda wl: wl.embed(np.array("a")), r"texts must be one-dimensional, not of shape \(\)"),
        (lambda wl: wl.embed("a", out=[0.0]), "out must be a NumPy array or memory map, not list"),
        (lambda wl: WordLlama.load(None), "config must be a name, folder, file or ModelURI"),
    ],
)
def test_bad_types_are_named(wl: WordLlama, call: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        call(wl)


def test_nan_vectors_are_refused_with_their_row() -> None:
    with pytest.raises(ValueError, match="docs: row 1 holds NaN"):
        vectors.check_vectors(np.array([[1.0], [np.nan]]), "docs")


# -- words ---------------------------------------------------------------------------------------


def test_modes_rank_by_words_and_by_both(wl: WordLlama) -> None:
    docs = ["pressure of the gas", "the boundary layer", "flow", ""]
    by_words = dict(wl.rank("layers of boundary", docs, mode="keyword"))
    assert by_words["the boundary layer"] > by_words["pressure of the gas"] > by_words["flow"] == 0
    both = wl.rank("layers of boundary", docs, mode="hybrid")
    assert both[0] == ("the boundary layer", pytest.approx(1))
    assert [doc for doc, _ in wl.rank("flow", docs, sort=False, mode="hybrid")] == docs
    assert wl.topk("layers of boundary", docs, 2, mode="keyword") == [docs[1], docs[0]]
    assert wl.topk(["flow", "gas"], docs, 1, mode="hybrid") == [["flow"], [docs[0]]]
    assert wl.filter("gas flow", docs, 0, mode="keyword") == [docs[0], docs[2]]
    assert wl.filter(["gas"], docs, 0.9, mode="hybrid") == [[docs[0]]]
    assert wl.rank("gas", [], mode="hybrid") == wl.topk("gas", [], mode="keyword") == []


def test_modes_that_can_t_be_are_refused(wl: WordLlama) -> None:
    with pytest.raises(ValueError, match="mode must be one of"):
        wl.rank("a", ["b"], mode="semantic")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="vectors have no words"):
        wl.topk("a", wl.embed(["b"]), mode="hybrid")
