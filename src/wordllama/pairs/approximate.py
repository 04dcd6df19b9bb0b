"""Pairs of similar vectors among very many: only rows of neighbouring cells are compared.

Space is cut into the cells of about sqrt(n) centres (an inverted file). Two rows more similar than
the threshold lie no farther apart than `reach` = sqrt(2 - 2 * threshold), so if they lie in
different cells, both are at most `reach` from the plane between the two centres. Along one
direction of d they differ by about 1/sqrt(d) of that; a row is compared with all cells whose plane
is nearer to it than some such steps, and pairs farther astray are missed. How many are is measured
in `benchmarks/dedup.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from wordllama.kmeans.lloyd import kmeans
from wordllama.pairs.crowds import Needed, Postponed
from wordllama.pairs.exact import BLOCK, Turned, above, compared, turn
from wordllama.pairs.scored import Pairs
from wordllama.vectors import Vectors

STEPS = 1.3
"""A cell is searched whose plane is nearer than so many times `reach` / sqrt(dimensions)."""
CROWDING = 30
"""Pairs within a cell and its neighbours are about so many times more often similar than others."""
TRAINED = 64
"""Rows a centre is trained on."""
ROWS = 1 << 12
"""Rows compared with the centres at once."""

EXACT = 200_000
"""Rows up to which all pairs are looked for by default."""

Method = Literal["auto", "exact", "approximate"]
Cells = list[NDArray[np.int32]]
"""For each centre the sorted indices of some rows."""


def similar_pairs(
    left: Vectors,
    threshold: float,
    right: Vectors | None,
    method: Method = "auto",
    progress: bool = False,
    needed: Needed | Postponed | None = None,
) -> Iterator[Pairs]:
    """Pairs over the threshold by the method that is asked for; for `needed` see `pairs.above`."""
    if compares_all(method, len(left), len(left if right is None else right)):
        return above(left, threshold, right, progress, needed)
    return likely_above(left, threshold, right, progress, needed)


def compares_all(method: Method, left: int, right: int) -> bool:
    """Whether the method is to look at every pair of so many rows; ValueError if it is none.

    >>> compares_all("auto", 1000, 1000), compares_all("approximate", 1000, 1000)
    (True, False)
    """
    if method not in ("auto", "exact", "approximate"):
        raise ValueError(f"method must be auto, exact or approximate, not {method!r}")
    return method == "exact" or (method == "auto" and left * right <= EXACT**2)


def likely_above(
    left: Vectors,
    threshold: float,
    right: Vectors | None = None,
    progress: bool = False,
    needed: Needed | Postponed | None = None,
) -> Iterator[Pairs]:
    """Yield nearly all pairs with a similarity over `threshold`, in no order, some of them twice.

    Arguments and scores are those of `pairs.above`; no pair is given that it would not give.

    >>> x = np.array([[1, 0], [0, 1], [1, 0.1]], dtype=np.float32)
    >>> {pair for part in likely_above(x, 0.9) for pair in zip(part.left, part.right)}
    {(np.int64(0), np.int64(2))}
    """
    a, b = turn(left, threshold, right, CROWDING)
    plan = steps(a, b, threshold)
    for rows, columns in tqdm(plan, "comparing", unit="cell", disable=None if progress else True):
        for start in range(0, len(rows), BLOCK):
            for other in range(0, len(columns), BLOCK):
                x, y = rows[start : start + BLOCK], columns[other : other + BLOCK]
                yield compared(a, b, x, y, threshold, needed)


def steps(
    a: Turned, b: Turned, threshold: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows of each set that are to be compared with each other."""
    if not len(a.short) or not len(b.short):
        return
    reach = float(np.sqrt(max(0.0, 2 - 2 * threshold)))
    near = reach * min(1.0, STEPS / float(np.sqrt(a.short.shape[1])))
    centres = _centres(a.short if len(a.short) > len(b.short) else b.short)
    home, visits = _cells(a.short, centres, near)
    other_home, other_visits = (home, visits) if a is b else _cells(b.short, centres, near)
    for cell in range(len(centres)):
        rows = np.sort(np.concatenate([home[cell], visits[cell]])).astype(np.int64)
        yield rows, other_home[cell].astype(np.int64)
        if a is not b:
            yield home[cell].astype(np.int64), other_visits[cell].astype(np.int64)


def _centres(short: NDArray[np.float32]) -> NDArray[np.float32]:
    count = max(1, int(np.sqrt(len(short))))
    sample = short[:: max(1, len(short) // (count * TRAINED))]
    return kmeans(
        sample, min(count, len(sample)), max_iterations=8, n_init=1, random_state=0
    ).centres


def _cells(
    short: NDArray[np.float32], centres: NDArray[np.float32], near: float
) -> tuple[Cells, Cells]:
    """For each centre the rows nearest to it, and the others that might have a match there."""
    squares = np.einsum("ij,ij->i", centres, centres)
    apart = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * centres @ centres.T, 0))
    home = np.empty(len(short), np.int64)
    visitors, visited = [], []
    for start in range(0, len(short), ROWS):
        distance = squares - 2 * (short[start : start + ROWS] @ centres.T)
        nearest = distance.argmin(axis=1)
        home[start : start + ROWS] = nearest
        nearest_distance = distance[np.arange(len(nearest)), nearest]
        allowed = distance - nearest_distance[:, None] <= 2 * near * apart[nearest]
        allowed[np.arange(len(nearest)), nearest] = False
        row, cell = np.divmod(np.flatnonzero(allowed), len(centres))
        visitors.append((row + start).astype(np.int32))
        visited.append(cell.astype(np.int32))
    return (
        _grouped(np.arange(len(short), dtype=np.int32), home, len(centres)),
        _grouped(np.concatenate(visitors), np.concatenate(visited), len(centres)),
    )


def _grouped(rows: NDArray[np.int32], cells: NDArray[np.integer], count: int) -> Cells:
    order = np.argsort(cells, kind="stable")
    return np.split(rows[order], np.cumsum(np.bincount(cells, minlength=count))[:-1])
