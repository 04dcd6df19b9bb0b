"""MTEB: a model, or any encoder, as one that the `mteb` package (2 or later) evaluates.

>>> import mteb
>>> isinstance(mteb_model("l2_supercat", dim=64), mteb.EncoderProtocol)
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.evaluate.encoders import Vectors, encode_with
from wordllama.extras import require
from wordllama.integrations.libraries import chosen, library
from wordllama.model import WordLlama
from wordllama.vectors import normalize

library("mteb", "mteb", extra="mteb")


class MtebModel:
    """mteb's encoder protocol over an object with `.embed` or `.encode`.

    Needs the package `mteb` (extra `mteb`) and, for its data sets, the network::

        model = MtebModel(WordLlama.load(), "me/l2_supercat")
        mteb.evaluate(model, mteb.get_benchmark("MTEB(eng, v2)"))

    Args:
        encoder: Gives one row a text; packed binary rows become ±1.
        name: "owner/name", under which mteb files the results.
        revision: Tells apart results of one name.
    """

    def __init__(self, encoder: Any, name: str, revision: str = "1") -> None:
        if name.count("/") != 1:
            raise ValueError(f"name must be of the form owner/name, got {name!r}")
        meta = require("mteb.models.model_meta", extra="mteb")
        self._encode = encode_with(encoder)
        self.mteb_model_meta = meta.ModelMeta.create_empty(
            {"name": name, "revision": revision, "similarity_fn_name": meta.ScoringFunction.COSINE}
        )

    def encode(self, inputs: Iterable[Mapping[str, Any]], **kwargs: Any) -> Vectors:
        """Rows for batches that hold lists of texts under "text"; nothing else is used."""
        return self._encode([text for batch in inputs for text in batch["text"]])

    def similarity(self, a: Any, b: Any) -> Any:
        """Cosine of every row of `a` with every row of `b`, as a torch tensor."""
        return _tensor(normalize(np.atleast_2d(a)) @ normalize(np.atleast_2d(b)).T)

    def similarity_pairwise(self, a: Any, b: Any) -> Any:
        """Cosine of each row of `a` with the row of `b` beside it, as a torch tensor."""
        return _tensor((normalize(np.asarray(a)) * normalize(np.asarray(b))).sum(axis=1))


def mteb_model(
    model: str | WordLlama = "l2_supercat", dim: int | None = None, name: str | None = None
) -> MtebModel:
    """The model for `mteb.evaluate(mteb_model(), tasks)`.

    name: "owner/name", under which mteb files the results; else "wordllama/" and the model's own
    with its dimensions.
    """
    wl = chosen(model, dim)
    folder = model.rstrip("/").rpartition("/")[2] if isinstance(model, str) else "model"
    return MtebModel(wl, name or f"wordllama/{folder}-{wl.dim}")


def _tensor(values: NDArray[np.float32]) -> Any:
    return require("torch", extra="mteb").from_numpy(np.ascontiguousarray(values))
