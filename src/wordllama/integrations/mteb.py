"""MTEB: a model as one that the `mteb` package evaluates.

>>> import mteb
>>> isinstance(mteb_model("l2_supercat", dim=64), mteb.EncoderProtocol)
True
"""

from __future__ import annotations

from wordllama.evaluate import MtebModel
from wordllama.integrations.libraries import chosen, library
from wordllama.model import WordLlama

library("mteb", "mteb", extra="mteb")


def mteb_model(
    model: str | WordLlama = "l2_supercat", dim: int | None = None, name: str | None = None
) -> MtebModel:
    """The model for `mteb.evaluate(mteb_model(), tasks)`.

    name: "owner/name", under which mteb files the results; else "wordllama/" and the model's own
    with its dimensions.
    """
    wl = chosen(model, dim)
    own = model.rstrip("/").rpartition("/")[2] if isinstance(model, str) else "model"
    return MtebModel(wl, name or f"wordllama/{own}-{wl.dim}")
