"""Pictures of results (matplotlib): groups as bars, dimensions as curves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wordllama.evaluate.scores import Figures, Score
from wordllama.extras import require

_LEGEND: Any = {"loc": "outside lower center", "ncols": 4, "fontsize": "small", "frameon": False}


def _axes(width: float, panels: int = 1) -> tuple[Any, Any]:
    figure = require("matplotlib.figure", extra="evaluate").Figure(
        figsize=(width, 4.5), layout="constrained"
    )
    axes = figure.subplots(1, panels)
    for one in np.atleast_1d(axes):
        one.spines[["top", "right"]].set_visible(False)
    return figure, axes


def bars(models: Sequence[Figures], path: Path) -> None:
    """One bar a model in each group and in the macro-average, with 95 % intervals."""
    names = [*models[0].groups, "macro"]
    figure, axes = _axes(4 + 0.15 * len(names) * (1 + len(models)))
    width = 0.85 / len(models)
    places = np.arange(len(names))
    for i, model in enumerate(models):
        scores = [*model.groups.values(), model.macro]
        shift = places + (i - (len(models) - 1) / 2) * width
        values = [score.value for score in scores]
        axes.bar(shift, values, width, label=model.model)
        axes.errorbar(shift, values, yerr=_errors(scores), fmt="none", ecolor="0.3", lw=0.8)
    axes.set_xticks(places, names)
    axes.set_ylabel("score x 100")
    figure.legend(**_LEGEND)
    figure.savefig(path, dpi=150)


def _errors(scores: list[Score]) -> Any:
    spread = [(s.value - s.low, s.high - s.value) for s in scores]
    return np.nan_to_num(np.clip(np.array(spread).T, 0, None))


_FORM = re.compile(r"(.+?)(?: @(\d+)( binary)?)?$")


def curves(models: Sequence[Figures], path: Path) -> None:
    """One panel a group and one for the macro-average: figures against dimensions, with intervals.

    Models named `NAME`, `NAME @64` and `NAME @64 binary` are one model's forms.
    """
    lines: dict[str, list[Figures]] = {}
    for model in models:
        form = _FORM.match(model.model)
        name = model.model if form is None else f"{form[1]}{form[3] or ''}"
        lines.setdefault(name, []).append(model)
    if max(map(len, lines.values())) < 2:
        raise ValueError("a curve wants a model at two dimensions or more, as `forms` gives")
    names = [*models[0].groups, "macro"]
    figure, panels = _axes(3 * len(names), len(names))
    for name, axes in zip(names, np.atleast_1d(panels), strict=True):
        for label, forms in lines.items():
            ordered = sorted(forms, key=lambda model: model.dim)
            scores = [m.macro if name == "macro" else m.groups[name] for m in ordered]
            axes.errorbar(
                [model.dim for model in ordered],
                [score.value for score in scores],
                yerr=_errors(scores),
                marker="o",
                capsize=2,
                label=label,
            )
        axes.set(title=name, xlabel="dimensions", xscale="log")
        axes.minorticks_off()
        widths = sorted({model.dim for model in models})
        axes.set_xticks(widths, [str(width) for width in widths])
    figure.legend(*panels[0].get_legend_handles_labels(), **_LEGEND)
    figure.savefig(path, dpi=150)
