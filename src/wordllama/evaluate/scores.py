"""The figures of a run: of a set, of a model, of groups of sets, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wordllama.evaluate.metrics import Floats
from wordllama.evaluate.tasks import Outcome, Task

MACRO = ("STS", "pairs", "classification", "clustering", "retrieval")
"""Groups whose mean is the macro-average; word similarity stands beside them."""


@dataclass(frozen=True)
class Score:
    """A figure x 100 and its 95 % bootstrap interval (NaN where nothing was resampled)."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f}"


@dataclass(frozen=True)
class Set:
    """An evaluation set as it was scored."""

    name: str
    group: str
    metric: str
    items: int


@dataclass(frozen=True)
class Figures:
    """One model's scores: by set, by group (mean of its sets), macro (mean of the groups).

    `ahead` holds how far it is ahead of the first model, by group and "macro", each with its own
    interval: the draws are paired, so it is narrower than those of the two figures.
    """

    model: str
    dim: int
    seconds: float
    sets: dict[str, Score]
    groups: dict[str, Score]
    macro: Score
    ahead: dict[str, Score]


def figures(
    model: str,
    dim: int,
    seconds: float,
    tasks: Sequence[Task],
    outcomes: Sequence[Outcome],
    first: Sequence[Outcome],
) -> Figures:
    """The scores of one model's outcomes, one for each task, beside those of the first model."""
    means, others = _means(tasks, outcomes), _means(tasks, first)
    return Figures(
        model,
        dim,
        round(seconds, 3),
        sets={task.name: _summary(o) for task, o in zip(tasks, outcomes, strict=True)},
        groups={name: _summary(mean) for name, mean in means.items() if name != "macro"},
        macro=_summary(means["macro"]),
        ahead={name: _summary(_difference(mean, others[name])) for name, mean in means.items()},
    )


def _means(tasks: Sequence[Task], outcomes: Sequence[Outcome]) -> dict[str, Outcome]:
    """The mean outcome of each group, and of the groups as "macro", in order."""
    groups: dict[str, list[Outcome]] = {}
    for task, outcome in zip(tasks, outcomes, strict=True):
        groups.setdefault(task.group, []).append(outcome)
    ordered = sorted(groups, key=lambda g: MACRO.index(g) if g in MACRO else len(MACRO))
    means = {group: _mean(groups[group]) for group in ordered}
    counted = [mean for group, mean in means.items() if group in MACRO] or list(means.values())
    return means | {"macro": _mean(counted)}


def _difference(a: Outcome, b: Outcome) -> Outcome:
    return Outcome(a.value - b.value, a.samples - b.samples)


def _mean(outcomes: Sequence[Outcome]) -> Outcome:
    values: Floats = np.mean([o.samples for o in outcomes], axis=0)
    return Outcome(float(np.mean([o.value for o in outcomes])), values)


def _summary(outcome: Outcome) -> Score:
    if len(outcome.samples) == 0:
        return Score(round(100 * outcome.value, 4), float("nan"), float("nan"))
    low, high = np.percentile(outcome.samples, [2.5, 97.5])
    return Score(*(round(100 * float(x), 4) for x in (outcome.value, low, high)))
