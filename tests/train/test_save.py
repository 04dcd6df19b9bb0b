"""Saved folders give the checkpoint's vectors, in this library and in others that read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from model2vec import StaticModel
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from wordllama import WordLlama
from wordllama.train import checkpoints
from wordllama.train.config import read
from wordllama.train.prune import prune
from wordllama.train.run import train
from wordllama.train.save import project as fold
from wordllama.train.save import save
from wordllama.train.teacher import languages_of


@pytest.fixture
def checkpoint(project: Callable[..., Path]) -> Path:
    stages = '[[stage]]\nkind = "pca"\ndim = 128\n'
    return train(read(project(stages)), log=lambda line: None)


def means(checkpoint: Path, texts: list[str], dim: int) -> np.ndarray:
    rows = checkpoints.read(checkpoint).arrays["rows"][:, :dim]
    tokenizer = Tokenizer.from_file(str(checkpoint.parent / "tokenizer.json"))
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    return np.stack([rows[i].mean(axis=0) for i in ids])


@pytest.mark.parametrize(("dtype", "error"), [("float16", 1e-3), ("float32", 1e-6), ("int8", 1e-2)])
def test_each_width_gives_the_checkpoints_vectors(
    checkpoint: Path, tmp_path: Path, texts: list[str], dtype: str, error: float
) -> None:
    folders = save(checkpoint, tmp_path / "out", dtype=dtype)
    assert [folder.name for folder in folders] == ["tiny_64", "tiny_128"]
    for folder, dim in zip(folders, (64, 128), strict=True):
        model = WordLlama.load(folder)
        assert model.encoder.rows.matrix.dtype == dtype
        wanted = means(checkpoint, texts, dim)
        assert np.abs(model.embed(texts) - wanted).max() < error * np.abs(wanted).max()


def test_a_binary_folder_gives_the_signs(
    checkpoint: Path, tmp_path: Path, texts: list[str]
) -> None:
    (folder,) = save(checkpoint, tmp_path / "out", dims=[64], dtype="float32", binary=True)
    assert folder.name == "tiny_64_binary"
    bits = np.unpackbits(WordLlama.load(folder).embed(texts).view(np.uint8), axis=1)
    np.testing.assert_array_equal(bits, means(checkpoint, texts, 64) > 0)


def test_a_model_that_normalises_does_so_in_every_library(
    project: Callable[..., Path], tmp_path: Path, texts: list[str]
) -> None:
    config = project('[[stage]]\nkind = "pca"\ndim = 128\n')
    config.write_text(config.read_text().replace("[model]", "[model]\nnormalize = true"))
    last = train(read(config), log=lambda line: None)
    (folder,) = save(last, tmp_path / "out", dims=[128], dtype="float32")
    wanted = means(last, texts, 128)
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    for model in (StaticModel.from_pretrained(folder), SentenceTransformer(str(folder))):
        np.testing.assert_allclose(model.encode(texts), wanted, atol=1e-5)
    np.testing.assert_allclose(WordLlama.load(folder).embed(texts), wanted, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "int8"])
def test_model2vec_reads_the_folder(
    checkpoint: Path, tmp_path: Path, texts: list[str], dtype: str
) -> None:
    (folder,) = save(checkpoint, tmp_path / "out", dims=[64], dtype=dtype)
    theirs = StaticModel.from_pretrained(folder).encode(texts)
    np.testing.assert_allclose(theirs, WordLlama.load(folder).embed(texts), atol=2e-3)


def test_sentence_transformers_reads_the_folder(
    checkpoint: Path, tmp_path: Path, texts: list[str]
) -> None:
    (folder,) = save(checkpoint, tmp_path / "out", dims=[64])
    theirs = SentenceTransformer(str(folder), device="cpu").encode(texts)
    # It adds in float16.
    np.testing.assert_allclose(theirs, WordLlama.load(folder).embed(texts), rtol=1e-2, atol=1e-2)


def test_the_tokenizer_may_lie_compressed(
    checkpoint: Path, tmp_path: Path, texts: list[str]
) -> None:
    plain, packed = (
        save(checkpoint, tmp_path / name, dims=[64], compress=name == "packed")[0]
        for name in ("plain", "packed")
    )
    assert not (packed / "tokenizer.json").exists()
    np.testing.assert_array_equal(
        WordLlama.load(packed).embed(texts), WordLlama.load(plain).embed(texts)
    )


def test_a_pruned_vocabulary_splits_rare_words_and_keeps_the_rest(
    cut: tuple[str, np.ndarray], texts: list[str]
) -> None:
    tokenizer_json, rows = cut
    before = Tokenizer.from_str(tokenizer_json)
    counts = np.zeros(len(rows), dtype=np.int64)
    for encoding in before.encode_batch(texts, add_special_tokens=False):
        np.add.at(counts, encoding.ids, 1)
    smaller, kept = prune(tokenizer_json, rows, counts, 1500)
    after = Tokenizer.from_str(smaller)
    assert after.get_vocab_size() == len(kept)
    assert abs(len(kept) - 1500) < 20
    for text in texts:
        assert after.decode(after.encode(text, add_special_tokens=False).ids) == before.decode(
            before.encode(text, add_special_tokens=False).ids
        )
    for token, place in after.get_vocab().items():
        np.testing.assert_array_equal(kept[place], rows[before.token_to_id(token)])


def test_pruning_a_wordpiece_keeps_special_tokens(minilm: Tokenizer) -> None:
    size = minilm.get_vocab_size()
    rows = np.arange(size, dtype=np.float32)[:, None]
    counts = np.arange(size)
    smaller, kept = prune(minilm.to_str(), rows, counts, 5000)
    after = Tokenizer.from_str(smaller)
    assert len(kept) == after.get_vocab_size() == 5000
    assert after.encode("hello").tokens[0] == "[CLS]"


def test_the_card_tells_data_licences_and_stages(checkpoint: Path, tmp_path: Path) -> None:
    (folder,) = save(checkpoint, tmp_path / "out", dims=[64], figures="| STS | 70 |")
    card = (folder / "README.md").read_text()
    assert "Started from book (licence: MIT)" in card
    assert "| pairs | pairs |" in card
    assert "PSF-2.0" in card
    assert "`pca dim=128`" in card
    assert "| STS | 70 |" in card


def test_a_checkpoint_within_a_projection_needs_its_configuration(
    project: Callable[..., Path], tmp_path: Path
) -> None:
    config = read(project('[[stage]]\nkind = "contrastive"\n', "save_steps = 5"))
    last = train(config, log=lambda line: None)
    within = checkpoints.step_files(last.parent, 0)[-1]
    with pytest.raises(ValueError, match="give its configuration too"):
        save(within, tmp_path / "out")
    (folder,) = save(within, tmp_path / "out", settings=config, dims=[128], dtype="float32")
    held = checkpoints.read(within).arrays
    book = read_rows(config.model.codebook)
    wanted = fold(book, held["parameter.weight"], held["parameter.projection"])
    np.testing.assert_allclose(WordLlama.load(folder).embedding, wanted, rtol=1e-5, atol=1e-6)


def read_rows(codebook: str | None) -> np.ndarray:
    from wordllama.train.source import open_source

    assert codebook is not None
    return open_source(codebook).dense()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"dims": [256]}, "dims holds 256, expected 1 to 128"),
        ({"dims": [100], "binary": True}, "expected a multiple of 64"),
        ({"dtype": "int4"}, "dtype is 'int4'"),
    ],
)
def test_what_cannot_be_saved_is_named(
    checkpoint: Path, tmp_path: Path, wanted: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        save(checkpoint, tmp_path / "out", **wanted)  # type: ignore[arg-type]


def test_a_file_that_is_no_checkpoint_is_named(tmp_path: Path, checkpoint: Path) -> None:
    book = checkpoint.parent.parent / "book" / "codebook.safetensors"
    with pytest.raises(ValueError, match="not a checkpoint of `wordllama train`"):
        save(book, tmp_path / "out")
    with pytest.raises(FileNotFoundError, match="no such checkpoint"):
        save(tmp_path / "nothing.safetensors", tmp_path / "out")


def with_meta(checkpoint: Path, folder: Path, **changes: object) -> Path:
    """A copy of a checkpoint and its tokenizer that says other things of itself."""
    held = checkpoints.read(checkpoint)
    folder.mkdir()
    (folder / "tokenizer.json").write_bytes((checkpoint.parent / "tokenizer.json").read_bytes())
    checkpoints.write(folder / "c.safetensors", held.arrays, held.meta | changes)
    return folder / "c.safetensors"


@pytest.mark.parametrize(
    "name", ["/tmp/outside", "../outside", "a/b", "..", ".", "", "c:outside", 7, None, ["x"]]
)
def test_a_checkpoint_is_not_saved_outside_of_the_folder(
    checkpoint: Path, tmp_path: Path, name: object
) -> None:
    foreign = with_meta(checkpoint, tmp_path / "foreign", name=name)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match=r"c\.safetensors: name is .*, expected a file's name"):
        save(foreign, tmp_path / "out" / "models")
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/tmp/outside").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "1"},
        {"step": 1.5},
        {"fingerprint": None},
        {"dims": "64"},
        {"dims": [0]},
        {"normalize": 1},
        {"stages": [1]},
        {"data": [{"name": "x"}]},
        {"data": {}},
        {"licence": []},
    ],
    ids=str,
)
def test_what_a_checkpoint_says_of_itself_is_checked(
    checkpoint: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    foreign = with_meta(checkpoint, tmp_path / "foreign", **change)
    with pytest.raises(ValueError, match=rf"c\.safetensors: {next(iter(change))} is "):
        save(foreign, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_metadata_that_is_no_object_and_arrays_of_other_kinds_are_named(
    checkpoint: Path, tmp_path: Path
) -> None:
    held = checkpoints.read(checkpoint)
    for text in ("[" * 100_000, "7", "[]", "{"):
        save_file({"rows": held.arrays["rows"]}, tmp_path / "c.safetensors", {"wordllama": text})
        with pytest.raises(ValueError, match=r"c\.safetensors: wordllama: (not JSON|holds a)"):
            checkpoints.read(tmp_path / "c.safetensors")
    foreign = with_meta(checkpoint, tmp_path / "foreign")
    checkpoints.write(foreign, {"rows": np.ones(7, np.float32)}, held.meta)
    with pytest.raises(ValueError, match=r"rows is float32 \[7\], expected floats of rank 2"):
        save(foreign, tmp_path / "out")
    checkpoints.write(foreign, {"rows": np.ones((7, 64), np.float32)}, held.meta)
    with pytest.raises(ValueError, match=r"tokenizer\.json: has \d+ tokens, but .* only 7 rows"):
        save(foreign, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_model_is_saved_with_its_languages(
    project: Callable[..., Path], cut: tuple[str, np.ndarray], tmp_path: Path
) -> None:
    """Those of the configuration, else of the model that it starts from, if they are known."""
    config = project('[[stage]]\nkind = "pca"\ndim = 64')
    text = config.read_text()
    start = WordLlama(cut[1].astype(np.float32), Tokenizer.from_str(cut[0]))
    start.languages = ["de", "nl"]
    start.save(tmp_path / "start")
    for change, languages in (
        ('codebook = "book"\n', None),
        ('codebook = "start"\n', ("de", "nl")),
        ('codebook = "start"\nlanguages = ["fr"]\n', ("fr",)),
    ):
        config.write_text(text.replace('codebook = "book"\n', change))
        (folder, *_) = save(train(read(config)), tmp_path / f"out{languages}", dims=[64])
        assert WordLlama.load(folder).languages == languages
        assert ("Made for: " in (folder / "README.md").read_text()) == (languages is not None)
    config.write_text(text.replace('codebook = "book"\n', 'codebook = "book"\nlanguages = [""]\n'))
    with pytest.raises(ValueError, match=r"model\.languages must be codes"):
        read(config)
    (folder,) = save(
        tmp_path / "run" / "stage-01.safetensors", tmp_path / "asked", dims=[64], languages=["pl"]
    )
    assert WordLlama.load(folder).languages == ("pl",)


@pytest.mark.parametrize(
    ("front", "languages"),
    [
        ("language: en\n", ("en",)),
        ("language:\n- de\n- multilingual\n- fr\n", ("de", "fr")),
        ('language: ["en", "pt"]\n', ("en", "pt")),
        ("license: mit\n", None),
    ],
)
def test_a_teacher_says_its_languages_in_its_card(
    front: str, languages: tuple[str, ...] | None, tmp_path: Path
) -> None:
    (tmp_path / "README.md").write_text(f"---\n{front}tags:\n- x\n---\n# A model\n")
    assert languages_of(str(tmp_path)) == languages
