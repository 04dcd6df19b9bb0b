"""A static model from a sentence-transformer in one call."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wordllama.arguments import at_least
from wordllama.atomic import atomic_folder, atomic_write
from wordllama.encode.encoder import Encoder
from wordllama.extract.codebook import count_tokens, write_codebook
from wordllama.extract.source import licence_of
from wordllama.extras import require
from wordllama.kernel import Rows
from wordllama.modelfiles.folder import read_model
from wordllama.modelfiles.jsonfile import read_object
from wordllama.texts import Texts, as_list
from wordllama.train.config import Config, Data, Matryoshka, Model, Training
from wordllama.train.drawn import drawn_texts, used_tokens, word_tokens
from wordllama.train.stages import Distill, Sif, Stage, TeacherRows
from wordllama.train.teacher import teacher_tokenizer

if TYPE_CHECKING:
    from wordllama.model import WordLlama

Name = str | PathLike[str]
LICENCES = {"drawn": "none: tokens drawn at random", "texts": ""}
"""Of the data, for the model card."""


def distill(
    teacher: Name,
    texts: Texts | None = None,
    vocabulary: Texts | None = None,
    *,
    out: Name | None = None,
    dim: int = 256,
    dtype: str = "float16",
    seed: int = 0,
    threads: int = 0,
    work: Name | None = None,
    log: Callable[[str], None] | None = None,
) -> WordLlama:
    """A static model that gives texts about the vectors that a sentence-transformer gives them.

    Without `texts`, each token runs through the teacher alone, and so do short texts of tokens
    drawn at random, which tell how the teacher adds tokens up. With `texts`, the rows are then
    fitted to the teacher's neighbours of each text. The same arguments, on the same machine with
    the same `threads`, give the same model. Needs the extra `train`.

    Args:
        teacher: a folder that sentence-transformers saved, or a name that it loads. A BERT or MPNet
            under mean pooling needs no further library, others need the extra `teachers`.
        texts: texts like those that the model will be used on, some ten thousands or more.
        vocabulary: words, the most frequent first, that get a token each; other words are spelled
            by characters and by pieces. The tokens are the teacher's own where None.
        out: also write the model folder, whole or not at all, with a card that says what it is
            made from.
        dim: the model's dimensions, at most the teacher's.
        dtype: of the rows: "float16", "float32" or "int8".
        seed: for what is drawn.
        threads: CPU threads; 0 leaves PyTorch's own choice.
        work: a folder to keep what is done in, so that a killed call with the same arguments goes
            on where it stopped; a temporary folder where None.
        log: called with each line of what is going on.

    Raises:
        TypeError: `texts` or `vocabulary` is one string, as a file's name would be.
        ValueError: a teacher that can't be loaded; no texts; a vocabulary that is empty or has what
            is not a word, or a word twice; a `dim` that the teacher has not.
        OSError: not enough room on the disk, or `out` can't be written.
        ImportError: an extra is missing.

    >>> distill("no/such/folder", dim=0)
    Traceback (most recent call last):
    ...
    ValueError: dim must be at least 1, not 0
    """
    at_least(1, dim=dim)
    at_least(0, seed=seed, threads=threads)
    require("torch", extra="train")
    from wordllama.model import WordLlama
    from wordllama.train.run import train
    from wordllama.train.save import DTYPES, save

    if dtype not in DTYPES:
        raise ValueError(f"dtype is {dtype!r}, expected one of {', '.join(DTYPES)}")
    if out is not None and Path(out).is_file():
        raise ValueError(f"out is {fspath(out)!r}, a file; expected a folder or nothing")
    for argument, value in (("texts", texts), ("vocabulary", vocabulary)):
        if isinstance(value, str):
            raise TypeError(f"{argument} must be a list, not one string ({value!r:.40})")
    name = fspath(teacher)
    if Path(name).is_dir():
        name = os.path.abspath(name)
    words = None if vocabulary is None else as_list(vocabulary, "vocabulary")
    listed = None if texts is None else [text for text in as_list(texts) if text.strip()]
    if listed is not None and not listed:
        raise ValueError("texts has no text that is not empty")
    tokenizer = used_tokens(teacher_tokenizer(name))
    if words is not None:
        tokenizer = word_tokens(words, tokenizer)
    sets = {"drawn": drawn_texts(tokenizer, seed)} | ({"texts": listed} if listed else {})
    how = f"{stages(name, dim, 'texts' in sets)} {threads}"
    with _workplace(work, [name, _state(name), how, seed, tokenizer, *sets.values()]) as folder:
        _check_room(folder, name, tokenizer, dim, sum(map(len, sets.values())))
        settings = _settings(folder, name, tokenizer, sets, dim, seed, threads)
        rows = train(settings, resume=True, log=log or (lambda line: None), curve=False)
        (saved,) = save(rows, folder / "model", dims=[dim], dtype=dtype)
        if out is not None:
            with atomic_folder(fspath(out)) as new:
                for file in saved.iterdir():
                    shutil.copyfile(file, new / file.name)
        stored = read_model(saved)
        matrix, scale = stored.rows.matrix, stored.rows.scale
        held = Rows(np.array(matrix), None if scale is None else np.array(scale))  # not on disk
        text = stored.tokenizer_json
        encoder = Encoder(
            held, lambda: text, skip_unknown=stored.skip_unknown, languages=stored.languages
        )
    return WordLlama(encoder, normalize=stored.normalize)


def stages(teacher: str, dim: int, texts: bool) -> tuple[Stage, ...]:
    """What makes the rows, from texts called "drawn", and "texts" if there are such."""
    drawn = ("drawn",)
    alone = (
        TeacherRows(teacher, dim, whiten=0.5),
        Sif(a=1e-4, zipf=True),
        Distill(
            drawn, epochs=8, batch_size=512, learning_rate=1e-2, warmup_steps=30, blend=0.5,
            teacher=teacher, loss="cosine", axes="tokens", whiten=0.5,
        ),
    )  # fmt: skip
    if not texts:
        return alone
    fitted = Distill(
        ("texts",), epochs=4, batch_size=512, learning_rate=5e-3, warmup_steps=30, blend=0.5,
        teacher=teacher, loss="neighbours", passages=0.5, near=0.5, scale=12.0,
    )  # fmt: skip
    return (*alone, fitted)


def _settings(
    folder: Path,
    teacher: str,
    tokenizer: str,
    sets: dict[str, list[str]],
    dim: int,
    seed: int,
    threads: int,
) -> Config:
    """What to train, after writing what it names into the folder."""
    name = Path(teacher).name
    size = count_tokens(tokenizer, Path("tokenizer.json"))
    codebook = write_codebook(
        folder / "tokens" / name, [np.zeros((size, 1))], (size, 1), tokenizer, {"source": name}
    )
    for kind, listed in sets.items():
        with atomic_write(folder / f"{kind}.jsonl") as out:
            for text in listed:
                out.write(json.dumps({"text": text}).encode() + b"\n")
    return Config(
        model=Model(
            str(codebook.folder), name=name, licence=licence_of(Path(teacher)), normalize=True
        ),
        training=Training(str(folder / "run"), seed=seed, threads=threads),
        matryoshka=Matryoshka((dim,)),
        data=tuple(
            Data(str(folder / f"{kind}.jsonl"), "texts", name=kind, licence=LICENCES[kind])
            for kind in sets
        ),
        stage=stages(teacher, dim, "texts" in sets),
    )


@contextmanager
def _workplace(work: Name | None, asked: list[object]) -> Iterator[Path]:
    """A temporary folder, or the one in `work` for exactly what is asked."""
    if work is None:
        with tempfile.TemporaryDirectory(prefix="wordllama-") as folder:
            yield Path(folder)
        return
    digest = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    kept = Path(work) / digest[:16]
    kept.mkdir(parents=True, exist_ok=True)
    yield kept


def _state(teacher: str) -> list[object]:
    """What tells one state of a teacher's folder from another."""
    files = sorted(Path(teacher).rglob("*")) if Path(teacher).is_dir() else []
    return [(str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files if f.is_file()]


def _check_room(folder: Path, teacher: str, tokenizer: str, dim: int, texts: int) -> None:
    """Raise OSError if the teacher's vectors and the checkpoints won't fit on the disk."""
    config = Path(teacher) / "config.json"
    width = read_object(config).get("hidden_size") if config.is_file() else None
    tokens = count_tokens(tokenizer, Path("tokenizer.json"))
    known = width if type(width) is int else 1024
    needed = 2 * known * (tokens + texts) + 12 * 4 * dim * tokens
    free = shutil.disk_usage(folder).free
    if needed > free:
        message = f"{needed >> 20} MB are needed, {free >> 20} MB are free; name another in work"
        raise OSError(errno.ENOSPC, message, str(folder))
