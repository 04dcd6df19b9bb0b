"""Damaged models, codebooks and classifiers give what they gave, or an error that says why not.

A fuzzer: each example damages one file of a folder (bytes changed, cut off, doubled; keys of its
JSON deleted, or given values of other kinds) and loads it. What may come is ValueError,
FileNotFoundError or OSError; what loads gives the vectors or labels of the whole folder. A short
run is part of the tests; WORDLLAMA_DAMAGE=20000 makes it a long one.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from wordllama import WordLlama
from wordllama.classify import Classifier
from wordllama.encode.encoder import Encoder
from wordllama.extract import write_codebook
from wordllama.kernel import Rows
from wordllama.train.source import open_source

EXAMPLES = int(os.environ.get("WORDLLAMA_DAMAGE", "150"))
MOST_MEMORY = 500 << 10  # kilobytes that all examples of a run may add
TEXTS = ["", "a b", "the cab", "A bad ace, faced!", "é ▁ [UNK] <s>", "ab" * 20, "\n\t a  b "]
LETTERS = [*"abcdefghABC,!▁Ġ", "##b", "##c", "ab", "▁a", "Ġa", "##ab", "[UNK]", "<s>"]
VOCAB = {token: i for i, token in enumerate(LETTERS)} | {
    f"<0x{byte:02X}>": len(LETTERS) + byte for byte in range(256)
}
WITH_PREFIX = {"type": "Prepend", "prepend": "▁"}
WITH_MARKS = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
ADDED = [
    {"id": VOCAB[token], "content": token, "special": True, "normalized": False}
    | {"single_word": False, "lstrip": False, "rstrip": False}
    for token in ("[UNK]", "<s>")
]
TOKENIZERS: dict[str, dict[str, Any]] = {
    "Llama": {
        "added_tokens": ADDED,
        "normalizer": {"type": "Sequence", "normalizers": [WITH_PREFIX, WITH_MARKS]},
        "model": {
            "type": "BPE",
            "vocab": VOCAB,
            "merges": [["a", "b"], ["▁", "a"]],
            "unk_token": "[UNK]",
            "byte_fallback": True,
            "fuse_unk": True,
        },
    },
    "BERT": {
        "added_tokens": ADDED,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "model": {
            "type": "WordPiece",
            "vocab": VOCAB,
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
        },
    },
    "GPT-2": {
        "added_tokens": ADDED,
        "pre_tokenizer": {
            "type": "ByteLevel",
            "add_prefix_space": False,
            "trim_offsets": True,
            "use_regex": True,
        },
        "model": {
            "type": "BPE",
            "vocab": VOCAB
            | {chr(c): 400 + c for c in (*range(33, 127), *range(256, 324)) if chr(c) not in VOCAB},
            "merges": [["a", "b"], ["Ġ", "a"]],
        },
    },
    "Unigram": {
        "normalizer": {"type": "NFKC"},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
        "model": {
            "type": "Unigram",
            "vocab": [[token, -float(i % 7)] for i, token in enumerate(LETTERS)],
            "unk_id": VOCAB["[UNK]"],
        },
    },
}
VALUES = (None, 0, -1, 1.5, 1e300, 2**70, "", "x", "▁▁▁", [], ["a", "b"], {}, {"type": "NFC"})


def rows_of(held: dict[str, Any], seed: int = 0) -> NDArray[np.float32]:
    vocabulary = held["model"]["vocab"]
    count = len(vocabulary) if isinstance(vocabulary, list) else max(vocabulary.values()) + 1
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, 64)).astype(np.float32)


def keys_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in some JSON; of long lists and objects those of the first ten."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items)[:10]:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from keys_in(inner, (*path, key))


def with_json_damaged(draw: Callable[..., Any], value: Any) -> Any:
    *path, last = draw(st.sampled_from(list(keys_in(value))))
    inner = value
    for key in path:
        inner = inner[key]
    if draw(st.booleans()):
        del inner[last]
    else:
        # true for false is what an owner may write into a config.json, not damage.
        values = VALUES if isinstance(inner[last], bool) else (True, *VALUES)
        inner[last] = draw(st.sampled_from(values))
    return value


def with_bytes_damaged(draw: Callable[..., Any], content: bytes) -> bytes:
    """Changed near the start (headers) or anywhere, cut off, cut out or doubled."""
    at = draw(st.integers(0, min(400, len(content) - 1)) | st.integers(0, len(content) - 1))
    kind = draw(st.sampled_from(["change", "change", "bit", "cut", "out", "double"]))
    if kind == "change":
        new = draw(st.integers(0, 255) | st.sampled_from(b'"{}[],:0123456789-.eE\\ \xff'))
        return content[:at] + bytes([new]) + content[at + 1 :]
    if kind == "bit":
        flipped = content[at] ^ 1 << draw(st.integers(0, 7))
        return content[:at] + bytes([flipped]) + content[at + 1 :]
    stop = draw(st.integers(at, len(content)))
    middle = {"cut": b"", "out": content[stop:], "double": content[at:]}[kind]
    return content[:at] + middle if kind != "double" else content[:stop] + middle


def damaged(draw: Callable[..., Any], whole: Path, folder: Path) -> None:
    """A copy of a folder, one file of which is damaged or gone."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    file = draw(st.sampled_from(sorted(folder.iterdir())))
    content = file.read_bytes()
    how = draw(st.sampled_from(["bytes", "bytes", "json", "json", "gone"]))
    if how == "gone":
        file.unlink()
    elif how == "bytes" or file.suffix == ".toml":
        file.write_bytes(with_bytes_damaged(draw, content))
    elif file.suffix == ".json":
        file.write_text(json.dumps(with_json_damaged(draw, json.loads(content))))
    else:
        size = int.from_bytes(content[:8], "little")
        header = json.dumps(with_json_damaged(draw, json.loads(content[8 : 8 + size]))).encode()
        file.write_bytes(len(header).to_bytes(8, "little") + header + content[8 + size :])


def result(load: Callable[[Path], NDArray[Any]], folder: Path) -> NDArray[Any] | None:
    """What a folder gives; None where it is refused as is promised; anything else rises."""
    try:
        return load(folder)
    except (ValueError, OSError):
        return None


def fuzz(
    whole: Path, folder: Path, load: Callable[[Path], NDArray[Any]], expected: NDArray[Any]
) -> None:
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        damaged(data.draw, whole, folder)
        got = result(load, folder)
        if got is not None:
            np.testing.assert_array_equal(got, expected)

    before = peak()
    run()
    assert peak() - before < MOST_MEMORY


def peak() -> int:
    """The most memory that this process ever had, in kilobytes; 0 where that is not told."""
    if sys.platform == "win32":
        return 0
    import resource

    told = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return told >> 10 if sys.platform == "darwin" else told


def vectors(folder: Path) -> NDArray[Any]:
    return WordLlama.load(folder).embed(TEXTS)


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_damaged_model_folder_gives_the_same_vectors_or_an_error(
    tmp_path: Path, name: str
) -> None:
    held = TOKENIZERS[name]
    rows = rows_of(held)
    scale = np.abs(rows).max(axis=1) / 127
    packed = Rows(np.rint(rows / scale[:, None]).astype(np.int8), scale)
    encoder = Encoder(packed, json.dumps(held), skip_unknown=True)
    WordLlama(encoder, normalize=True).save(tmp_path / "whole")
    fuzz(tmp_path / "whole", tmp_path / "m", vectors, vectors(tmp_path / "whole"))


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_strange_tokenizer_gives_the_ids_of_its_library_or_an_error(
    tmp_path: Path, name: str
) -> None:
    """The files of others have no checksums: what can be read is read as `tokenizers` reads it."""
    held = TOKENIZERS[name]
    folder = tmp_path / "m"
    folder.mkdir()
    save_file({"embeddings": rows_of(held)}, folder / "model.safetensors")
    file = folder / "tokenizer.json"

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        changed = with_json_damaged(data.draw, json.loads(json.dumps(held)))
        file.write_text(json.dumps(changed))
        got = result(lambda place: ids(place), folder)
        if got is not None:
            tokenizer = Tokenizer.from_str(file.read_text())
            tokenizer.no_truncation()
            encodings = tokenizer.encode_batch_fast(TEXTS, add_special_tokens=False)
            if not changed["model"].get("dropout"):
                assert got.tolist() == [i for encoding in encodings for i in encoding.ids]

    def ids(place: Path) -> NDArray[Any]:
        encoder = WordLlama.load(place).encoder
        return np.asarray(Encoder(encoder.rows, file.read_text()).token_ids(TEXTS)[0])

    file.write_text(json.dumps(held))
    assert len(ids(folder)) > 0
    before = peak()
    run()
    assert peak() - before < MOST_MEMORY


@pytest.mark.parametrize("name", ["Llama", "BERT"])
def test_a_damaged_codebook_gives_the_same_rows_or_an_error(tmp_path: Path, name: str) -> None:
    held = TOKENIZERS[name]
    rows = rows_of(held)
    write_codebook(tmp_path / "whole", [rows], rows.shape, json.dumps(held), {"source": "x"})

    def read(folder: Path) -> NDArray[Any]:
        source = open_source(folder)
        ids, _ = source.encoder().token_ids(TEXTS)
        return source.dense()[ids]

    fuzz(tmp_path / "whole", tmp_path / "m", read, read(tmp_path / "whole"))


def test_a_damaged_classifier_folder_gives_the_same_labels_or_an_error(tmp_path: Path) -> None:
    held = TOKENIZERS["BERT"]
    wl = WordLlama(Encoder(Rows(rows_of(held)), json.dumps(held)))
    head = wl.fit_classifier(["a b", "c d", "ab", "cd"], ["x", "y", "x", "y"])
    head.save(tmp_path / "whole")

    def chances(folder: Path) -> NDArray[Any]:
        loaded = Classifier.load(folder)
        assert loaded.classes_.tolist() == ["x", "y"]
        assert loaded.c == head.c
        return loaded.predict_proba(TEXTS)

    fuzz(tmp_path / "whole", tmp_path / "m", chances, chances(tmp_path / "whole"))
