"""A teacher's vectors of texts, kept on disk: a killed run goes on where it stopped."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from wordllama.atomic import atomic_write
from wordllama.encode import tokenizing
from wordllama.extras import require
from wordllama.modelfiles.jsonfile import read_object, read_text
from wordllama.train.bert import Bert, is_readable

_BLOCK = 4096
_ANEW = "remove it to have the vectors made anew"


class Teacher(Protocol):
    """What gives unit vectors for texts."""

    dim: int

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """(n, dim)."""


def load_teacher(name: str, device: str = "cpu") -> Teacher:
    """A sentence-transformers model, by folder or name.

    A folder with a BERT or MPNet under mean pooling (all-MiniLM-L6-v2, all-mpnet-base-v2) is read
    by our own reader, which needs no further library and, in bfloat16 without padding, takes about
    half the time; anything else is loaded by sentence-transformers.

    Raises:
        ImportError: a library is missing; the message says which extra brings it.
        ValueError: it can't be loaded; the message names it.
    """
    try:
        if Path(name).is_dir():
            _check_folder(Path(name))
        if is_readable(Path(name)):
            return Bert(Path(name), device)
        return _SentenceTransformer(name, device)
    except ImportError:
        raise
    except Exception as error:  # the libraries raise many kinds
        raise ValueError(f"teacher {name!r} can't be loaded: {error}") from error


def languages_of(name: str) -> tuple[str, ...] | None:
    """Codes of the languages that the card in a teacher's folder names; None if it names none."""
    card = Path(name) / "README.md"
    text = read_text(card) if card.is_file() else ""
    front = text.split("---")[1] if text.startswith("---") else ""
    found = re.search(r"^language:(.*(?:\n *- .*)*)", front, re.MULTILINE)
    codes = re.findall(r"\b[a-z]{2,3}\b(?!\w)", found[1]) if found else []
    return tuple(codes) or None


def _check_folder(folder: Path) -> None:
    """Raise FileNotFoundError if a file is missing without which the library would guess."""
    needed = ["modules.json"]
    if (folder / needed[0]).is_file():
        for module in json.loads(read_text(folder / needed[0])):
            kind, place = module["type"].rpartition(".")[2], Path(module["path"])
            if kind in ("Transformer", "Pooling"):
                needed.append(str(place / "config.json"))
            weights = ("*.safetensors", "*.bin", "*.index.json")
            if kind == "Transformer" and not any(list((folder / place).glob(w)) for w in weights):
                needed.append(str(place / "model.safetensors"))
    for name in needed:
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f"it has no {name}; a folder that sentence-transformers saved is expected, with "
                "modules.json, weights, and the configuration of its pooling"
            )


def teacher_tokenizer(name: str) -> str:
    """The `tokenizer.json` of a teacher, by folder or name; ValueError if it has none."""
    file = Path(name) / "tokenizer.json"
    if file.is_file():
        return read_text(file)
    teacher = load_teacher(name)
    fast = getattr(getattr(teacher, "tokenizer", None), "backend_tokenizer", None)
    if fast is None:
        raise ValueError(f"teacher {name!r} has no tokenizer.json, and none that gives one")
    return str(fast.to_str())


class _SentenceTransformer:
    def __init__(self, name: str, device: str) -> None:
        library = require("sentence_transformers", extra="teachers")
        self._model: Any = library.SentenceTransformer(name, device=device)
        self.dim = len(self._model.encode("", show_progress_bar=False))
        self.tokenizer: Any = self._model.tokenizer

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        vectors = self._model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


def cached_vectors(
    file: Path,
    texts: Iterable[str],
    count: int,
    teacher: Callable[[], Teacher],
    progress: Callable[[int], None] = lambda done: None,
) -> NDArray[np.float16]:
    """The teacher's vectors of `count` texts, memory-mapped: (count, dim) float16.

    `file` holds the vectors done so far, a `.json` beside it their number; the teacher is only
    loaded where some are missing.
    """
    note = file.with_suffix(".json")
    done = _done(note, count) if note.exists() and file.exists() else 0
    if done == count:
        return _kept(file, "r", count)
    model = teacher()
    file.parent.mkdir(parents=True, exist_ok=True)
    vectors: Any  # a numpy.memmap
    if done:
        vectors = _kept(file, "r+", count, model.dim)
    else:
        vectors = np.lib.format.open_memmap(file, "w+", np.float16, (count, model.dim))
    remaining = islice(texts, done, None)
    while block := list(islice(remaining, _BLOCK)):
        vectors[done : done + len(block)] = _by_length(model, block)
        vectors.flush()
        done += len(block)
        with atomic_write(note) as out:
            out.write(json.dumps({"done": done, "of": count}).encode())
        progress(done)
    if done != count:
        raise ValueError(f"{file}: {count} texts were announced but {done} came")
    return _kept(file, "r", count)


def _done(note: Path, count: int) -> int:
    """How many of the vectors are on disk."""
    done = read_object(note).get("done")
    if type(done) is not int or not 0 <= done <= count:
        raise ValueError(f"{note}: done is {done!r:.60}, expected 0 to {count}; {_ANEW}")
    return done


def _kept(
    file: Path, mode: Literal["r", "r+"], count: int, dim: int | None = None
) -> NDArray[np.float16]:
    try:
        vectors: NDArray[np.float16] = np.lib.format.open_memmap(file, mode)
    except Exception as error:  # NumPy raises many kinds for a header that is damaged
        raise ValueError(f"{file}: not a whole array of NumPy: {error}; {_ANEW}") from error
    right = vectors.dtype == np.float16 and vectors.ndim == 2 and len(vectors) == count
    if not right or (dim is not None and vectors.shape[1] != dim):
        expected = f"float16 ({count}, {'dimensions' if dim is None else dim})"
        raise ValueError(
            f"{file}: holds {vectors.dtype} {vectors.shape}, expected {expected}; {_ANEW}"
        )
    return vectors


def _by_length(teacher: Teacher, texts: list[str]) -> NDArray[np.float32]:
    order = np.argsort([len(text) for text in texts], kind="stable")
    vectors = np.empty((len(texts), teacher.dim), dtype=np.float32)
    vectors[order] = teacher.encode([texts[i] for i in order])
    return vectors


def token_texts(tokenizer: Any) -> list[str]:
    """What each token id stands for, as a text (empty for special tokens and single bytes)."""
    added = tokenizer.get_added_tokens_decoder()
    size = tokenizer.get_vocab_size(with_added_tokens=True)
    inside = getattr(tokenizer.model, "continuing_subword_prefix", None) or ""
    told = tokenizing.token_texts(tokenizer, range(size))
    texts = ("" if i in added else text.strip() for i, text in enumerate(told))
    return [t.removeprefix(inside) if len(t) > len(inside) else t for t in texts]


def cpu_count() -> int:
    """The CPUs this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
