"""The loss curve as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wordllama.atomic import atomic_write
from wordllama.extras import require


def draw_curve(records: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Draw the loss (and the dev set's score, if any) over the steps of all stages, as PNG."""
    losses = [r for r in records if "loss" in r]
    if not losses:
        return
    figure = require("matplotlib.figure", extra="train").Figure(figsize=(8, 4.5), dpi=120)
    axes = figure.subplots()
    shifts = _shifts(records)
    for stage in sorted({r["stage"] for r in losses}):
        part = [r for r in losses if r["stage"] == stage]
        steps = [r["step"] + shifts[stage] for r in part]
        axes.plot(steps, [r["loss"] for r in part], lw=1, label=f"stage {stage + 1}")
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    dev = [r for r in records if "dev" in r]
    if dev:
        right = axes.twinx()
        steps = [r["step"] + shifts[r["stage"]] for r in dev]
        right.plot(steps, [r["dev"] for r in dev], "k.--", lw=1, label="dev")
        right.set_ylabel("dev")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    with atomic_write(file) as out:
        figure.savefig(out, format="png")


def _shifts(records: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    shifts, total = {}, 0
    for stage in sorted({r["stage"] for r in records}):
        shifts[stage] = total
        total += max(r["step"] for r in records if r["stage"] == stage)
    return shifts
