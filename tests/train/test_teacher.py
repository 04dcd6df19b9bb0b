"""Teachers: our own reader beside sentence-transformers', and vectors kept over a kill."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from wordllama.train import teacher
from wordllama.train.bert import Bert, is_readable

SENTENCE = "a cat sat on the mat while markets fell and rain came down over London"
TEXTS = ["", "a cat", "markets fell", SENTENCE, " ".join([SENTENCE] * 30)]


def _transformer(kind: str, folder: Path) -> Path:
    """A small random one with sharp attention, so that places count, saved by the real library."""
    torch = pytest.importorskip("torch")
    library = pytest.importorskip("sentence_transformers")
    hf = pytest.importorskip("transformers")
    names = ["<s>", "<pad>", "</s>", "<unk>", *dict.fromkeys(SENTENCE.split())]
    tokenizer = Tokenizer(models.WordLevel({n: i for i, n in enumerate(names)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    shape = {"vocab_size": len(names), "hidden_size": 48, "num_hidden_layers": 3, "pad_token_id": 1}
    shape |= {"num_attention_heads": 4, "intermediate_size": 96, "initializer_range": 0.3}
    torch.manual_seed(0)
    if kind == "bert":
        model = hf.BertModel(hf.BertConfig(**shape))
    else:
        model = hf.MPNetModel(hf.MPNetConfig(**shape))
    raw = folder / "raw"
    model.save_pretrained(raw)
    fast = hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", model_max_length=256
    )
    fast.save_pretrained(raw)
    library.SentenceTransformer(str(raw)).save(str(folder / "saved"))  # mean pooling by itself
    return folder / "saved"


@pytest.mark.parametrize("kind", ["bert", "mpnet"])
def test_our_reader_gives_the_real_library_s_vectors(kind: str, tmp_path: Path) -> None:
    folder = _transformer(kind, tmp_path)
    assert is_readable(folder)
    ours = teacher.load_teacher(str(folder))
    assert isinstance(ours, Bert)
    library = pytest.importorskip("sentence_transformers")
    wanted = library.SentenceTransformer(str(folder)).encode(TEXTS, normalize_embeddings=True)
    cosines = (ours.encode(TEXTS) * wanted).sum(axis=1)
    np.testing.assert_allclose(cosines, 1, atol=2e-3)


def test_what_our_reader_cannot_read_is_left_to_the_library(tmp_path: Path) -> None:
    folder = _transformer("bert", tmp_path)
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(pooling.read_text().replace('"mean"', '"cls"'))
    assert not is_readable(folder)
    library = pytest.importorskip("sentence_transformers")
    wanted = library.SentenceTransformer(str(folder)).encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_array_equal(teacher.load_teacher(str(folder)).encode(TEXTS), wanted)


def test_a_teacher_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    folder = _transformer("mpnet", tmp_path)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    for broken in (folder, tmp_path):
        with pytest.raises(ValueError, match=f"teacher '{broken}' can't be loaded: "):
            teacher.load_teacher(str(broken))


class _Counting:
    """Gives each text its length; falls over at one text."""

    dim = 2

    def __init__(self, until: int) -> None:
        self.until, self.done = until, 0

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        if self.done + len(texts) > self.until:
            raise KeyboardInterrupt
        self.done += len(texts)
        return np.array([[len(text), 1] for text in texts], dtype=np.float32)


def test_vectors_that_are_on_disk_are_not_asked_for_again(tmp_path: Path) -> None:
    texts = ["x" * (i % 97) for i in range(10_000)]
    file = tmp_path / "vectors.npy"
    with pytest.raises(KeyboardInterrupt):
        teacher.cached_vectors(file, texts, len(texts), lambda: _Counting(5000))
    done = json.loads(file.with_suffix(".json").read_text())["done"]
    assert 0 < done <= 5000
    rest = len(texts) - done
    vectors = teacher.cached_vectors(file, texts, len(texts), lambda: _Counting(rest))
    np.testing.assert_array_equal(vectors[:, 0], [len(text) for text in texts])
    again = teacher.cached_vectors(file, texts, len(texts), lambda: _Counting(0))
    np.testing.assert_array_equal(vectors, again)


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, "{}", '{"done": "all"}', '{"done": 9}'])
def test_a_note_of_vectors_that_is_damaged_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "vectors.npy"
    teacher.cached_vectors(file, ["a", "b"], 2, lambda: _Counting(2))
    file.with_suffix(".json").write_text(text)
    with pytest.raises(ValueError, match=r"vectors\.json: "):
        teacher.cached_vectors(file, ["a", "b"], 2, lambda: _Counting(2))


def test_vectors_that_are_cut_short_or_of_others_are_named(tmp_path: Path) -> None:
    file = tmp_path / "vectors.npy"
    teacher.cached_vectors(file, ["a", "b"], 2, lambda: _Counting(2))
    content = file.read_bytes()
    for damaged in (b"", content[:60], content[:-1], b"x" * 200, content.replace(b"f2", b"f4")):
        file.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"vectors\.npy: .*; remove it to have"):
            teacher.cached_vectors(file, ["a", "b"], 2, lambda: _Counting(2))
    for other in (np.ones((2, 2), np.float32), np.ones((1, 2), np.float16), np.ones(2, np.float16)):
        np.save(file, other)
        with pytest.raises(ValueError, match=r"holds .*, expected float16 \(2, dimensions\)"):
            teacher.cached_vectors(file, ["a", "b"], 2, lambda: _Counting(2))
