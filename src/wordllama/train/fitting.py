"""The stages that train by gradient: contrastive, and distillation from a teacher."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wordllama.train import linear, losses
from wordllama.train.config import Config
from wordllama.train.corpus import Corpus, batches
from wordllama.train.learner import FreeRows, Learner, ProjectedRows, binarized, folded
from wordllama.train.loop import Batch, Plan, fit
from wordllama.train.source import Source
from wordllama.train.stages import Contrastive, Distill

Dev = Callable[[NDArray[np.float32], bool], float]
Loss = Callable[[Tensor, tuple[Tensor, ...]], Tensor]
_CENTRES = 256  # texts that the others are sorted by, where batches are made of near ones
_TOGETHER = 4  # texts of a passage
Taught = tuple[Corpus, NDArray[np.float16] | None]


def run_stage(
    number: int,
    stage: Contrastive | Distill,
    settings: Config,
    source: Source,
    rows: NDArray[np.generic],
    data: Sequence[Taught],
    axes: linear.Axes | None,
    dev: Dev | None,
    fingerprint: str,
    resume: bool,
) -> NDArray[np.float32]:
    """The rows after the stage."""
    training = settings.training
    learner = _learner(number, stage, settings, source, rows)
    width = _width(learner)
    dims = sorted({d for d in settings.matryoshka.dims if d < width} | {width}, reverse=True)
    form = training.binarizer_ste if stage.binary else None
    size = stage.batch_size or training.per_device_train_batch_size
    sizes = [len(corpus) for corpus, _ in data]
    seed = (training.seed, number)
    near = stage.near if isinstance(stage, Distill) else 0.0
    tiled = [
        np.resize(linear.nearest(vectors, _CENTRES, training.seed), len(corpus))
        for corpus, vectors in data
        if near and vectors is not None
    ]

    @functools.lru_cache(maxsize=2)
    def epoch(which: int) -> list[tuple[int, NDArray[np.int64]]]:
        sampler = training.multi_dataset_batch_sampler
        return batches(sizes, size, (*seed, which), sampler, tiled if near else None, near)

    def draw(step: int) -> tuple[int, NDArray[np.int64]]:
        which, place = divmod(step, len(epoch(0)))
        return epoch(which)[place]

    if isinstance(stage, Distill):
        together = _passages(stage.passages, seed)
        batch, loss = _distillation(stage, data, axes, draw, together, dims, form, width)
    else:
        batch = _pairs(data, draw)
        loss = _ranking(stage, dims, form)
    plan = Plan(
        stage=number,
        total=len(epoch(0)) * (stage.epochs or training.num_train_epochs),
        learning_rate=stage.learning_rate or training.learning_rate,
        warmup=training.warmup_steps if stage.warmup_steps is None else stage.warmup_steps,
        save_steps=training.save_steps,
        eval_steps=training.eval_steps,
        keep=training.save_total_limit,
        patience=training.patience,
        average=stage.average,
        decay=stage.decay,
        fingerprint=fingerprint,
        folder=Path(training.output_dir),
        device=training.device,
    )
    watched = None if dev is None else lambda: dev(folded(learner, source.n_tokens), stage.binary)
    fit(learner, plan, batch, loss, watched, resume)
    after = folded(learner, source.n_tokens)
    if stage.train == "projection" or stage.blend == 1:
        return after
    before = np.asarray(rows, dtype=np.float32)
    return np.asarray(before + stage.blend * (after - before), dtype=np.float32)


def _learner(
    number: int,
    stage: Contrastive | Distill,
    settings: Config,
    source: Source,
    rows: NDArray[np.generic],
) -> Learner:
    device = settings.training.device
    if stage.train == "rows":
        return FreeRows.start(np.asarray(rows, dtype=np.float32), device)
    weights = source.stop_weights(stage.initial_stop_weight)
    dim = max(settings.matryoshka.dims)
    seed = settings.training.seed + number
    return ProjectedRows.start(rows, weights, dim, seed, device)


def _width(learner: Learner) -> int:
    parameters = learner.parameters
    return int(next(parameters[k] for k in ("rows", "projection") if k in parameters).shape[1])


def _pairs(
    data: Sequence[Taught], draw: Callable[[int], tuple[int, NDArray[np.int64]]]
) -> Callable[[int], Batch]:
    def batch(step: int) -> Batch:
        which, rows = draw(step)
        corpus = data[which][0]
        taken = [column.take(rows) for column in corpus.columns]
        keys = [torch.from_numpy(c.keys[rows].view(np.int64)) for c in corpus.columns]
        same = losses.duplicates(keys[0], torch.cat(keys[1:]))
        return Batch(*_together(taken), (same,))

    return batch


def _together(
    parts: Sequence[tuple[NDArray[np.int32], NDArray[np.int64]]],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    ids = np.concatenate([ids for ids, _ in parts])
    lengths = np.concatenate([np.diff(offsets) for _, offsets in parts])
    return ids, np.concatenate(([0], np.cumsum(lengths)))


def _ranking(stage: Contrastive, dims: Sequence[int], form: str | None) -> Loss:
    def loss(vectors: Tensor, extra: tuple[Tensor, ...]) -> Tensor:
        same = extra[0].to(vectors.device)
        anchors = len(same)
        ready = vectors if form is None else binarized(vectors, form)

        def ranked(anchor: Tensor, candidates: Tensor) -> Tensor:
            return losses.ranking(anchor, candidates, same=same, scale=stage.scale)

        return losses.matryoshka(ranked, dims, (ready[:anchors], ready[anchors:]))

    return loss


def _passages(share: float, seed: tuple[int, int]) -> Callable[[int, int], int]:
    """How many texts of a batch of so many go together, at each step."""

    def together(step: int, size: int) -> int:
        drawn = np.random.default_rng((*seed, step)).random() < share
        return _TOGETHER if drawn and size >= 2 * _TOGETHER else 1

    return together


def _distillation(
    stage: Distill,
    data: Sequence[Taught],
    given: linear.Axes | None,
    draw: Callable[[int], tuple[int, NDArray[np.int64]]],
    together: Callable[[int, int], int],
    dims: Sequence[int],
    form: str | None,
    width: int,
) -> tuple[Callable[[int], Batch], Loss]:
    raw = [vectors for _, vectors in data if vectors is not None]
    targets: Sequence[NDArray[np.generic]] = raw
    if stage.loss in ("cosine", "mse"):
        if raw[0].shape[1] < width:
            raise ValueError(
                f"distill: the rows are {width} wide but the teacher's vectors only "
                f"{raw[0].shape[1]}; use loss = 'similarity' or fewer dims"
            )
        axes = linear.main_axes(raw, width, stage.whiten)
        if given is not None:  # the mean is that of the texts, whose vectors are what is centred
            axes = linear.Axes(axes.mean, given.axes[:, :width])
        targets = [axes.of(vectors) for vectors in raw]

    def batch(step: int) -> Batch:
        which, rows = draw(step)
        corpus = data[which][0]
        per = together(step, len(rows))
        rows = rows[: len(rows) // per * per]
        target = np.asarray(targets[which][rows % corpus.n_rows], dtype=np.float32)
        keys = torch.from_numpy(corpus.columns[0].keys[rows].view(np.int64)[::per])
        same = keys[:, None] == keys[None, :]
        ids, offsets = corpus.columns[0].take(rows)
        mean = torch.from_numpy(target).view(-1, per, target.shape[1]).mean(dim=1)
        return Batch(ids, offsets[::per], (mean, same))

    def loss(vectors: Tensor, extra: tuple[Tensor, ...]) -> Tensor:
        target = extra[0].to(vectors.device)
        ready = vectors if form is None else binarized(vectors, form)
        if stage.loss == "neighbours":
            same = extra[1].to(vectors.device)
            return losses.matryoshka(
                lambda v: losses.neighbours(v, target, same, scale=stage.scale), dims, (ready,)
            )
        if stage.loss == "similarity":
            return losses.matryoshka(lambda v: losses.similarity(v, target), dims, (ready,))
        compared = losses.cosine if stage.loss == "cosine" else losses.mse
        return losses.matryoshka(compared, dims, (ready, target))

    return batch, loss
