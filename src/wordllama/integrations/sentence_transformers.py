"""sentence-transformers: an object with the methods of a `SentenceTransformer`, and a real one.

>>> SentenceEncoder().encode(["a red car", "heavy rain"]).shape
(2, 256)
>>> sentence_transformer().encode(["a red car", "heavy rain"]).shape
(2, 256)
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, Literal

import numpy as np
from tokenizers import Tokenizer

from wordllama.extras import require
from wordllama.integrations.arithmetic import MATRIX, PAIRWISE, quantize, rows_of, same_kind
from wordllama.integrations.libraries import chosen, library
from wordllama.model import WordLlama
from wordllama.texts import Texts, as_list
from wordllama.vectors import normalize, truncate

EXTRA = "sentence-transformers"
Precision = Literal["float32", "int8", "uint8", "binary", "ubinary"]


class SentenceEncoder:
    """A model with `SentenceTransformer`'s methods for inference, at the kernel's speed.

    Needs neither torch nor sentence-transformers, unless tensors are asked for. Code that insists
    on the class itself (`isinstance`), or trains, takes `sentence_transformer()`.

    Args:
        model: Name, folder, "owner/name", or a (dense) `WordLlama`.
        dim: Fewer dimensions.
        prompts: Name -> text that `encode(..., prompt_name=...)` puts before each text.
        default_prompt_name: The one that is used where none is named.
        similarity_fn_name: "cosine", "dot", "euclidean" or "manhattan".
    """

    def __init__(
        self,
        model: str | WordLlama = "l2_supercat",
        dim: int | None = None,
        *,
        prompts: Mapping[str, str] | None = None,
        default_prompt_name: str | None = None,
        similarity_fn_name: str = "cosine",
    ) -> None:
        self._wl = chosen(model, dim)
        if self._wl.binary:
            raise ValueError("model is binary: give a dense one, and encode(precision='ubinary')")
        if similarity_fn_name not in MATRIX:
            raise ValueError(
                f"similarity_fn_name must be one of {', '.join(MATRIX)}, not {similarity_fn_name!r}"
            )
        self.prompts = dict(prompts or {})
        self.default_prompt_name = default_prompt_name
        self.similarity_fn_name = similarity_fn_name
        self.device = "cpu"
        self.model_card_data = Evaluations()
        self._prompt(None, default_prompt_name)

    def encode(
        self,
        inputs: Texts | None = None,
        prompt_name: str | None = None,
        prompt: str | None = None,
        batch_size: int = 32,
        show_progress_bar: bool | None = None,
        output_value: Literal["sentence_embedding"] = "sentence_embedding",
        precision: Precision | None = "float32",
        convert_to_numpy: bool = True,
        convert_to_tensor: bool = False,
        device: Any = None,
        normalize_embeddings: bool = False,
        truncate_dim: int | None = None,
        pool: Any = None,
        chunk_size: int | None = None,
        *,
        sentences: Texts | None = None,
        task: str | None = None,
    ) -> Any:
        """One row for each text, (n, dim); the row itself, (dim,), for a single `str`.

        An array; a tensor by `convert_to_tensor`; a list of tensors by `convert_to_numpy=False`.
        A row is cut to `truncate_dim` dimensions first, then brought to unit length, then stored in
        fewer bits. `sentences` is the older name of `inputs`. The kernel uses all cores by itself,
        so `batch_size`, `device`, `pool`, `chunk_size` and `task` change nothing.
        """
        texts = sentences if inputs is None else inputs
        if texts is None:
            raise TypeError("inputs is missing: a text or texts")
        if output_value != "sentence_embedding":
            raise ValueError(f"output_value must be 'sentence_embedding', not {output_value!r}")
        before = self._prompt(prompt, prompt_name)
        listed = [before + text for text in as_list(texts, "inputs")] if before else texts
        rows = self._wl.embed(
            [listed] if isinstance(listed, str) else listed,
            batch_size=batch_size,
            progress=bool(show_progress_bar),
        )
        if truncate_dim is not None:
            rows = truncate(rows, min(truncate_dim, self._wl.dim))
        if normalize_embeddings:
            rows = normalize(rows)
        if precision not in (None, "float32"):
            rows = quantize(rows, precision)
        if isinstance(texts, str):
            rows = rows[0]
        rows = np.ascontiguousarray(rows)
        if convert_to_numpy and not convert_to_tensor:
            return rows
        tensor = require("torch", extra=EXTRA).from_numpy(rows)
        return tensor if convert_to_tensor or isinstance(texts, str) else list(tensor)

    def encode_query(
        self,
        inputs: Texts | None = None,
        prompt_name: str | None = None,
        prompt: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """As `encode`; where no prompt is named, with "query" if there is one."""
        if prompt_name is None and prompt is None:
            prompt_name = self._first("query")
        return self.encode(inputs, prompt_name, prompt, *args, **kwargs)

    def encode_document(
        self,
        inputs: Texts | None = None,
        prompt_name: str | None = None,
        prompt: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """As `encode`; where no prompt is named, with "document", "passage" or "corpus"."""
        if prompt_name is None and prompt is None:
            prompt_name = self._first("document", "passage", "corpus")
        return self.encode(inputs, prompt_name, prompt, *args, **kwargs)

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Any:
        """Every row beside every row, (n, m): a tensor if either was one, else an array."""
        matrix = MATRIX[self.similarity_fn_name](rows_of(embeddings1), rows_of(embeddings2))
        return same_kind(matrix, embeddings1, embeddings2)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Any:
        """Each row beside the same row of the other, (n,)."""
        scores = PAIRWISE[self.similarity_fn_name](rows_of(embeddings1), rows_of(embeddings2))
        return same_kind(scores, embeddings1, embeddings2)

    def evaluate(self, evaluator: Any, output_path: str | None = None) -> Any:
        """What the evaluator (one of sentence-transformers') gives for this model."""
        return evaluator(self, output_path)

    def get_embedding_dimension(self) -> int:
        """Dimensions of a row."""
        return self._wl.dim

    def get_sentence_embedding_dimension(self) -> int:
        """Dimensions of a row, by its older name."""
        return self._wl.dim

    @property
    def max_seq_length(self) -> float:
        """Infinite: no text is cut."""
        return inf

    @property
    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer."""
        return self._wl.tokenizer

    def to(self, device: Any = None) -> SentenceEncoder:
        """The encoder itself: it stays on the CPU."""
        return self

    def eval(self) -> SentenceEncoder:
        """The encoder itself: it is always in that mode."""
        return self

    def _prompt(self, prompt: str | None, name: str | None) -> str:
        name = self.default_prompt_name if name is None else name
        if prompt is not None or name is None:
            return prompt or ""
        if name not in self.prompts:
            raise ValueError(f"prompt_name must be one of {list(self.prompts)}, not {name!r}")
        return self.prompts[name]

    def _first(self, *names: str) -> str | None:
        return next((name for name in names if name in self.prompts), None)


class Evaluations:
    """What evaluators of sentence-transformers found: `eval_results_dict`, evaluator -> metrics."""

    def __init__(self) -> None:
        self.eval_results_dict: dict[Any, dict[str, float]] = {}

    def set_evaluation_metrics(
        self, evaluator: Any, metrics: Mapping[str, float], epoch: int = 0, step: int = 0
    ) -> None:
        """Called by an evaluator when it is done."""
        self.eval_results_dict[evaluator] = dict(metrics)


def sentence_transformer(
    model: str | WordLlama = "l2_supercat", dim: int | None = None, normalize: bool = False
) -> Any:
    """A `SentenceTransformer` of one `StaticEmbedding`, to be used, trained or saved there.

    normalize: with a module that brings vectors to unit length. Where a model leaves unknown tokens
    out of a text's mean (`skip_unknown`), `StaticEmbedding` counts them.
    """
    package = library("sentence_transformers", EXTRA, extra=EXTRA)
    modules = require("sentence_transformers.sentence_transformer.modules", extra=EXTRA)
    wl = chosen(model, dim)
    tokenizer = Tokenizer.from_str(wl.tokenizer.to_str())  # the model's own stays as it is
    static = modules.StaticEmbedding(tokenizer, embedding_weights=wl.embedding)
    chain = [static, modules.Normalize()] if normalize or wl.normalize else [static]
    return package.SentenceTransformer(modules=chain, device="cpu")
