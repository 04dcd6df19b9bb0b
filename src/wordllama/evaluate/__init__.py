"""How good are a model's vectors? MTEB-style tasks over any encoder and any folder of sets."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wordllama.evaluate.encoders import Form, Remembered, Vectors, encode_with, forms
from wordllama.evaluate.results import Results
from wordllama.evaluate.scores import Figures, Score, Set, figures
from wordllama.evaluate.searching import Searched
from wordllama.evaluate.sets import read_set, read_tasks
from wordllama.evaluate.tasks import FOUND, Outcome, Retrieval, Task
from wordllama.vectors import normalize

__all__ = [
    "Figures",
    "Form",
    "Remembered",
    "Results",
    "Score",
    "Searched",
    "Set",
    "forms",
    "read_set",
]
__all__ += ["read_tasks", "run"]


def run(
    encoders: Mapping[str, Any],
    folder: str | Path,
    *,
    sets: Sequence[str] | None = None,
    resamples: int = 1000,
    unit: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Results:
    """Every encoder's figures on every set under `folder`.

    Args:
        encoders: Name -> object with `.embed(texts)` or `.encode(texts)` that gives one row a text;
            or a `Searched` model: then only the retrieval sets are run.
        folder: Sets in the layout of `wordllama.evaluate.sets`, or task folders of such.
        sets: Names of the sets to run; all where None.
        resamples: Bootstrap draws for the 95 % intervals; 0 leaves them out (NaN).
        unit: Give all vectors length 1 first. MTEB does not: classification and clustering
            then see lengths as the model gives them.
        progress: Called with a line for each set that is done.

    Raises:
        ValueError: no encoders; no retrieval set for what searches; a malformed set; vectors that
            are not one finite row per text.
        TypeError: an encoder without `.embed` and `.encode`.
        FileNotFoundError: `folder` or a set of `sets` is not there.
    """
    if not encoders:
        raise ValueError("encoders must hold at least one name -> encoder, got none")
    tasks = read_tasks(folder, sets)
    if any(isinstance(encoder, Searched) for encoder in encoders.values()):
        names = [task.name for task in tasks]
        tasks = [task for task in tasks if isinstance(task, Retrieval)]
        if not tasks:
            raise ValueError(f"a mode is of retrieval sets, and {folder} has none among {names}")
    rows, first = [], None
    for name, encoder in encoders.items():
        begun = time.perf_counter()
        dim, outcomes = _score(name, encoder, tasks, resamples, unit, progress)
        first = first or outcomes
        rows.append(figures(name, dim, time.perf_counter() - begun, tasks, outcomes, first))
    return Results(tuple(Set(t.name, t.group, t.metric, len(t)) for t in tasks), tuple(rows))


def _score(
    name: str,
    encoder: Any,
    tasks: Sequence[Task],
    resamples: int,
    unit: bool,
    progress: Callable[[str], None] | None,
) -> tuple[int, list[Outcome]]:
    searched = isinstance(encoder, Searched)
    encode = None if searched else encode_with(encoder)
    dim = encoder.dim if searched else 0

    def vectors(texts: Sequence[str]) -> Vectors:
        nonlocal dim
        rows = encode(texts)  # type: ignore[misc]
        dim = rows.shape[1]
        return normalize(rows) if unit else rows

    outcomes = []
    for task in tasks:
        if searched and isinstance(task, Retrieval):
            found = encoder.first(task.queries, task.documents, FOUND)
            outcomes.append(task.score_found(found, resamples))
        else:
            outcomes.append(task.score(vectors, resamples))
        if progress:
            progress(f"{name}: {task.name} {100 * outcomes[-1].value:.2f}")
    return dim, outcomes
