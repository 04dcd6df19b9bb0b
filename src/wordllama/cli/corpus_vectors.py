"""All vectors of a corpus, in a temporary file that the system pages in and out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wordllama import coverage
from wordllama.atomic import named_if_full
from wordllama.cli.corpus import Corpus
from wordllama.cli.stored_vectors import NONE, embedded
from wordllama.files import of_texts

if TYPE_CHECKING:
    from wordllama import WordLlama


def vectors_of(
    wl: WordLlama,
    records: Corpus,
    change: Callable[[str], str] | None = None,
    unread: list[NDArray[np.bool_]] | None = None,
) -> NDArray[Any]:
    """Unit vectors (n, dim), or packed binary ones: a memory map of a file that has no name.

    Those that the corpus holds are taken where `stored_vectors.embedded` says so. `change` is done
    to every text first, which no stored vector is of. Where a list `unread` is given, texts that
    the model does not read have no vector, and the list gets for each batch which texts these are.
    """
    if change is not None and records.vectors not in (None, NONE):
        raise ValueError(f"--vectors {records.vectors}: what is stored is not of folded texts")
    empty = wl.embed([])
    count = 0
    file = tempfile.TemporaryFile(prefix="wordllama-vectors-")  # noqa: SIM115 (the map keeps it)
    with named_if_full(f"{tempfile.gettempdir()} (TMPDIR names another folder)"):
        for batch in records:
            if change is not None:
                batch = of_texts([change(text) for text in batch.texts])
            vectors = embedded(wl, batch, records.vectors, norm=True)
            if unread is not None:
                unread.append(coverage.unread(wl.encoder, batch.texts))
                vectors = vectors[~unread[-1]] if unread[-1].any() else vectors
            file.write(vectors.tobytes())
            count += len(vectors)
        file.flush()
    if not count:
        return empty
    shape = (count, empty.shape[1])
    return np.memmap(file, dtype=empty.dtype, mode="r+", shape=shape)
