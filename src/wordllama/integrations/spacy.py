"""spaCy: the pipeline component "wordllama", which sets vectors and similarity.

>>> import spacy
>>> nlp = spacy.blank("en")
>>> _ = nlp.add_pipe("wordllama")
>>> nlp("a fast car").similarity(nlp("a quick vehicle")) > 0.5
True
"""

from __future__ import annotations

from typing import Any

from wordllama.integrations.libraries import library, loaded
from wordllama.vectors import score

language = library("spacy.language", "spacy", extra="spacy")


@language.Language.factory("wordllama", default_config={"model": "l2_supercat", "dim": None})
def wordllama(nlp: Any, name: str, model: str, dim: int | None) -> WordLlamaComponent:
    """The component; `model` is a name, folder or "owner/name", `dim` fewer dimensions."""
    return WordLlamaComponent(model, dim)


class WordLlamaComponent:
    """Sets hooks on documents, so that their, their spans' and tokens' vectors are the model's.

    `vector` is the vector of the text, `similarity` the cosine, 0 where a text has no tokens.
    spaCy does not store hooks: documents that come from another process (`n_process`) or a `DocBin`
    get them by calling the component on them.
    """

    def __init__(self, model: str, dim: int | None) -> None:
        self.model = model
        self.dim = dim
        loaded(model, dim)  # a wrong name is told here

    def __call__(self, doc: Any) -> Any:
        """The document, with its hooks."""
        model, dim = self.model, self.dim  # not the loaded model: a document is pickled with these

        def vector(piece: Any) -> Any:
            return loaded(model, dim).embed([piece.text])[0]

        def similarity(piece: Any, other: Any) -> float:
            return score(vector(piece), vector(other))

        def has_vector(piece: Any) -> bool:
            return bool(vector(piece).any())

        for hooks in (doc.user_hooks, doc.user_span_hooks, doc.user_token_hooks):
            hooks["vector"] = vector
            hooks["similarity"] = similarity
            hooks["has_vector"] = has_vector
        return doc

    def to_disk(self, path: Any, exclude: Any = ()) -> None:
        """Nothing: the configuration holds all."""

    def from_disk(self, path: Any, exclude: Any = ()) -> WordLlamaComponent:
        """The component itself."""
        return self
