"""What a run gives: figures per task, group and model with intervals, as text, JSON, Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wordllama.atomic import atomic_write
from wordllama.evaluate.picture import bars, curves
from wordllama.evaluate.scores import Figures, Score, Set
from wordllama.modelfiles.jsonfile import parse_object


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
        """The results that `to_json` wrote; ValueError for any others."""
        held = parse_object(text, "results")
        try:
            models = [
                Figures(
                    **row
                    | {key: _scores(row[key]) for key in ("sets", "groups", "ahead")}
                    | {"macro": _score(row["macro"])}
                )
                for row in held["models"]
            ]
            return cls(tuple(Set(**s) for s in held["sets"]), tuple(models))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"results: not those that `to_json` wrote: {error!r}") from error

    def save(self, path: str | Path) -> None:
        """Write `to_json` to a file, whole or not at all."""
        with atomic_write(path) as file:
            file.write(self.to_json().encode() + b"\n")

    def curve(self, path: str | Path) -> None:
        """Each group's figures against the dimensions of a model's forms; PNG, SVG or PDF.

        Raises:
            ValueError: no model has other forms beside it (see `forms`).
        """
        curves(self.models, Path(path))

    def picture(self, path: str | Path) -> None:
        """Bars of the groups with their intervals, one colour a model; PNG, SVG or PDF."""
        bars(self.models, Path(path))

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
