from __future__ import annotations

from pathlib import Path

import gguf as peer
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordllama.extract import extract, gguf, open_source, read_codebook
from wordllama.extract.parts import joined
from wordllama.train.source import open_source as open_codebook

QUANTISED = ("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1")
LETTERS = ["Ġ", *"abcdefghijklmnopqrstuvwxyz", "ab"]
VALUES = np.random.default_rng(0).normal(size=(len(LETTERS), 64)).astype(np.float32)


def write(path: Path, values: np.ndarray = VALUES, dtype: str = "F32", **metadata) -> Path:
    """A small GGUF file with a tokenizer of letters, by PyPI's own writer."""
    writer = peer.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(LETTERS)
    writer.add_token_merges(metadata.pop("merges", ["a b"]))
    for key, value in metadata.items():
        writer.add_string(key.replace("_", ".", 1), value)
    kind = peer.GGMLQuantizationType[dtype]
    rows = peer.quantize(values, kind)
    writer.add_tensor("token_embd.weight", rows, raw_dtype=kind)
    writer.add_tensor("output_norm.weight", np.ones(64, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("dtype", QUANTISED)
def test_rows_are_what_ggufs_own_reader_gives(tmp_path, dtype):
    path = write(tmp_path / "a.gguf", dtype=dtype)
    tensor = peer.GGUFReader(path).tensors[0]
    expected = peer.dequantize(tensor.data, tensor.tensor_type)
    book = extract(path, tmp_path / "book", dtype="float32")
    assert np.array_equal(book.matrix, expected)
    assert (book.about["tensor"], book.about["source_dtype"]) == ("token_embd.weight", dtype)


@pytest.mark.parametrize("dtype", ["Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_XS"])
def test_k_quants_are_decoded_a_block_of_rows_at_a_time(tmp_path, dtype, monkeypatch):
    kind = peer.GGMLQuantizationType[dtype]
    block, size = peer.GGML_QUANT_SIZES[kind]
    raw = np.random.default_rng(1).integers(0, 60, (len(LETTERS), 2 * size), np.uint8)
    writer = peer.GGUFWriter(tmp_path / "k.gguf", "llama")
    writer.add_tensor("token_embd.weight", raw, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    monkeypatch.setattr("wordllama.extract.matrix.BLOCK", 5 * 2 * block)
    matrix = open_source(tmp_path / "k.gguf").matrix("token_embd.weight")
    assert np.array_equal(matrix.read(), peer.dequantize(raw, kind))


def test_smollm2s_first_bytes_are_enough_for_its_table(smollm2, tmp_path):
    source = open_source(smollm2)
    assert source.tensors["token_embd.weight"].whole
    assert not source.tensors["blk.0.ffn_down.weight"].whole
    assert "bytes missing" in str(source.tensors["blk.0.ffn_down.weight"])
    book = extract(smollm2, tmp_path / "book")
    assert (book.matrix.shape, book.about["source_dtype"]) == ((49152, 576), "Q8_0")
    assert book.about["licence"] == "apache-2.0"
    near = book.matrix.astype(np.float32)
    near /= np.linalg.norm(near, axis=1, keepdims=True) + 1e-9
    place = {token: i for i, token in enumerate(gguf_tokens(smollm2))}
    assert (
        near[place["Ġking"]] @ near[place["Ġqueen"]] > near[place["Ġking"]] @ near[place["Ġsoup"]]
    )


def gguf_tokens(path: Path) -> list[str]:
    return gguf.read_header(joined([path])).metadata["tokenizer.ggml.tokens"]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=st.lists(st.integers(1, 8000), max_size=4))
def test_a_file_in_parts_is_the_file(tmp_path_factory, cuts):
    folder = tmp_path_factory.mktemp("parts")
    content = write(folder / "a.gguf").read_bytes()
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    parts = [folder / f"part{i}" for i in range(len(edges) - 1)]
    for part, start, stop in zip(parts, edges, edges[1:], strict=False):
        part.write_bytes(content[start:stop])
    book = extract(parts, folder / "book", dtype="float32")
    assert np.array_equal(book.matrix, VALUES)


def test_shards_written_by_llama_cpp_are_found_by_their_names(tmp_path):
    write(tmp_path / "m-00002-of-00002.gguf")
    writer = peer.GGUFWriter(tmp_path / "m-00001-of-00002.gguf", "llama")
    writer.add_tensor("rope.freqs", np.ones(4, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    matrix = open_source(tmp_path).matrix("token_embd.weight")
    assert np.array_equal(matrix.read(), VALUES)


def test_a_table_that_is_cut_short_is_named(smollm2, tmp_path):
    short = tmp_path / "short.gguf"
    short.write_bytes(smollm2.read_bytes()[:3_000_000])
    with pytest.raises(ValueError, match=r"short\.gguf: no token table found among token_embd"):
        extract(short, tmp_path / "book")
    with pytest.raises(ValueError, match=r"'token_embd.weight' ends at byte 31866688.*more parts"):
        extract(short, tmp_path / "book", tensor="token_embd.weight")
    assert not (tmp_path / "book").exists()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_file_is_a_value_error_that_names_it(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    content = bytearray(write(folder / "a.gguf").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 1500))] = data.draw(st.integers(0, 255))
    stop = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    (folder / "a.gguf").write_bytes(content[:stop])
    message = failure(folder / "a.gguf", folder / "book")
    if message is None:
        assert len(read_codebook(folder / "book").matrix) == len(
            open_codebook(folder / "book").rows.matrix
        )
    else:
        assert "a.gguf" in message
        assert not (folder / "book").exists()


def failure(path: Path, out: Path) -> str | None:
    """What the ValueError of extracting `path` says; None where it works, any other error rises."""
    try:
        extract(path, out)
    except ValueError as error:
        return str(error)
    return None


def test_a_row_of_nan_or_a_tensor_of_rank_1_is_named(tmp_path):
    values = VALUES.copy()
    values[7, 3] = np.nan
    path = write(tmp_path / "nan.gguf", values)
    with pytest.raises(
        ValueError, match=r"nan\.gguf: 'token_embd.weight' has NaN or infinity in row 7"
    ):
        extract(path, tmp_path / "book")
    with pytest.raises(
        ValueError, match=r"'output_norm.weight' has shape \(64,\); a codebook has rank 2"
    ):
        extract(path, tmp_path / "book", tensor="output_norm.weight")
    with pytest.raises(ValueError, match=r"holds no tensor 'x'; it holds token_embd.weight"):
        extract(path, tmp_path / "book", tensor="x")


def test_merges_of_what_is_no_token_are_refused_and_nothing_is_written(tmp_path):
    path = write(tmp_path / "a.gguf", merges=["a b", "b c"])
    with pytest.raises(ValueError, match=r"a\.gguf can't be read: Token `bc` out of vocabulary"):
        extract(path, tmp_path / "book")
    assert not (tmp_path / "book").exists()


def test_a_licence_that_toml_must_escape_is_read_again(tmp_path):
    path = write(tmp_path / "a.gguf", general_license='free\x7f "as" in\\ \x01beer')
    extract(path, tmp_path / "book")
    assert read_codebook(tmp_path / "book").about["licence"] == 'free\x7f "as" in\\ \x01beer'


def test_a_tokenizer_of_another_size_is_refused(tmp_path, llama2):
    (tmp_path / "tokenizer.json").write_text(llama2)
    path = write(tmp_path / "a.gguf")
    with pytest.raises(ValueError, match="has 28 rows, the tokenizer 32000 tokens"):
        extract(path, tmp_path / "book", tokenizer=tmp_path / "tokenizer.json")
