"""An index opened by its file alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from wordllama import WordLlama, open_index
from wordllama.encode.encoder import Encoder
from wordllama.kernel import Rows


def made(model: WordLlama, path: Path) -> list[object]:
    with model.index(path) as index:
        index.add(["a red car", "heavy rain", "fresh bread"])
        return index.search("weather").to_dict()


@pytest.mark.parametrize(("dim", "binary"), [(None, False), (64, False), (64, True)])
def test_a_named_model_is_loaded_again(dim: int | None, binary: bool, tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    found = made(WordLlama.load("l2_words", trunc_dim=dim, binary=binary), path)
    with open_index(path, read_only=True) as index:
        assert index.search("weather").to_dict() == found
        assert index.info()["model"] == "l2_words"


def test_a_folder_is_known_by_its_path(
    words: WordLlama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words.save(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    found = made(WordLlama.load("mine"), tmp_path / "i.db")
    monkeypatch.chdir("/")
    with open_index(tmp_path / "i.db") as index:
        assert index.search("weather").to_dict() == found
    (tmp_path / "mine").rename(tmp_path / "moved")
    with pytest.raises(FileNotFoundError, match=r"made with the model .*mine.*model=\.\.\."):
        open_index(tmp_path / "i.db")
    with open_index(tmp_path / "i.db", model=words) as index:
        assert index.search("weather").to_dict() == found


def test_a_model_without_a_name_must_be_given(words: WordLlama, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(words.encoder.n_tokens, 8)).astype(np.float32)
    model = WordLlama(Encoder(Rows(matrix), words.encoder.tokenizer_json))
    found = made(model, tmp_path / "i.db")
    with pytest.raises(ValueError, match="no name"):
        open_index(tmp_path / "i.db")
    assert open_index(tmp_path / "i.db", model=model).search("weather").to_dict() == found


def test_a_file_fetches_nothing_from_a_hub(
    words: WordLlama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(words, tmp_path / "i.db")
    with words.index(tmp_path / "i.db") as index, index._opened.writing() as change:
        change.store.say(model="someone/model")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(FileNotFoundError, match="downloads are disabled"):
        open_index(tmp_path / "i.db")


def test_what_is_not_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such index"):
        open_index(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text").write_text("a text")
    with pytest.raises(ValueError, match="not an index"):
        open_index(tmp_path / "text")
