"""Where rows and tokenizer come from: a codebook, a model, or a language model's own files."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from wordllama import hub
from wordllama.encode.encoder import Encoder
from wordllama.extract import extract, read_codebook
from wordllama.extract.checkpoint import INDEX, read_headers
from wordllama.extract.codebook import check_codebook
from wordllama.hub import registry
from wordllama.kernel import Rows
from wordllama.modelfiles.folder import StoredModel, read_model
from wordllama.train.teacher import token_texts

_STATIC = 3  # tensors that a static model has at most: rows, weights, mapping
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a about above after again all am an and any are as at be been before being below "
        "between both but by can could did do does doing down during each few for from "
        "further had has have having he her here hers him his how i if in into is it its just "
        "me more most my no nor not of off on once only or other our out over own same she "
        "should so some such than that the their them then there these they this those "
        "through to too under until up very was we were what when where which while who whom "
        "why will with would you your ",
    )
)


@dataclass(frozen=True)
class Source:
    """A matrix with a row for each token, and the tokenizer."""

    rows: Rows
    tokenizer_json: str
    where: str
    languages: tuple[str, ...] | None = None
    """Codes of those that it was made for; None where that is not known."""

    @property
    def n_tokens(self) -> int:
        """How many tokens have a row."""
        return len(self.rows.matrix if self.rows.mapping is None else self.rows.mapping)

    @property
    def columns(self) -> int:
        """The rows' width."""
        return int(self.rows.matrix.shape[1])

    def codebook(self) -> NDArray[np.generic]:
        """(n_tokens, columns), as it is stored where that is possible."""
        plain = self.rows.scale is None and self.rows.mapping is None
        return self.rows.matrix if plain else self.dense()

    def dense(self) -> NDArray[np.float32]:
        """(n_tokens, columns) float32, scales applied."""
        matrix = self.rows.matrix
        picked = matrix if self.rows.mapping is None else matrix[self.rows.mapping]
        dense = np.array(picked, dtype=np.float32)
        return dense if self.rows.scale is None else dense * self.rows.scale[:, None]

    def encoder(self) -> Encoder:
        """What turns texts into ids, as the finished model will."""
        unused = np.zeros((self.n_tokens, 1), dtype=np.float32)
        return Encoder(Rows(unused), lambda: self.tokenizer_json)

    def tokenizer(self) -> Tokenizer:
        """The tokenizer."""
        return self.encoder().tokenizer

    def stop_weights(self, weight: float) -> NDArray[np.float32]:
        """1 for each token, `weight` for those that are stop words."""
        texts = token_texts(self.tokenizer())
        weights = np.ones(self.n_tokens, dtype=np.float32)
        stops = [i for i, text in enumerate(texts[: len(weights)]) if text.lower() in STOP_WORDS]
        weights[stops] = weight
        return weights


def open_source(name: str | Path, dim: int | None = None) -> Source:
    """The codebook or model that a path or name stands for.

    Of a language model's folder or file (a transformer's safetensors, GGUF) it is what `extract`
    takes out of it.

    Raises FileNotFoundError, or ValueError for a file that is damaged, holds NaN or infinity, or
    does not fit its tokenizer.
    """
    path = Path(name)
    if (path / "codebook.safetensors").is_file():
        source = _codebook(path)
    elif _is_language_model(path):
        source = _extracted(path)
    elif path.exists():
        model = read_model(path)
        source = _model(model, str(path), model.languages)
    else:
        found = hub.find(str(name), dim or 256)
        model = read_model(found.weights, tokenizer=found.tokenizer, trusted=found.trusted)
        source = _model(model, str(name), registry.languages_of(str(name)))
    vocabulary = source.tokenizer().get_vocab_size(with_added_tokens=False)
    if vocabulary > source.n_tokens:
        raise ValueError(
            f"{source.where}: the tokenizer has {vocabulary} tokens but there are only "
            f"{source.n_tokens} rows"
        )
    return source


def _model(model: StoredModel, where: str, languages: tuple[str, ...] | None) -> Source:
    return Source(model.rows, model.tokenizer_json, where, languages)


def _codebook(folder: Path) -> Source:
    book = read_codebook(folder)
    check_codebook(book)
    return Source(Rows(book.matrix), book.tokenizer_json, str(folder))


def _is_language_model(path: Path) -> bool:
    """Whether a path has a transformer's tensors, of which a static model has only a few."""
    if path.is_dir():
        if (path / INDEX).is_file() or list(path.glob("*.gguf")):
            return True
        path = path / "model.safetensors"
    if path.suffix == ".gguf" or path.name.endswith(".index.json"):
        return path.is_file()
    return path.suffix == ".safetensors" and path.is_file() and len(read_headers(path)) > _STATIC


def _extracted(path: Path) -> Source:
    with tempfile.TemporaryDirectory(prefix="wordllama-") as folder:
        book = extract(path, Path(folder) / "codebook", dtype="float32")
        return Source(Rows(np.array(book.matrix)), book.tokenizer_json, str(path))
