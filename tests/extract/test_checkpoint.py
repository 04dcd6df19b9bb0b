from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from wordllama.extract import extract, open_source

DTYPES = {
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
}
NAMES = (
    "model.embed_tokens.weight",
    "transformer.wte.weight",
    "embeddings.word_embeddings.weight",
    "gpt_neox.embed_in.weight",
    "tok_embeddings.weight",
    "shared.weight",
    "embedding.weight",
    "embeddings",
    "lm_head.weight",
)


def tokenizer(folder: Path, tokens: int = 10) -> None:
    vocabulary = {f"t{i}": i for i in range(tokens)}
    model = {"type": "WordLevel", "vocab": vocabulary, "unk_token": "t0"}
    (folder / "tokenizer.json").write_text(json.dumps({"version": "1.0", "model": model}))


def add(folder: Path, *ids: int) -> None:
    """Tokens added to the tokenizer in the folder."""
    held = json.loads((folder / "tokenizer.json").read_text())
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    held["added_tokens"] = [{"id": i, "content": f"<{i}>", "special": True, **flags} for i in ids]
    (folder / "tokenizer.json").write_text(json.dumps(held))


def table(rows: int = 10, columns: int = 8) -> torch.Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_read_as_torch_reads_it(tmp_path, dtype):
    values = table().to(DTYPES[dtype])
    save_file({"model.embed_tokens.weight": values}, tmp_path / "model.safetensors")
    tokenizer(tmp_path)
    book = extract(tmp_path, tmp_path / "book", dtype="float32")
    assert np.array_equal(book.matrix, values.float().numpy())
    assert book.about["source_dtype"] == dtype


def test_all_256_values_of_each_float8_are_torchs(tmp_path):
    codes = torch.arange(256, dtype=torch.uint8)
    for dtype in ("F8_E4M3", "F8_E5M2"):
        values = codes.view(DTYPES[dtype]).reshape(1, 256)
        save_file({"embedding.weight": values}, tmp_path / "a.safetensors")
        matrix = open_source(tmp_path / "a.safetensors").matrix("embedding.weight")
        ours = matrix.decode(matrix.raw(0, 1))
        assert np.array_equal(ours, values.float().numpy(), equal_nan=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_is_found_by_its_name(tmp_path, name):
    others = {"model.norm.weight": torch.ones(8), "blocks.0.mlp.weight": table(4, 8)}
    save_file({name: table(), **others}, tmp_path / "model.safetensors")
    assert open_source(tmp_path).table() == name


def test_the_input_table_goes_before_the_output_matrix(tmp_path):
    tensors = {"lm_head.weight": table(), "model.embed_tokens.weight": table()}
    save_file(tensors, tmp_path / "model.safetensors")
    assert open_source(tmp_path).table() == "model.embed_tokens.weight"


@pytest.fixture
def sharded(tmp_path) -> Path:
    names = {"lm_head.weight": "m-2.safetensors", "model.embed_tokens.weight": "m-1.safetensors"}
    for name, file in names.items():
        save_file({name: table()}, tmp_path / file)
    index = {"metadata": {}, "weight_map": names}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    (tmp_path / "README.md").write_text('---\nlanguage: en\nlicense: "apache-2.0"\n---\n# Model\n')
    tokenizer(tmp_path)
    return tmp_path


@pytest.mark.parametrize("given", ["", "model.safetensors.index.json", "m-1.safetensors"])
def test_a_folder_its_index_or_one_shard_will_do(sharded, given):
    book = extract(sharded / given, sharded / "book", dtype="float32")
    assert np.array_equal(book.matrix, table().numpy())
    assert book.about["licence"] == "apache-2.0"


def test_an_index_with_one_shard_there_will_do(sharded):
    (sharded / "m-1.safetensors").unlink()
    assert open_source(sharded).table() == "lm_head.weight"
    (sharded / "m-2.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match="none of the shards it names"):
        open_source(sharded)


def test_the_default_model_is_a_codebook_too(default_weights, tmp_path):
    book = extract(default_weights, tmp_path / "book")
    assert (book.matrix.shape, book.matrix.dtype) == ((32000, 256), np.float16)
    assert book.about["source_sha256"] == book.about["sha256"]


def test_padding_rows_are_left_out(tmp_path):
    save_file({"embedding.weight": table(102)}, tmp_path / "model.safetensors")
    tokenizer(tmp_path, 100)
    book = extract(tmp_path, tmp_path / "book", dtype="float32")
    assert np.array_equal(book.matrix, table(102).numpy()[:100])
    assert book.about["source_rows"] == 102


def test_tokens_added_beyond_the_table_have_zero_rows(tmp_path):
    save_file({"embedding.weight": table()}, tmp_path / "model.safetensors")
    tokenizer(tmp_path)
    add(tmp_path, 0, 10, 11)
    book = extract(tmp_path, tmp_path / "book", dtype="float32")
    assert np.array_equal(book.matrix, np.vstack([table().numpy(), np.zeros((2, 8))]))
    assert book.about["zero_rows"] == 2


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (torch.ones(8), "shape \\(8,\\); a codebook has rank 2"),
        (torch.ones(2, 2, 2), "shape \\(2, 2, 2\\); a codebook has rank 2"),
        (torch.ones(10, 2, dtype=torch.int64), "has dtype I64"),
        (torch.ones(10, 2, dtype=torch.int8), "has dtype I8; read are F64, F32, F16, BF16, F8"),
        (torch.full((10, 2), float("nan")), "'embedding.weight' has NaN or infinity in row 0"),
        (
            torch.full((10, 2), 1e6),
            "'embedding.weight' has values beyond float16's 65504; take dtype float32",
        ),
        (torch.ones(9, 2), "has 9 rows, the tokenizer 10 tokens"),
        (torch.ones(20, 2), "has 20 rows, the tokenizer 10 tokens"),
    ],
)
def test_what_is_no_table_is_refused_and_nothing_is_left(tmp_path, tensor, message):
    save_file({"embedding.weight": tensor}, tmp_path / "model.safetensors")
    tokenizer(tmp_path)
    with pytest.raises(ValueError, match=message):
        extract(tmp_path, tmp_path / "book", tensor="embedding.weight")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model.safetensors", "tokenizer.json"]


def test_damaged_files_are_named(tmp_path):
    save_file({"embedding.weight": table()}, tmp_path / "model.safetensors")
    content = (tmp_path / "model.safetensors").read_bytes()
    with pytest.raises(FileNotFoundError, match="no tokenizer beside it"):
        extract(tmp_path, tmp_path / "book")
    tokenizer(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(content[:-1])
    with pytest.raises(ValueError, match=r"model\.safetensors: .*truncated"):
        extract(tmp_path, tmp_path / "book")
    (tmp_path / "model.safetensors").write_bytes(content)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match=r"tokenizer\.json: model is missing"):
        extract(tmp_path, tmp_path / "book")
    (tmp_path / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(ValueError, match="not an index of safetensors shards"):
        extract(tmp_path, tmp_path / "book")
    (tmp_path / "README").write_text("# A model for everybody and everything")
    with pytest.raises(ValueError, match=r"README: starts with b'# A ', not b'GGUF'"):
        extract(tmp_path / "README", tmp_path / "book")
    with pytest.raises(FileNotFoundError, match="no such file"):
        extract(tmp_path / "nowhere.gguf", tmp_path / "book")
