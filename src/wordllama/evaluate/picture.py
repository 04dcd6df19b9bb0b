"""Pictures of results (matplotlib): groups as bars, dimensions as curves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wordllama.extras import require

if TYPE_CHECKING:
    from wordllama.evaluate.results import Results, Score


def _axes(width: float) -> tuple[Any, Any]:
    figure = require("matplotlib.figure", extra="evaluate").Figure(
        figsize=(width, 4.5), layout="constrained"
    )
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def bars(results: Results, path: Path) -> None:
    """One bar a model in each group and in the macro-average, with 95 % intervals."""
    names = [*results.models[0].groups, "macro"]
    figure, axes = _axes(2 + 0.3 * len(names) * (1 + len(results.models)))
    width = 0.85 / len(results.models)
    places = np.arange(len(names))
    for i, model in enumerate(results.models):
        scores = [*model.groups.values(), model.macro]
        shift = places + (i - (len(results.models) - 1) / 2) * width
        values = [score.value for score in scores]
        axes.bar(shift, values, width, label=model.model)
        axes.errorbar(shift, values, yerr=_errors(scores), fmt="none", ecolor="0.3", lw=0.8)
    axes.set_xticks(places, names)
    axes.set_ylabel("score x 100")
    figure.legend(loc="outside lower center", ncols=4, fontsize="small", frameon=False)
    figure.savefig(path, dpi=150)


def _errors(scores: list[Score]) -> Any:
    spread = [(s.value - s.low, s.high - s.value) for s in scores]
    return np.nan_to_num(np.clip(np.array(spread).T, 0, None))
