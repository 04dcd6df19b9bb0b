"""A static model from a sentence-transformer in one call."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wordllama import WordLlama
from wordllama.modelfiles.tomlfile import read_toml
from wordllama.train import checkpoints, distill, distilling
from wordllama.train.config import Config, Model, Training, parse
from wordllama.train.drawn import drawn_texts, used_tokens, word_tokens
from wordllama.train.run import train
from wordllama.train.source import open_source
from wordllama.train.stages import Center, Pca, Sif, TeacherRows
from wordllama.train.teacher import load_teacher

TEXTS = ["the red car was fast", "a cheap red truck", "soup is food", "the waiter was kind"]
QUICK = {"dim": 16, "threads": 1}


def test_it_gives_about_the_teacher_s_cosines(teacher: Path) -> None:
    model = distill(teacher, **QUICK)
    taught = load_teacher(str(teacher)).encode(TEXTS)
    ours = model.embed(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-3)
    apart = np.triu_indices(len(TEXTS), 1)
    assert np.corrcoef((taught @ taught.T)[apart], (ours @ ours.T)[apart])[0, 1] > 0.5


def test_the_same_arguments_give_the_same_model_in_whatever_folder(
    teacher: Path, tmp_path: Path
) -> None:
    first = distill(teacher, TEXTS * 8, **QUICK)
    moved = Path(shutil.copytree(teacher, tmp_path / "elsewhere" / "teacher"))
    again = distill(str(moved), (t for t in TEXTS * 8), work=tmp_path / "work", **QUICK)
    np.testing.assert_array_equal(first.embedding, again.embedding)
    other = distill(teacher, TEXTS * 8, seed=1, **QUICK)
    assert not np.array_equal(first.embedding, other.embedding)


def test_a_killed_run_goes_on_where_it_stopped(
    teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(line: str) -> None:
        if line.startswith("stage 3"):
            raise KeyboardInterrupt

    asked = {"out": tmp_path / "model", "work": tmp_path / "work", **QUICK}
    with pytest.raises(KeyboardInterrupt):
        distill(teacher, log=killed, **asked)
    assert not (tmp_path / "model").exists()
    lines: list[str] = []
    model = distill(teacher, log=lines.append, **asked)
    assert not any(line.startswith(("teacher vectors of tokens", "stage 2")) for line in lines)
    np.testing.assert_array_equal(model.embedding, distill(teacher, **QUICK).embedding)
    np.testing.assert_array_equal(model.embedding, WordLlama.load(tmp_path / "model").embedding)


def test_the_folder_states_what_it_is_made_from_and_other_libraries_read_it(
    teacher: Path, tmp_path: Path
) -> None:
    model = distill(teacher, TEXTS * 8, out=tmp_path / "model", **QUICK)
    card = (tmp_path / "model" / "README.md").read_text()
    assert "Started from teacher (licence: apache-2.0)." in card
    assert (
        WordLlama.load(tmp_path / "model").encoder.languages == model.encoder.languages == ("en",)
    )
    assert "loss=neighbours" in card
    library = pytest.importorskip("model2vec")
    theirs = library.StaticModel.from_pretrained(tmp_path / "model").encode(TEXTS)
    np.testing.assert_allclose(theirs, model.embed(TEXTS), atol=1e-3)


def test_given_words_have_a_token_each_and_come_first(teacher: Path) -> None:
    model = distill(teacher, vocabulary=["The", "café", "waiter"], **QUICK)
    assert model.tokenizer.encode("the Cafe waiters").tokens == ["the", "cafe", "waiter", "##s"]
    assert model.tokenizer.token_to_id("cafe") == 2
    assert model.tokenizer.encode("red").tokens == ["r", "##e", "##d"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "vocabulary has no words"),
        (["a", "the", "The"], r"vocabulary\[2\] is 'The', which is read like vocabulary\[1\]"),
        (["ice cream"], r"vocabulary\[0\] is 'ice cream', expected one word"),
        (["don't"], r"vocabulary\[0\] is \"don't\", expected one word"),
        (["x" * 40], "expected one word of up to 24 characters"),
        (["a", ""], r"vocabulary\[1\] is '', expected one word"),
        (["a", 3], r"vocabulary\[1\] must be a str, not int"),
    ],
)
def test_a_vocabulary_that_cannot_be_used_is_an_error(
    teacher: Path, words: list[str], message: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        distill(teacher, vocabulary=words, **QUICK)


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("modules.json", "it has no modules.json; a folder that sentence-transformers saved"),
        ("1_Pooling/config.json", "it has no 1_Pooling/config.json"),
        ("config.json", "it has no config.json"),
        ("model.safetensors", "can't be loaded: it has no model.safetensors"),
    ],
)
def test_a_teacher_that_is_none_is_an_error(
    teacher: Path, tmp_path: Path, missing: str, message: str
) -> None:
    broken = Path(shutil.copytree(teacher, tmp_path / "broken"))
    (broken / missing).unlink()
    with pytest.raises(ValueError, match=message):
        distill(broken, out=tmp_path / "out", **QUICK)
    assert not (tmp_path / "out").exists()


def test_other_arguments_that_cannot_be_are_errors(
    teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="texts has no text that is not empty"):
        distill(teacher, ["", " "], **QUICK)
    with pytest.raises(TypeError, match="texts must be a list, not one string"):
        distill(teacher, "texts.jsonl", **QUICK)
    with pytest.raises(ValueError, match="dim is 64, expected at most 32, the teacher's"):
        distill(teacher, dim=64)
    with pytest.raises(ValueError, match="dtype is 'int4'"):
        distill(teacher, dtype="int4", **QUICK)
    full = shutil.disk_usage(tmp_path)._replace(free=9)
    monkeypatch.setattr(distilling.shutil, "disk_usage", lambda _: full)
    with pytest.raises(OSError, match="0 MB are free; name another in work"):
        distill(teacher, **QUICK)


def test_drawn_texts_hold_tokens_of_the_vocabulary_and_no_others(teacher: Path) -> None:
    tokenizer = (teacher / "tokenizer.json").read_text()
    used = used_tokens(tokenizer)
    vocabulary = json.loads(used)["model"]["vocab"]
    assert "[unused0]" in json.loads(tokenizer)["model"]["vocab"]
    assert "[unused0]" not in vocabulary
    assert sorted(vocabulary.values()) == list(range(len(vocabulary)))
    texts = drawn_texts(word_tokens(["red", "car", "soup"], used), 0)
    assert texts == drawn_texts(word_tokens(["red", "car", "soup"], used), 0)
    assert "[UNK]" not in " ".join(texts)


def test_a_teacher_s_folder_is_a_codebook_and_its_rows_stand_in_for_texts(
    teacher: Path, tmp_path: Path
) -> None:
    source = open_source(teacher)
    assert source.columns == 32
    stages = (TeacherRows(str(teacher), 16), Center(), Pca(8, whiten=1.0), Sif(1e-2))
    settings = Config(Model(str(teacher)), training=Training(str(tmp_path / "run")), stage=stages)
    train(settings, log=lambda line: None)
    whitened = np.array(open_rows(tmp_path / "run", 3))
    used = whitened.any(axis=1)
    covariance = np.cov(whitened[used].T)
    np.testing.assert_allclose(covariance, np.eye(8) * covariance[0, 0], atol=0.01)
    shrunk = np.linalg.norm(open_rows(tmp_path / "run", 4), axis=1)[used]
    factors = shrunk / np.linalg.norm(whitened[used], axis=1)
    assert (np.diff(factors) > 0).all()


def test_the_page_shows_the_stages(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n([^`]*teacher_rows[^`]*)```", page)
    teacher = "all-MiniLM-L6-v2"
    (tmp_path / "page.toml").write_text(block)
    shown = parse(read_toml(tmp_path / "page.toml", "train")).stage
    assert [replace(stage, data=()) for stage in shown] == [
        replace(stage, data=()) for stage in distilling.stages(teacher, 256, texts=False)
    ]


def open_rows(run: Path, stage: int) -> np.ndarray:
    return checkpoints.read(run / f"stage-{stage:02d}.safetensors").array("rows")
