"""sentence-transformers: a model as a `SentenceTransformer`, to be used, trained or saved there.

>>> model = sentence_transformer()
>>> model.encode(["a red car"]).shape
(1, 256)
"""

from __future__ import annotations

from typing import Any

from tokenizers import Tokenizer

from wordllama.integrations.libraries import library, loaded
from wordllama.model import WordLlama

NAMES = {"distribution": "sentence-transformers", "extra": "sentence-transformers"}
package = library("sentence_transformers", **NAMES)
modules = library("sentence_transformers.sentence_transformer.modules", **NAMES)


def sentence_transformer(
    model: str | WordLlama = "l2_supercat", dim: int | None = None, normalize: bool = False
) -> Any:
    """A `SentenceTransformer` of one `StaticEmbedding` that gives the model's vectors.

    normalize: with a module that brings them to unit length.
    """
    wl = loaded(model, dim) if isinstance(model, str) else model
    tokenizer = Tokenizer.from_str(wl.tokenizer.to_str())  # the model's own stays as it is
    static = modules.StaticEmbedding(tokenizer, embedding_weights=wl.embedding)
    chain = [static, modules.Normalize()] if normalize or wl.normalize else [static]
    return package.SentenceTransformer(modules=chain, device="cpu")
