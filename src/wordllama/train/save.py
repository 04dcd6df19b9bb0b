"""`wordllama save`: a checkpoint as model folders, one for each width."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.atomic import atomic_write
from wordllama.coverage.languages import language_codes
from wordllama.encode.tokenizing import parse
from wordllama.kernel import Rows
from wordllama.modelfiles.folder import read_tokenizer, write_model
from wordllama.modelfiles.tokenizer import read_spec, vocabulary_size
from wordllama.train import checkpoints
from wordllama.train.card import model_card
from wordllama.train.checkpoints import Checkpoint
from wordllama.train.config import Config
from wordllama.train.prune import prune
from wordllama.train.source import open_source

DTYPES = ("float16", "float32", "int8")


def save(
    checkpoint: str | Path,
    outdir: str | Path,
    *,
    settings: Config | None = None,
    dims: Sequence[int] | None = None,
    dtype: str = "float16",
    binary: bool = False,
    compress: bool = False,
    vocabulary: int | None = None,
    counts: NDArray[np.int64] | None = None,
    figures: str = "",
    languages: Sequence[str] | None = None,
) -> list[Path]:
    """Write `outdir/NAME_DIM[_binary]` for each width; the folders written.

    Args:
        checkpoint: a file of a training's output folder, which holds the tokenizer.
        outdir: where the folders go.
        settings: the configuration, needed for a checkpoint from within a stage that trains a
            projection: it names the codebook.
        dims: the widths; those of the configuration's `[matryoshka]` that the rows have, if None.
        dtype: "float16", "float32" or "int8" (each row with its own scale).
        binary: mark the model as one whose vectors are binarised; widths must be multiples of 64.
        compress: write `tokenizer.json.gz`; model2vec and sentence-transformers don't read that.
        vocabulary: keep about this many tokens, the most frequent by `counts`.
        figures: Markdown for the model card, as `wordllama evaluate` gives it.
        languages: codes of those that the model is made for; what the training says, if None.

    Raises:
        FileNotFoundError, ValueError: a missing or foreign file; a width that the rows don't have.
    """
    file = Path(checkpoint)
    held = checkpoints.read(file)
    rows = _rows(file, held, settings)
    tokenizer = _tokenizer(file.parent / "tokenizer.json", len(rows))
    if dtype not in DTYPES:
        raise ValueError(f"dtype is {dtype!r}, expected one of {', '.join(DTYPES)}")
    if vocabulary is not None:
        used = np.ones(len(rows), dtype=np.int64) if counts is None else counts
        tokenizer, rows = prune(tokenizer, rows, used, vocabulary)
    meta = _meta(file, held)
    if codes := language_codes(languages, "languages"):
        meta["languages"] = list(codes)
    written = []
    for dim in _widths(dims, meta.get("dims", ()), rows.shape[1], binary):
        name = f"{meta.get('name', 'model')}_{dim}{'_binary' if binary else ''}"
        folder = Path(outdir) / name
        stored = packed(rows[:, :dim], dtype)
        config = {"binary": binary, "normalize": meta.get("normalize", False), "wordllama": meta}
        if meta.get("languages"):
            config["languages"] = meta["languages"]
        write_model(folder, stored, tokenizer, config)
        plain = stored.scale is None and not binary
        _beside(folder, tokenizer, compress, plain, bool(config["normalize"]))
        card = model_card(name, meta, stored, binary, figures)
        with atomic_write(folder / "README.md") as out:
            out.write(card.encode())
        written.append(folder)
    return written


def _tokenizer(file: Path, n_rows: int) -> str:
    """The tokenizer's JSON, looked at, since the model would have to be read with it."""
    text = read_tokenizer(file)
    size = vocabulary_size(read_spec(text, file))
    parse(text, file)
    if size > n_rows:
        raise ValueError(f"{file}: has {size} tokens, but the checkpoint only {n_rows} rows")
    return text


def packed(rows: NDArray[np.float32], dtype: str) -> Rows:
    """The rows as they are stored; int8 rows reach to 127 and have their scale beside them."""
    if not np.isfinite(rows).all():
        bad = int(np.argmin(np.isfinite(rows).all(axis=1)))
        raise ValueError(f"row {bad} holds NaN or infinity")
    if dtype != "int8":
        return Rows(np.ascontiguousarray(rows, dtype=dtype))
    scale = np.abs(rows).max(axis=1) / 127
    safe = np.where(scale > 0, scale, 1)
    return Rows(np.rint(rows / safe[:, None]).astype(np.int8), scale.astype(np.float32))


def _rows(file: Path, held: Checkpoint, settings: Config | None) -> NDArray[np.float32]:
    arrays = held.arrays
    for name in ("rows", "parameter.rows"):
        if name in arrays and arrays[name].size:
            return held.array(name)
    if "parameter.projection" not in arrays:
        raise ValueError(f"{file}: holds no rows: it marks a training that has not begun")
    if settings is None or settings.model.codebook is None:
        raise ValueError(f"{file}: from within a projection's stage; give its configuration too")
    before = checkpoints.stage_file(file.parent, held.meta["stage"] - 1)
    book = checkpoints.read(before).array("rows") if before.exists() else np.empty((0, 0))
    if not book.size:
        book = open_source(settings.model.codebook).codebook()
    weight, projection = held.array("parameter.weight", 1), held.array("parameter.projection")
    if book.shape != (len(weight), len(projection)):
        shapes = f"{list(weight.shape)} and {list(projection.shape)}"
        raise ValueError(f"{file}: weight and projection are {shapes}, the rows {book.shape}")
    return project(book, weight, projection)


def project(
    book: NDArray[np.generic], weight: NDArray[np.float32], projection: NDArray[np.float32]
) -> NDArray[np.float32]:
    """gelu(weight) x codebook row x projection: (n, dim)."""
    from math import erf, sqrt

    scale = np.array([w * (1 + erf(w / sqrt(2))) / 2 for w in weight.tolist()], dtype=np.float32)
    parts = [
        (np.asarray(book[i : i + 4096], dtype=np.float32) * scale[i : i + 4096, None]) @ projection
        for i in range(0, len(book), 4096)
    ]
    return np.concatenate(parts)


def _meta(file: Path, held: Checkpoint) -> dict[str, Any]:
    """What the card tells; a checkpoint within a stage takes it from the stage before."""
    meta = held.meta
    if "data" not in meta:
        before = checkpoints.stage_file(file.parent, meta["stage"] - 1)
        meta = checkpoints.read(before).meta if before.exists() else {}
    told = ("name", "source", "licence", "languages", "normalize", "data", "dims", "stages")
    return {key: meta[key] for key in told if key in meta}


def _widths(
    asked: Sequence[int] | None, trained: Sequence[int], width: int, binary: bool
) -> list[int]:
    widths = list(asked) if asked else sorted({d for d in trained if d < width} | {width})
    for dim in widths:
        if not 0 < dim <= width:
            raise ValueError(f"dims holds {dim}, expected 1 to {width}, the rows' width")
        if binary and dim % 64:
            raise ValueError(f"dims holds {dim}, expected a multiple of 64 for a binary model")
    return widths


def _beside(folder: Path, tokenizer: str, compress: bool, plain: bool, unit: bool) -> None:
    if compress:
        with atomic_write(folder / "tokenizer.json.gz") as out:
            out.write(gzip.compress(tokenizer.encode(), 9, mtime=0))
        (folder / "tokenizer.json").unlink()
    elif plain:
        # sentence-transformers reads the matrix alone, without scales.
        kinds = {"": "StaticEmbedding"} | ({"1_Normalize": "Normalize"} if unit else {})
        modules = [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(kinds.items())
        ]
        with atomic_write(folder / "modules.json") as out:
            out.write(json.dumps(modules, indent=2).encode())
