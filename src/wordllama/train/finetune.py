"""Fitting a model to pairs of your own in one call."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable

import numpy as np

from wordllama.encode.encoder import Encoder
from wordllama.kernel import Rows
from wordllama.train import fitting
from wordllama.train.config import Config, Matryoshka, Training
from wordllama.train.corpus import Corpus, columns_of
from wordllama.train.source import Source
from wordllama.train.stages import Contrastive


def finetuned(
    encoder: Encoder,
    pairs: Iterable[tuple[str, str]],
    *,
    binary: bool = False,
    epochs: int = 3,
    batch_size: int = 256,
    learning_rate: float = 1e-2,
    decay: float = 1.0,
    seed: int = 0,
) -> Rows:
    """The model's rows, fitted so that the two texts of a pair come closer than those of others.

    Raises ValueError for fewer than two pairs, TypeError for one that is not two strings.
    """
    listed = list(pairs)
    for i, pair in enumerate(listed):
        if (
            isinstance(pair, str)
            or len(pair) != 2
            or not all(isinstance(text, str) for text in pair)
        ):
            raise TypeError(f"pairs[{i}] must be two strings, not {pair!r}")
    if len(listed) < 2:
        raise ValueError(f"pairs holds {len(listed)}, expected at least 2: others are negatives")
    for name, value in (("epochs", epochs), ("batch_size", batch_size)):
        if value < 1:
            raise ValueError(f"{name} is {value}, expected 1 or more")
    if not learning_rate > 0:
        raise ValueError(f"learning_rate is {learning_rate}, expected more than 0")
    columns = columns_of(listed, encoder.token_ids)
    corpus = Corpus("pairs", "pairs", columns, None, len(listed), 0, "")
    json = encoder.tokenizer_json
    text = json if isinstance(json, str) else json.decode()
    source = Source(encoder.rows, text, "the model")
    stage = Contrastive(train="rows", binary=binary, decay=decay)
    dims = tuple(d for d in (64, 128, 256, 512, 1024) if d < encoder.dim)
    with tempfile.TemporaryDirectory(prefix="wordllama-") as folder:
        training = Training(
            output_dir=folder,
            num_train_epochs=epochs,
            per_device_train_batch_size=min(batch_size, len(listed)),
            learning_rate=learning_rate,
            warmup_steps=10,
            save_steps=1 << 62,
            seed=seed,
        )
        settings = Config(training=training, matryoshka=Matryoshka(dims or (encoder.dim,)))
        rows = fitting.run_stage(
            0, stage, settings, source, source.dense(), [(corpus, None)], None, None, "", False
        )
    return Rows(np.ascontiguousarray(rows))
