"""The loop of a stage that trains by gradient: batches, steps, checkpoints, early stopping."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from wordllama.train import checkpoints
from wordllama.train.learner import Learner, pool
from wordllama.train.optimizer import LazyAdam, learning_rate

_POINTS = 20  # evenly spaced over a stage, of which the last `average` are averaged
_LOG_EVERY = 10


@dataclass(frozen=True)
class Batch:
    """Token ids of all texts of a batch in a row, and what its loss needs beside them."""

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    extra: tuple[Tensor, ...]


@dataclass(frozen=True)
class Plan:
    """How a stage runs."""

    stage: int
    total: int
    """Steps in all."""
    learning_rate: float
    warmup: int
    save_steps: int
    eval_steps: int
    keep: int
    patience: int
    average: int
    decay: float
    fingerprint: str
    folder: Path
    device: str


@dataclass
class _Progress:
    step: int = 0
    best: float | None = None
    worse: int = 0
    averaged: int = 0


def fit(
    learner: Learner,
    plan: Plan,
    batch: Callable[[int], Batch],
    loss: Callable[[Tensor, tuple[Tensor, ...]], Tensor],
    dev: Callable[[], float] | None,
    resume: bool,
) -> None:
    """Train the learner in place over `plan.total` steps, or until the dev set says stop.

    `batch(step)` is a function of the step alone, so that a run that is killed and resumed from its
    last checkpoint takes the same steps as one that is not. Raises FloatingPointError if the loss
    is not a number.
    """
    optimizer = LazyAdam(learner.parameters)
    start = {k: v.clone() for k, v in learner.parameters.items()} if plan.decay else None
    sums = {k: torch.zeros_like(v) for k, v in learner.parameters.items()}
    best = {k: v.clone() for k, v in learner.parameters.items()} if plan.patience else {}
    done = _Progress()
    if resume:
        done = _restore(plan, learner, optimizer, sums, best)
    metrics = checkpoints.Metrics(plan.folder)
    metrics.rewind(plan.stage, done.step)
    points = _average_points(plan)
    name = f"stage {plan.stage + 1}"
    bar = tqdm(total=plan.total, initial=done.step, unit="step", desc=name, disable=None)
    began = time.perf_counter()
    with bar:
        while done.step < plan.total and not (plan.patience and done.worse >= plan.patience):
            rate = learning_rate(plan.learning_rate, done.step, plan.warmup, plan.total)
            value = _step(learner, optimizer, batch(done.step), loss, rate, start, plan)
            done.step += 1
            bar.update()
            if done.step % _LOG_EVERY == 0 or done.step == plan.total:
                number = float(value)
                if not np.isfinite(number):
                    raise FloatingPointError(
                        f"stage {plan.stage + 1}, step {done.step}: the loss is {number}; "
                        "lower learning_rate"
                    )
                bar.set_postfix(loss=f"{number:.4f}", rate=f"{rate:.1e}")
                seconds = round(time.perf_counter() - began, 3)
                record = {"stage": plan.stage, "step": done.step, "loss": number, "rate": rate}
                metrics.add({**record, "seconds": seconds})
            if done.step in points:
                done.averaged += 1
                for name, parameter in learner.parameters.items():
                    sums[name] += parameter
            if dev and (done.step % plan.eval_steps == 0 or done.step == plan.total):
                _evaluate(dev, done, plan, learner, best, metrics)
            if done.step % plan.save_steps == 0 and done.step < plan.total:
                _save(plan, learner, optimizer, sums, best, done)
    _finish(learner, plan, done, sums, best)


def _step(
    learner: Learner,
    optimizer: LazyAdam,
    batch: Batch,
    loss: Callable[[Tensor, tuple[Tensor, ...]], Tensor],
    rate: float,
    start: dict[str, Tensor] | None,
    plan: Plan,
) -> Tensor:
    tokens, places = np.unique(batch.ids, return_inverse=True)
    index = torch.as_tensor(tokens.astype(np.int64), device=plan.device)
    leaves = learner.leaves(index)
    vectors = pool(
        learner.rows(leaves, index),
        torch.as_tensor(places, device=plan.device),
        torch.as_tensor(batch.offsets, device=plan.device),
    )
    value = loss(vectors, batch.extra)
    value.backward()  # type: ignore[no-untyped-call]
    optimizer.step(leaves, rate, start, plan.decay)
    return value.detach()


def _average_points(plan: Plan) -> set[int]:
    if plan.average <= 1:
        return set()
    first = _POINTS - min(plan.average, _POINTS) + 1
    return {max(1, plan.total * i // _POINTS) for i in range(first, _POINTS + 1)}


def _evaluate(
    dev: Callable[[], float],
    done: _Progress,
    plan: Plan,
    learner: Learner,
    best: dict[str, Tensor],
    metrics: checkpoints.Metrics,
) -> None:
    score = dev()
    metrics.add({"stage": plan.stage, "step": done.step, "dev": score})
    if done.best is None or score > done.best:
        done.best, done.worse = score, 0
        for name in best:
            best[name].copy_(learner.parameters[name])
    else:
        done.worse += 1


def _finish(
    learner: Learner,
    plan: Plan,
    done: _Progress,
    sums: dict[str, Tensor],
    best: dict[str, Tensor],
) -> None:
    stopped = bool(best) and done.step < plan.total
    for name, parameter in learner.parameters.items():
        if stopped:
            parameter.copy_(best[name])
        elif done.averaged:
            parameter.copy_(sums[name] / done.averaged)


def _save(
    plan: Plan,
    learner: Learner,
    optimizer: LazyAdam,
    sums: dict[str, Tensor],
    best: dict[str, Tensor],
    done: _Progress,
) -> None:
    tensors = {f"parameter.{k}": v for k, v in learner.parameters.items()}
    tensors |= {f"moment.{k}": v for k, v in optimizer.state.items()}
    tensors |= {f"best.{k}": v for k, v in best.items()}
    if done.averaged:
        tensors |= {f"sum.{k}": v for k, v in sums.items()}
    meta: dict[str, Any] = {"stage": plan.stage, "fingerprint": plan.fingerprint, **vars(done)}
    file = checkpoints.step_file(plan.folder, plan.stage, done.step)
    checkpoints.write(file, {k: v.cpu().numpy() for k, v in tensors.items()}, meta)
    for old in checkpoints.step_files(plan.folder, plan.stage)[: -plan.keep]:
        old.unlink()


def _restore(
    plan: Plan,
    learner: Learner,
    optimizer: LazyAdam,
    sums: dict[str, Tensor],
    best: dict[str, Tensor],
) -> _Progress:
    files = checkpoints.step_files(plan.folder, plan.stage)
    if not files:
        return _Progress()
    saved = checkpoints.read(files[-1])
    if saved.meta["fingerprint"] != plan.fingerprint:
        raise ValueError(
            f"{files[-1]}: written under another configuration or other data; "
            "train without --resume, or into another output_dir"
        )
    groups = {"parameter": learner.parameters, "moment": optimizer.state}
    groups |= {"sum": sums, "best": best}
    for name, array in saved.arrays.items():
        group, _, key = name.partition(".")
        into = groups.get(group, {}).get(key)
        if into is None or tuple(into.shape) != array.shape:
            raise ValueError(f"{files[-1]}: {name} {array.shape} is not of this stage")
        into.copy_(torch.from_numpy(array))
    meta = saved.meta
    if meta["step"] is None or not {"best", "worse", "averaged"} <= meta.keys():
        raise ValueError(f"{files[-1]}: does not say at which step it was written")
    optimizer.steps = meta["step"]
    return _Progress(meta["step"], meta["best"], meta["worse"], meta["averaged"])
