"""All vectors of a corpus, in a temporary file that the system pages in and out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wordllama.atomic import named_if_full
from wordllama.cli.corpus import Corpus
from wordllama.cli.stored_vectors import embedded

if TYPE_CHECKING:
    from wordllama import WordLlama


def vectors_of(wl: WordLlama, records: Corpus) -> NDArray[Any]:
    """Unit vectors (n, dim), or packed binary ones: a memory map of a file that has no name.

    Those that the corpus holds are taken where `stored_vectors.embedded` says so.
    """
    parts = (embedded(wl, batch, records.vectors, norm=True) for batch in records)
    return in_file(wl.embed([]), parts)


def in_file(empty: NDArray[Any], parts: Iterable[NDArray[Any]]) -> NDArray[Any]:
    """The rows of all parts as a memory map of a file without a name; `empty` if there are none."""
    count = 0
    file = tempfile.TemporaryFile(prefix="wordllama-vectors-")  # noqa: SIM115 (the map keeps it)
    with named_if_full(f"{tempfile.gettempdir()} (TMPDIR names another folder)"):
        for part in parts:
            file.write(part.tobytes())
            count += len(part)
        file.flush()
    if not count:
        return empty
    return np.memmap(file, dtype=empty.dtype, mode="r+", shape=(count, empty.shape[1]))
