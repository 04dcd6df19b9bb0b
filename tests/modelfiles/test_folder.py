"""A model folder is read as it was written, as model2vec reads it, or refused with the reason."""

import gzip
import json
import os
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from model2vec import StaticModel
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from wordllama.kernel import Rows
from wordllama.modelfiles.folder import read_model, write_model

WORDS = ["[UNK]", "a", "b", "c", "d"]


def tokenizer_json(n_tokens=5):
    words = (WORDS + [f"w{i}" for i in range(n_tokens)])[:n_tokens]
    vocab = {word: i for i, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer.to_str()


def a_folder(tmp_path, tokenizer=None, config=None, **arrays):
    folder = tmp_path / "model"
    folder.mkdir()
    save_file(arrays, folder / "model.safetensors")
    (folder / "tokenizer.json").write_text(tokenizer or tokenizer_json())
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    return folder


def matrix(dtype="f4", rows=5, dim=3):
    return (np.arange(rows * dim).reshape(rows, dim) - 4).astype(dtype)


def tokens(model, ids):
    """What the model says token ids are: its rows times their scale."""
    ids = np.asarray(ids)
    at = ids if model.rows.mapping is None else model.rows.mapping[ids]
    scale = 1 if model.rows.scale is None else model.rows.scale[ids][:, None]
    return model.rows.matrix[at].astype(np.float32) * scale


def assert_same(a, b):
    for one, other in [(a.matrix, b.matrix), (a.scale, b.scale), (a.mapping, b.mapping)]:
        if one is None or other is None:
            assert one is other
        else:
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)


ROWS = {
    "float32": Rows(matrix("f4")),
    "float16": Rows(matrix("f2")),
    "int8": Rows(matrix("i1"), np.linspace(0.5, 2, 5).astype("f4")),
    "mapped": Rows(
        matrix("i1", rows=2),
        np.linspace(0.5, 2, 5).astype("f4"),
        np.array([0, 1, 1, 0, 1], "i4"),
    ),
    "weighted": Rows(matrix("f4"), np.linspace(0.5, 2, 5).astype("f4")),
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_what_is_written_is_read(tmp_path, rows):
    text = tokenizer_json()
    config = {"normalize": True, "binary": True, "skip_unknown": False, "licence": "MIT ©"}
    write_model(tmp_path / "m", rows, text, config)
    model = read_model(tmp_path / "m")
    assert_same(model.rows, rows)
    assert model.tokenizer_json == text
    assert (model.normalize, model.binary, model.skip_unknown) == (True, True, False)
    assert model.config["licence"] == "MIT ©"
    assert model.dim == 3


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("normalize", [False, True])
def test_model2vec_reads_what_is_written_as_we_do(tmp_path, rows, normalize):
    write_model(tmp_path / "m", rows, tokenizer_json(), {"normalize": normalize})
    theirs = StaticModel.from_pretrained(tmp_path / "m")
    model = read_model(tmp_path / "m")
    expected = tokens(model, [1, 3, 3]).mean(axis=0)
    if normalize:
        expected /= np.linalg.norm(expected)
    got = theirs.encode(["a c c"])[0]
    np.testing.assert_allclose(got, expected, rtol=1e-3 if rows.matrix.dtype == "f2" else 1e-6)
    assert theirs.max_length is None


@pytest.mark.parametrize("quantize_to", ["float32", "float16", "int8"])
@pytest.mark.parametrize("shared", [False, True], ids=["a row a token", "shared rows"])
def test_what_model2vec_writes_is_read(tmp_path, quantize_to, shared):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(3 if shared else 5, 8)).astype("f4")
    extra = {"token_mapping": np.array([0, 1, 2, 0, 1]), "weights": rng.random(5)} if shared else {}
    tokenizer = Tokenizer.from_str(tokenizer_json())
    StaticModel(vectors, tokenizer, normalize=True, **extra).save_pretrained(tmp_path / "full")
    theirs = StaticModel.from_pretrained(tmp_path / "full", quantize_to=quantize_to)
    theirs.save_pretrained(tmp_path / "m")
    model = read_model(tmp_path / "m")
    assert model.rows.matrix.dtype == quantize_to
    assert model.normalize
    assert model.skip_unknown
    expected = tokens(model, [1, 3, 3]).mean(axis=0)
    expected /= np.linalg.norm(expected)
    np.testing.assert_allclose(theirs.encode(["a c c"])[0], expected, atol=2e-3)


@given(
    hnp.arrays("f4", (5, 4), elements=st.floats(-2, 2, width=32)),
    hnp.arrays("f4", 5, elements=st.floats(0, 2, width=32)) | st.none(),
)
def test_writing_and_reading_changes_nothing(tmp_path_factory, values, scale):
    folder = tmp_path_factory.mktemp("m")
    write_model(folder, Rows(values, scale), tokenizer_json(), {})
    assert_same(read_model(folder).rows, Rows(values, scale))


def test_the_published_layout_is_read(tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "tokenizers").mkdir()
    weights = tmp_path / "weights" / "l9_super_3.safetensors"
    save_file({"embedding.weight": matrix("f2")}, weights)
    tokenizer = tmp_path / "tokenizers" / "l9_super_tokenizer_config.json"
    tokenizer.write_text(tokenizer_json())
    model = read_model(weights)
    assert model.tokenizer_file == tokenizer
    assert not model.skip_unknown
    np.testing.assert_array_equal(model.rows.matrix, matrix("f2"))
    binary = weights.rename(weights.with_name("l9_super_3_binary.safetensors"))
    assert read_model(binary).binary


def test_a_tokenizer_beside_a_bare_file_is_found(tmp_path):
    folder = a_folder(tmp_path, embeddings=matrix())
    bare = (folder / "model.safetensors").rename(folder / "mine.safetensors")
    assert read_model(bare).tokenizer_file == folder / "tokenizer.json"
    other = (folder / "tokenizer.json").rename(tmp_path / "t.json")
    assert read_model(bare, tokenizer=other).tokenizer_file == other
    with pytest.raises(FileNotFoundError, match="no tokenizer beside it"):
        read_model(bare)


def test_a_tokenizer_may_be_gzipped(tmp_path):
    folder = a_folder(tmp_path, embeddings=matrix())
    text = (folder / "tokenizer.json").read_bytes()
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.json.gz").write_bytes(gzip.compress(text))
    assert read_model(folder).tokenizer_json == text.decode()
    (folder / "tokenizer.json.gz").write_bytes(gzip.compress(text)[:-9])
    with pytest.raises(ValueError, match="not a whole gzip file"):
        read_model(folder)
    with gzip.open(folder / "tokenizer.json.gz", "wb") as bomb:
        for _ in range(257):
            bomb.write(bytes(1 << 20))
    with pytest.raises(ValueError, match="unzips to more than"):
        read_model(folder)


def test_sentence_transformers_layout_is_read(tmp_path):
    folder = a_folder(tmp_path, **{"embedding.weight": matrix()})
    (folder / "0_StaticEmbedding").mkdir()
    for name in ("model.safetensors", "tokenizer.json"):
        shutil.move(folder / name, folder / "0_StaticEmbedding" / name)
    assert not read_model(folder).normalize
    modules = [{"type": "sentence_transformers.models.Normalize"}]
    (folder / "modules.json").write_text(json.dumps(modules))
    assert read_model(folder).normalize


def test_weights_are_memory_mapped_and_int8_stays_int8(tmp_path):
    write_model(tmp_path / "m", ROWS["int8"], tokenizer_json(), {})
    rows = read_model(tmp_path / "m").rows
    assert isinstance(rows.matrix.base, np.memmap)
    assert rows.matrix.dtype == np.int8


def test_truncation_keeps_the_first_dimensions(tmp_path):
    write_model(tmp_path / "m", ROWS["mapped"], tokenizer_json(), {})
    whole, cut = read_model(tmp_path / "m"), read_model(tmp_path / "m", trunc_dim=2)
    assert cut.dim == 2
    assert cut.rows.matrix.flags.c_contiguous
    np.testing.assert_array_equal(tokens(cut, range(5)), tokens(whole, range(5))[:, :2])
    for dim in (0, -1, 4):
        with pytest.raises(ValueError, match=f"trunc_dim is {dim}, expected 1 to 3"):
            read_model(tmp_path / "m", trunc_dim=dim)


def test_other_floats_are_read_as_float32(tmp_path):
    folder = a_folder(tmp_path, embeddings=matrix("f8"), weights=np.ones(5, "f8"))
    rows = read_model(folder).rows
    assert rows.matrix.dtype == rows.scale.dtype == np.float32


def test_a_named_tensor_is_read(tmp_path):
    folder = a_folder(tmp_path, table=matrix("f2"))
    model = read_model(folder, tensor="table")
    np.testing.assert_array_equal(model.rows.matrix, matrix("f2"))
    with pytest.raises(ValueError, match=r"holds tensors \['table'\], expected 'embeddings'"):
        read_model(folder)
    with pytest.raises(ValueError, match="expected 'chair'"):
        read_model(folder, tensor="chair")


def nan_at(dtype, value):
    values = matrix(dtype)
    values[3, 1] = value
    return values


BAD_ARRAYS = {
    "flat": ({"embeddings": np.zeros(5, "f4")}, "shape [5], expected [rows, dimensions]"),
    "empty": ({"embeddings": np.zeros((0, 4), "f4")}, "shape [0, 4]"),
    "thin": ({"embeddings": np.zeros((5, 0), "f4")}, "shape [5, 0]"),
    "int32": ({"embeddings": matrix("i4")}, "is I32, expected one of"),
    "nan16": ({"embeddings": nan_at("f2", np.nan)}, "row 3 holds NaN or infinity"),
    "inf32": ({"embeddings": nan_at("f4", np.inf)}, "row 3 holds NaN or infinity"),
    "weights": ({"embeddings": matrix(), "weights": np.ones(4, "f4")}, "4 entries, expected 5"),
    "nan weight": (
        {"embeddings": matrix(), "weights": np.array([1, 1, np.nan, 1, 1], "f4")},
        "weight 2 holds NaN",
    ),
    "int weights": ({"embeddings": matrix(), "weights": np.ones(5, "i4")}, "'weights' is I32"),
    "mapping past": (
        {"embeddings": matrix(), "mapping": np.array([0, 1, 2, 3, 5])},
        "'mapping' holds 5, expected rows 0 to 4",
    ),
    "mapping below": (
        {"embeddings": matrix(), "mapping": np.array([0, 1, 2, 3, -1])},
        "'mapping' holds -1",
    ),
    "mapping float": ({"embeddings": matrix(), "mapping": np.zeros(5, "f4")}, "'mapping' is F32"),
    "mapping short": ({"embeddings": matrix(), "mapping": np.zeros(4, "i8")}, "ids up to 4"),
    "few rows": ({"embeddings": matrix(rows=4)}, "ids up to 4, expected at most 3"),
}


@pytest.mark.parametrize(("arrays", "complaint"), BAD_ARRAYS.values(), ids=BAD_ARRAYS)
def test_weights_that_do_not_fit_are_refused(tmp_path, arrays, complaint):
    folder = a_folder(tmp_path, **arrays)
    with pytest.raises(ValueError, match="model") as raised:
        read_model(folder)
    assert complaint in str(raised.value)


BAD_TOKENIZERS = {
    "not json": ("{", "not JSON"),
    "deep": ("[" * 100_000, "not JSON"),
    "a list": ("[]", "holds a list"),
    "no model": ("{}", "model is missing"),
    "past": (
        '{"model": {"type": "WordLevel", "vocab": {"a": 5}}}',
        "ids up to 5, expected at most 4",
    ),
    "unigram": (
        '{"model": {"type": "Unigram", "vocab": [["a", 0], 1, 2, 3, 4, 5]}}',
        "ids up to 5",
    ),
    "added": (
        '{"model": {"type": "WordLevel", "vocab": {"a": 1}},'
        ' "added_tokens": [{"id": 9, "content": "b"}]}',
        "ids up to 9",
    ),
}


@pytest.mark.parametrize(("text", "complaint"), BAD_TOKENIZERS.values(), ids=BAD_TOKENIZERS)
def test_a_tokenizer_that_does_not_fit_is_refused(tmp_path, text, complaint):
    folder = a_folder(tmp_path, tokenizer=text, embeddings=matrix())
    with pytest.raises(ValueError, match=r"tokenizer\.json") as raised:
        read_model(folder)
    assert complaint in str(raised.value)


@given(st.binary(max_size=60))
def test_a_garbled_tokenizer_is_refused(tmp_path_factory, content):
    folder = a_folder(tmp_path_factory.mktemp("m"), embeddings=matrix())
    (folder / "tokenizer.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"tokenizer\.json"):
        read_model(folder)


@pytest.mark.parametrize("config", [[], "x", {"normalize": "yes"}, {"binary": 1}])
def test_a_config_that_is_none_is_refused(tmp_path, config):
    folder = a_folder(tmp_path, config=config, embeddings=matrix())
    with pytest.raises(ValueError, match=r"config\.json"):
        read_model(folder)


def test_a_folder_without_a_model_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no model\.safetensors in this folder"):
        read_model(tmp_path)
    with pytest.raises(FileNotFoundError, match="nothing: no such file"):
        read_model(tmp_path / "nothing")
    folder = a_folder(tmp_path, embeddings=matrix())
    (folder / "tokenizer.json").unlink()
    with pytest.raises(FileNotFoundError, match="no tokenizer beside it"):
        read_model(folder)


@pytest.mark.skipif(os.name == "nt", reason="no named pipes")
@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_pipe_is_refused_without_waiting(tmp_path, name):
    folder = a_folder(tmp_path, embeddings=matrix())
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises((ValueError, FileNotFoundError), match="model"):
        read_model(folder)


def test_links_to_whole_files_are_followed_and_broken_ones_named(tmp_path):
    folder = a_folder(tmp_path, embeddings=matrix())
    blob = (folder / "model.safetensors").rename(tmp_path / "blob")
    (folder / "model.safetensors").symlink_to(blob)
    np.testing.assert_array_equal(read_model(folder).rows.matrix, matrix())
    blob.unlink()
    with pytest.raises(FileNotFoundError, match="model"):
        read_model(folder)


def test_a_changed_byte_of_what_we_wrote_is_found(tmp_path):
    write_model(tmp_path / "m", ROWS["int8"], tokenizer_json(), {})
    path = tmp_path / "m" / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.safetensors: the tensors have SHA-256"):
        read_model(tmp_path / "m")


def test_a_changed_byte_of_a_header_that_we_wrote_is_found(tmp_path):
    write_model(tmp_path / "m", ROWS["int8"], tokenizer_json(), {})
    path = tmp_path / "m" / "model.safetensors"
    path.write_bytes(path.read_bytes().replace(b'"weights"', b'"weightz"'))
    with pytest.raises(ValueError, match=r"model\.safetensors: the header has SHA-256"):
        read_model(tmp_path / "m")


@pytest.mark.parametrize("key", ["normalize", "binary", "skip_unknown"])
def test_a_setting_that_was_saved_and_is_gone_is_named(tmp_path, key):
    write_model(tmp_path / "m", ROWS["int8"], tokenizer_json(), {"normalize": True})
    path = tmp_path / "m" / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {key: not config[key]}))  # an owner may do so
    assert getattr(read_model(tmp_path / "m"), key) is not config[key]
    del config[key]
    path.write_text(json.dumps(config))
    with pytest.raises(ValueError, match=rf"config\.json: has no {key}"):
        read_model(tmp_path / "m")
    path.unlink()
    with pytest.raises(ValueError, match=r"config\.json: has no normalize"):
        read_model(tmp_path / "m")


def test_a_flipped_bit_that_makes_a_row_enormous_is_found(tmp_path):
    values = matrix("f4")
    values[2, 1] = 0.5
    values.view("u4")[2, 1] ^= 1 << 30
    assert np.isfinite(values).all()
    folder = a_folder(tmp_path, embeddings=values)
    with pytest.raises(ValueError, match=r"model\.safetensors: the rows reach \S+e\+3\d, expected"):
        read_model(folder)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_int8_rows_times_their_scales_are_bounded(tmp_path, kind):
    scale = np.full(5, 1e13 if kind != "f2" else 6e4, kind)
    folder = a_folder(tmp_path, embeddings=matrix("i1"), weights=scale)
    if kind == "f2":
        assert read_model(folder).dim == 3
        return
    with pytest.raises(ValueError, match=r"the rows reach 1\.28e"):
        read_model(folder)


def test_files_of_two_models_are_not_taken_for_one(tmp_path):
    write_model(tmp_path / "a", ROWS["int8"], tokenizer_json(), {})
    write_model(tmp_path / "b", ROWS["int8"], tokenizer_json().replace("[UNK]", "[NEW]"), {})
    shutil.copy(tmp_path / "b" / "tokenizer.json", tmp_path / "a")
    with pytest.raises(ValueError, match=r"tokenizer\.json: has SHA-256 .* was saved"):
        read_model(tmp_path / "a")


def test_what_model2vec_makes_of_ours_is_read(tmp_path):
    write_model(tmp_path / "a", ROWS["int8"], tokenizer_json(), {"normalize": True})
    StaticModel.from_pretrained(tmp_path / "a").save_pretrained(tmp_path / "b")
    assert_same(read_model(tmp_path / "b").rows, ROWS["int8"])
    assert read_model(tmp_path / "b").normalize


def test_writing_fails_without_touching_what_was_there(tmp_path):
    write_model(tmp_path / "m", ROWS["float32"], tokenizer_json(), {})
    with pytest.raises(TypeError):
        write_model(tmp_path / "m", ROWS["int8"], tokenizer_json(), {"x": object()})
    assert_same(read_model(tmp_path / "m").rows, ROWS["float32"])


def test_a_model_is_rewritten_while_its_rows_are_mapped(tmp_path):
    write_model(tmp_path / "m", ROWS["float32"], tokenizer_json(), {})
    rows = read_model(tmp_path / "m").rows
    write_model(tmp_path / "m", rows, tokenizer_json(), {"normalize": True})
    assert read_model(tmp_path / "m").normalize
    assert_same(rows, ROWS["float32"])
