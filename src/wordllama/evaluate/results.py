"""What a run gives: figures per task, group and model with intervals, as text, JSON, Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wordllama.atomic import atomic_write
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


@dataclass(frozen=True)
class Results:
    """Several models' figures over the same sets."""

    sets: tuple[Set, ...]
    models: tuple[Figures, ...]

    def __getitem__(self, model: str) -> Figures:
        for figures in self.models:
            if figures.model == model:
                return figures
        raise KeyError(f"{model!r} is not among {[figures.model for figures in self.models]}")

    def __str__(self) -> str:
        """A table of groups, one line a model."""
        rows = self._rows(intervals=False)
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = (
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
            for row in rows
        )
        return "\n".join(line.rstrip() for line in lines)

    def to_markdown(self, *, intervals: bool = True) -> str:
        """Tables in Markdown: models by groups, how far each is ahead, and sets by models."""
        ahead = [self._ahead_rows()] if len(self.models) > 1 and intervals else []
        tables = [self._rows(intervals), *ahead, self._set_rows(intervals)]
        return "\n\n".join(map(_markdown, tables)) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Everything, in plain types."""
        return asdict(self)

    def to_json(self) -> str:
        """`to_dict` as JSON; NaN intervals become null."""
        return json.dumps(_nulls(self.to_dict()), indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Results:
        """The results that `to_json` wrote."""
        held = json.loads(text)
        models = [
            Figures(
                **row
                | {key: _scores(row[key]) for key in ("sets", "groups", "ahead")}
                | {"macro": _score(row["macro"])}
            )
            for row in held["models"]
        ]
        return cls(tuple(Set(**s) for s in held["sets"]), tuple(models))

    def save(self, path: str | Path) -> None:
        """Write `to_json` to a file, whole or not at all."""
        with atomic_write(path) as file:
            file.write(self.to_json().encode() + b"\n")

    def curve(self, path: str | Path) -> None:
        """Each group's figures against the dimensions of a model's forms; PNG, SVG or PDF.

        Raises:
            ValueError: no model has other forms beside it (see `forms`).
        """
        from wordllama.evaluate.picture import curves

        curves(self, Path(path))

    def picture(self, path: str | Path) -> None:
        """Bars of the groups with their intervals, one colour a model; PNG, SVG or PDF."""
        from wordllama.evaluate.picture import bars

        bars(self, Path(path))

    def _rows(self, intervals: bool) -> list[list[str]]:
        rows = [["model", "dim", *self.models[0].groups, "macro", "seconds"]]
        for model in self.models:
            cells = [_cell(score, intervals) for score in (*model.groups.values(), model.macro)]
            rows.append([model.model, str(model.dim), *cells, f"{model.seconds:.1f}"])
        return rows

    def _ahead_rows(self) -> list[list[str]]:
        first, *others = self.models
        rows = [[f"ahead of {first.model}", *first.ahead]]
        return rows + [[m.model, *map(_signed, m.ahead.values())] for m in others]

    def _set_rows(self, intervals: bool) -> list[list[str]]:
        rows = [["set", "group", "figure", *(model.model for model in self.models)]]
        for one in self.sets:
            cells = [_cell(model.sets[one.name], intervals) for model in self.models]
            rows.append([one.name, one.group, one.metric, *cells])
        return rows


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


def _cell(score: Score, intervals: bool) -> str:
    if not intervals or np.isnan(score.low):
        return str(score)
    return f"{score.value:.2f} ({score.low:.1f}-{score.high:.1f})"


def _signed(score: Score) -> str:
    interval = "" if np.isnan(score.low) else f" ({score.low:+.1f} to {score.high:+.1f})"
    return f"{score.value:+.2f}{interval}"


def _markdown(rows: list[list[str]]) -> str:
    rule = ["---", *("---:" for _ in rows[0][1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]])


def _nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _nulls(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_nulls(v) for v in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def _score(held: Mapping[str, float | None]) -> Score:
    return Score(**{key: float("nan") if v is None else v for key, v in held.items()})


def _scores(held: Mapping[str, Mapping[str, float | None]]) -> dict[str, Score]:
    return {key: _score(score) for key, score in held.items()}
