"""How much of texts a model reads."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from wordllama import CoverageWarning, WordLlama
from wordllama.coverage import UNREAD, look, sample, unread_shares
from wordllama.coverage.languages import READS
from wordllama.hub import registry
from wordllama.modelfiles.folder import read_languages

WEATHER, SOUP, CAR = AMHARIC = ["ዛሬ አየሩ ጥሩ ነው", "ሾርባው ጣፋጭ ነበር", "መኪናው ተበላሽቷል"]
FINE, BAD = CHINESE = ["今天天气很好", "今天天气很糟"]
ENGLISH = [
    "We love it 🎉 so much, see https://example.org/caf%C3%A9?q=1#é",
    "naïve café in São Paulo: “déjà vu” — Dvořák’s Größe, 20 °C … ½ €",
    "def f(x: float) -> float: return λ * x  # ≤ 3 µs",
    "Zdeněk Šimůnek and Nguyễn Văn An signed the contract",
    "x" * 500,
    "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a",
    "",
    " \n",
]


@cache
def l2_words() -> WordLlama:
    return WordLlama.load("l2_words")


@pytest.fixture(scope="module")
def words() -> WordLlama:
    return l2_words()


@pytest.mark.parametrize("name", ["l2_words", "l2_supercat"])
def test_english_with_emoji_names_code_and_urls_is_read(name: str) -> None:
    model = WordLlama.load(name)
    assert model.unread_shares(ENGLISH).max() < UNREAD
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.find_duplicates(ENGLISH).unread_indices == []
        model.cluster(ENGLISH, 2, random_state=0)


def test_no_warning_on_real_english(english: list[str], words: WordLlama) -> None:
    assert look(words.encoder, english) is None
    assert look(WordLlama.load().encoder, english) is None


@pytest.mark.parametrize("name", ["l2_words", "l2_supercat"])
def test_what_is_not_read_is_told_apart(name: str) -> None:
    shares = WordLlama.load(name).unread_shares(
        [*AMHARIC, BAD, "שלום לכולם", "안녕하세요", "a car"]
    )
    assert shares[:-1].min() > UNREAD
    assert shares[-1] == 0


@given(st.lists(st.text(max_size=20), max_size=5))
def test_a_share_is_that_of_the_text_alone(texts: list[str]) -> None:
    encoder = l2_words().encoder
    shares = unread_shares(encoder, texts)
    assert ((shares >= 0) & (shares <= 1)).all()
    alone = [unread_shares(encoder, [text])[0] for text in texts]
    np.testing.assert_allclose(shares, alone, atol=1e-6)
    assert all(share == 0 for share, text in zip(shares, texts, strict=True) if text.isascii())


def test_parts_of_characters_in_a_byte_level_vocabulary(byte_level: Tokenizer) -> None:
    rows = np.ones((byte_level.get_vocab_size(), 64), np.float32)
    shares = WordLlama(rows, byte_level).unread_shares([*AMHARIC, "a red car", "naïve ideas"])
    assert shares[:3].min() > 0.8
    assert shares[3] == 0
    assert 0 < shares[4] < UNREAD


def test_words_that_a_vocabulary_of_words_lacks() -> None:
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "red": 1, "car": 2}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    model = WordLlama(np.ones((3, 64), np.float32), tokenizer)
    assert model.unread_shares(["red car", "red wagon", "gari jekundu"]).tolist() == [0, 0.5, 1]


def test_a_sample_is_spread_and_small() -> None:
    many = [str(i) for i in range(100_000)]
    taken = [int(text) for text in sample(many)]
    assert taken == sorted(set(taken))
    assert len(taken) == 256
    assert max(np.diff([0, *taken, 100_000])) < 2 * 100_000 / 256
    assert {i % 2 for i in taken} == {0, 1}
    assert [len(text) for text in sample(["x" * 10**6])] == [1000]


def test_the_warning_names_the_share_the_script_and_a_model_for_it(words: WordLlama) -> None:
    finding = look(words.encoder, ["a car", *AMHARIC])
    assert finding is not None
    for said in ("made for English", "75%", "3 of 4", "Ethiopic", "m2v_multilingual", "Amharic"):
        assert said in str(finding)
    japanese = look(words.encoder, ["今日は寒い"])
    assert japanese is not None
    assert "reads Japanese" in str(japanese)


@pytest.mark.parametrize("texts", [AMHARIC, CHINESE])
def test_calls_over_texts_warn_as_from_the_line_that_made_them(
    texts: list[str], words: WordLlama
) -> None:
    calls = {
        "rank": lambda: words.rank("a car", texts),
        "topk": lambda: words.topk("a car", texts),
        "hybrid": lambda: words.topk("a car", texts, mode="hybrid"),
        "filter": lambda: words.filter("a car", texts),
        "query": lambda: words.topk(texts[0], ["a car"]),
        "mine": lambda: words.mine(texts),
        "join": lambda: words.join(["a car"], texts),
        "outliers": lambda: words.outliers(texts),
        "representatives": lambda: words.representatives(texts, 1),
        "cluster": lambda: words.cluster(texts, 2, random_state=0),
        "find_clusters": lambda: words.find_clusters(texts, 2, random_state=0),
        "deduplicate": lambda: words.deduplicate(texts),
        "find_duplicates": lambda: words.find_duplicates(texts),
        "index": lambda: words.index().add(texts),
    }
    for call in calls.values():
        with pytest.warns(CoverageWarning, match="does not read") as told:
            call()
        assert len(told) == 1
        assert Path(told[0].filename) == Path(__file__)


def test_nothing_is_said_where_nothing_is_known_or_asked(words: WordLlama) -> None:
    words = WordLlama(words.encoder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        words.topk(words.embed("a car")[0], words.embed(AMHARIC))
        words.topk("ዛሬ", AMHARIC, mode="keyword")
        words.deduplicate(AMHARIC, threshold=1)
        words.index().add(AMHARIC, check=False)
        words.find_duplicates(AMHARIC, check=False)
        words.check = False
        words.cluster(AMHARIC, 2, random_state=0)


def test_every_named_model_says_its_languages() -> None:
    listed = WordLlama.list_configs(languages=True)
    assert {kind: list(names) for kind, names in listed.items()} == WordLlama.list_configs()
    assert all(languages for names in listed.values() for languages in names.values())
    shipped = registry.shipped("l2_words")
    assert shipped is not None
    assert read_languages(shipped) == READS["l2_words"] == WordLlama.load("l2_words").languages


def test_languages_are_kept_in_the_folder(tmp_path: Path, words: WordLlama) -> None:
    words.save(tmp_path / "model")
    config = tmp_path / "model" / "config.json"
    assert WordLlama.load(tmp_path / "model").languages == ("en",)
    plain = WordLlama(words.encoder.rows.matrix.astype(np.float32), words.tokenizer)
    assert plain.languages is None
    plain.save(tmp_path / "plain")
    assert WordLlama.load(tmp_path / "plain").languages is None
    for wrong in ("7", '["en", 7]', '[""]'):
        text = config.read_text()
        config.write_text(text.replace('"languages": [\n    "en"\n  ]', f'"languages": {wrong}'))
        with pytest.raises(ValueError, match=r"config.json: languages must be codes"):
            WordLlama.load(tmp_path / "model")
        config.write_text(text)
