"""What every endpoint works with: the model, its name, the limits, threads, and the counts."""

from __future__ import annotations

import logging
import time
from copy import copy
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wordllama import coverage, vectors
from wordllama.model import WordLlama
from wordllama.opening import IndexFile
from wordllama.server.admission import Admission
from wordllama.server.batching import SMALL, Batcher, Embedded, ForeignTokenError
from wordllama.server.limits import Limits, RefusedError
from wordllama.server.metrics import Metrics
from wordllama.server.served_index import ServedIndex
from wordllama.server.work import Work

log = logging.getLogger("wordllama.server")

Inputs = str | list[str] | list[int] | list[list[int]]
Cut = Literal["Left", "Right"] | None


def count_inputs(inputs: Inputs) -> int:
    """How many vectors the inputs ask for.

    >>> [count_inputs(each) for each in ("text", ["a", "text"], [7, 8, 9], [[7], [8, 9]])]
    [1, 2, 1, 2]
    """
    return 1 if isinstance(inputs, str) or isinstance(inputs[0], int) else len(inputs)


class Service:
    """A model that is served."""

    def __init__(
        self, model: WordLlama, name: str, limits: Limits, index: IndexFile | None = None
    ) -> None:
        if model.binary:
            raise ValueError("the server needs dense vectors; set binary = False first")
        self.model = copy(model)
        self.model.check = False  # `look` does that
        self._told: set[str] = set()
        self.name = name
        self.limits = limits
        self.admission = Admission(limits)
        self.metrics = Metrics()
        self.started = int(time.time())
        self.document: dict[str, Any] = {}
        """The OpenAPI description, once it is made."""
        self.work, self.toolkit = Work(), Work()  # apart: a long k-means holds up no embedding
        self.index = None if index is None else ServedIndex(index)
        self.has_key = False
        """Whether clients must send a key."""
        self._batcher = Batcher(model.encoder, self.work, self.metrics.batch_texts.observe)

    @property
    def busy(self) -> bool:
        """Whether a thread still works."""
        of_index = self.index is not None and self.index.busy
        return self.work.running or self.toolkit.running or of_index

    async def look(self, texts: list[str]) -> str | None:
        """What to say if the model does not read the texts; it goes into the log once a script."""
        some = coverage.sample(texts)
        encoder = self.model.encoder
        if coverage.reads_all(encoder, some):
            return None
        if sum(map(len, some)) < SMALL:
            finding = coverage.look(encoder, some)
        else:
            finding = await self.work.run(coverage.look, encoder, some)
        if finding is not None and finding.script not in self._told:
            self._told.add(finding.script)
            log.warning("%s: %s", self.name, finding)
        return None if finding is None else str(finding)

    async def embed(self, field: str, texts: list[str], cut: Cut = None) -> Embedded:
        """The texts' vectors; with `cut`, too long texts lose that end instead of being refused."""
        texts = self._within_limits(field, texts, cut)
        return self._count(await self._batcher.embed(texts))

    async def compare(
        self, one_field: str, one: str, field: str, others: list[str], cut: Cut = None
    ) -> tuple[NDArray[np.float32], int]:
        """Cosine of one text with each of the others, and the number of tokens of all."""
        texts = self._within_limits(one_field, [one], cut)
        texts = texts + self._within_limits(field, others, cut)
        embedded = self._count(await self._batcher.embed(texts))
        scores = vectors.similarity(embedded.vectors[:1], embedded.vectors[1:])[0]
        return scores, int(embedded.tokens.sum())

    async def embed_inputs(self, field: str, inputs: Inputs, cut: Cut = None) -> Embedded:
        """Vectors of a text, texts, an array of token ids, or arrays of them."""
        if isinstance(inputs, str):
            return await self.embed(field, [inputs], cut)
        if isinstance(inputs[0], str):
            return await self.embed(field, inputs, cut)
        arrays: list[list[int]] = inputs if isinstance(inputs[0], list) else [inputs]
        self.limits.check(field, arrays)
        try:
            return self._count(await self._batcher.embed_ids(arrays))
        except ForeignTokenError as error:
            raise RefusedError(422, f"{field} has {error}", field) from None

    def finished(
        self, pooled: NDArray[np.float32], dimensions: int | None, normalize: bool
    ) -> NDArray[np.float32]:
        """The vectors cut to their first `dimensions`, and of unit length."""
        if dimensions is not None:
            if dimensions > self.model.dim:
                message = f"dimensions is {dimensions}; the model has {self.model.dim}"
                raise RefusedError(422, message, "dimensions")
            pooled = vectors.truncate(pooled, dimensions)
        return vectors.normalize(pooled) if normalize else np.ascontiguousarray(pooled)

    def _within_limits(self, field: str, texts: list[str], cut: Cut) -> list[str]:
        if cut is not None:
            most = self.limits.characters
            texts = [text[:most] if cut == "Right" else text[-most:] for text in texts]
        self.limits.check(field, texts)
        return texts

    def _count(self, embedded: Embedded) -> Embedded:
        self.metrics.texts.inc(len(embedded.tokens))
        self.metrics.tokens.inc(int(embedded.tokens.sum()))
        return embedded
