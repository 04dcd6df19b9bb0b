"""`WordLlama.load` and `save`: every kind of model, as its own package reads it."""

import numpy as np
import pytest
from model2vec import StaticModel
from safetensors.numpy import save, save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from wordllama import WordLlama
from wordllama.kernel import Rows
from wordllama.modelfiles.folder import read_model, write_model

TEXTS = ["the cat sat", "a mat, the cat?", "unseen ☃ words", "", "the", "☃ ☃"]
WORDS = ["[UNK]", "the", "cat", "sat", "a", "mat", ",", "?", "words"]
RNG = np.random.default_rng(7)
SIZE = len(WORDS)


@pytest.fixture
def tokenizer():
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, "[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


KINDS = {
    "float32": Rows(RNG.normal(size=(SIZE, 64)).astype("f4")),
    "float16": Rows(RNG.normal(size=(SIZE, 64)).astype("f2")),
    "int8": Rows(RNG.integers(-127, 128, (SIZE, 64)).astype("i1"), RNG.random(SIZE).astype("f4")),
    "shared rows": Rows(
        RNG.integers(-127, 128, (4, 64)).astype("i1"),
        RNG.random(SIZE).astype("f4"),
        RNG.integers(0, 4, SIZE).astype("i4"),
    ),
}


@pytest.mark.parametrize("rows", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("normalize", [False, True])
def test_model2vec_s_models_give_model2vec_s_vectors(tmp_path, tokenizer, rows, normalize):
    theirs = StaticModel(
        rows.matrix, tokenizer, weights=rows.scale, token_mapping=rows.mapping, normalize=normalize
    )
    theirs.save_pretrained(tmp_path / "m")
    mine = WordLlama.load(tmp_path / "m")
    assert mine.normalize == normalize
    expected = theirs.encode(TEXTS)
    tolerance = 2e-3 if rows.matrix.dtype == "f2" else 1e-5
    np.testing.assert_allclose(mine.embed(TEXTS), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("rows", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("skip_unknown", [False, True])
def test_a_saved_model_is_the_same_model(tmp_path, tokenizer, rows, skip_unknown):
    config = {"skip_unknown": skip_unknown}
    write_model(tmp_path / "a", rows, tokenizer.to_str(), config)
    first = WordLlama.load(tmp_path / "a")
    first.binary = True
    first.save(tmp_path / "b")
    second = WordLlama.load(tmp_path / "b")
    assert second.binary
    np.testing.assert_array_equal(second.embed(TEXTS), first.embed(TEXTS))
    assert read_model(tmp_path / "b").rows.matrix.dtype == rows.matrix.dtype
    assert (first.embed("☃ the") == first.embed("the")).all() == skip_unknown


def test_the_default_model_is_saved_and_loaded(tmp_path, wl, english):
    wl.save(tmp_path / "m")
    saved = WordLlama.load(tmp_path / "m")
    texts = [*english[:1000], "<unk> <s>"]
    np.testing.assert_array_equal(saved.embed(texts), wl.embed(texts))
    assert saved.normalize == wl.normalize


def test_model2vec_reads_the_saved_default_model(tmp_path, wl, english):
    wl.save(tmp_path / "m")
    theirs = StaticModel.from_pretrained(tmp_path / "m")
    texts = english[:200]
    np.testing.assert_allclose(theirs.encode(texts), wl.embed(texts), atol=5e-3)  # float16 means


def test_bfloat16_weights_are_read(tmp_path, tokenizer):
    exact = RNG.normal(size=(SIZE, 64)).astype("f4")
    halves = (exact.view("u4") >> 16).astype("u2")
    raw = save({"embeddings": halves}).replace(b'"U16"', b'"BF16"', 1)
    length = int.from_bytes(raw[:8], "little")
    (tmp_path / "model.safetensors").write_bytes((length + 1).to_bytes(8, "little") + raw[8:])
    (tmp_path / "tokenizer.json").write_text(tokenizer.to_str())
    rounded = (halves.astype("u4") << 16).view("f4")
    got = WordLlama.load(tmp_path).embed("the cat sat")[0]
    np.testing.assert_allclose(got, rounded[1:4].mean(axis=0), rtol=1e-6)


def test_a_bare_file_is_loaded_with_the_tokenizer_beside_it(tmp_path, tokenizer):
    save_file({"embedding.weight": KINDS["float16"].matrix}, tmp_path / "mine.safetensors")
    (tmp_path / "tokenizer.json").write_text(tokenizer.to_str())
    expected = KINDS["float16"].matrix[1:3].astype("f4").mean(axis=0)
    got = WordLlama.load(str(tmp_path / "mine.safetensors")).embed("the cat")[0]
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_a_repository_is_loaded_by_its_name(server, tmp_path, tokenizer):
    write_model(tmp_path / "m", KINDS["int8"], tokenizer.to_str(), {"normalize": True})
    for file in (tmp_path / "m").iterdir():
        server.content[f"/me/mine/resolve/main/{file.name}"] = file.read_bytes()
    got = WordLlama.load("me/mine", cache_dir=tmp_path / "c")
    np.testing.assert_array_equal(got.embed(TEXTS), WordLlama.load(tmp_path / "m").embed(TEXTS))
    again = WordLlama.load("me/mine", cache_dir=str(tmp_path / "c"), disable_download=True)
    assert again.normalize


def test_truncated_and_binary_vectors_come_from_the_same_folder(tmp_path, tokenizer):
    wide = Rows(RNG.normal(size=(SIZE, 128)).astype("f4"))
    write_model(tmp_path / "m", wide, tokenizer.to_str(), {})
    cut = WordLlama.load(tmp_path / "m", trunc_dim=64)
    whole = WordLlama.load(tmp_path / "m")
    np.testing.assert_array_equal(cut.embed(TEXTS), whole.embed(TEXTS)[:, :64])
    packed = WordLlama.load(tmp_path / "m", trunc_dim=64, binary=True).embed(TEXTS)
    assert packed.dtype == np.uint64
    assert packed.shape == (len(TEXTS), 1)


def test_a_tokenizer_for_another_vocabulary_is_refused(tmp_path, tokenizer):
    write_model(tmp_path / "m", Rows(np.ones((4, 64), "f4")), tokenizer.to_str(), {})
    with pytest.raises(ValueError, match=r"tokenizer\.json: holds token ids up to 8"):
        WordLlama.load(tmp_path / "m")


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_truncated_file_is_refused_by_name(tmp_path, tokenizer, name, keep):
    write_model(tmp_path / "m", KINDS["int8"], tokenizer.to_str(), {})
    path = tmp_path / "m" / name
    path.write_bytes(path.read_bytes()[: keep - (name == "config.json") if keep < 0 else keep])
    with pytest.raises(ValueError, match=name):
        WordLlama.load(tmp_path / "m")


def test_what_is_no_model_is_told_apart(tmp_path, server):
    with pytest.raises(ValueError, match="expected a folder, owner/name, or one of"):
        WordLlama.load("no_such_model")
    with pytest.raises(FileNotFoundError, match="no such model folder or file"):
        WordLlama.load(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="holds no model"):
        WordLlama.load(tmp_path)
    for path in ("../none", "./none", "none/", "~/none"):
        with pytest.raises(FileNotFoundError, match="no such model folder or file"):
            WordLlama.load(path)
    with pytest.raises(FileNotFoundError, match="404"):
        WordLlama.load("me/none", cache_dir=tmp_path)


def test_what_is_no_model_is_told_what_it_may_be(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "models" / "mine_64").mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match=r"models/mine: no such model folder .*mine_64"):
        WordLlama.load("models/mine")
    (tmp_path / "models" / "codebook.toml").touch()
    for path in ("models", "models/codebook.toml"):
        with pytest.raises(ValueError, match=f"{path}: a codebook, no model; `wordllama train`"):
            WordLlama.load(path)
