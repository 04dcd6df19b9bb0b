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

if TYPE_CHECKING:
    from wordllama import WordLlama


def vectors_of(
    wl: WordLlama,
    records: Corpus,
    change: Callable[[str], str] | None = None,
    unread: list[NDArray[np.bool_]] | None = None,
) -> NDArray[Any]:
    """Unit vectors (n, dim), or packed binary ones: a memory map of a file that has no name.

    `change` is done to every text first. Where a list `unread` is given, texts that the model does
    not read have no vector, and the list gets for each batch which texts these are.
    """
    empty = wl.embed([])
    count = 0
    file = tempfile.TemporaryFile(prefix="wordllama-vectors-")  # noqa: SIM115 (the map keeps it)
    with named_if_full(f"{tempfile.gettempdir()} (TMPDIR names another folder)"):
        for batch in records:
            texts = batch.texts if change is None else [change(text) for text in batch.texts]
            if unread is not None:
                unread.append(coverage.unread(wl.encoder, texts))
                if unread[-1].any():
                    texts = [texts[i] for i in np.flatnonzero(~unread[-1]).tolist()]
            file.write(wl.embed(texts, norm=not wl.binary).tobytes())
            count += len(texts)
        file.flush()
    if not count:
        return empty
    shape = (count, empty.shape[1])
    return np.memmap(file, dtype=empty.dtype, mode="r+", shape=shape)
