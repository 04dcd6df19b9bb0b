"""What the endpoints give, as pydantic models that describe the API."""

from __future__ import annotations

from typing import Any, Literal

from wordllama.server.messages import Document, Message

# -- OpenAI ----------------------------------------------------------------------------------------


class Embedding(Message):
    """One vector of unit length: numbers, or base64 of little-endian float32."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class Usage(Message):
    """Tokens that were read."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingsResponse(Message):
    """As OpenAI's."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: Usage


class Model(Message):
    """The model that is served."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class Models(Message):
    """As OpenAI's."""

    object: Literal["list"]
    data: list[Model]


class OpenAIError(Message):
    """As OpenAI's."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIErrorResponse(Message):
    """As OpenAI's."""

    error: OpenAIError


# -- Cohere and Jina -------------------------------------------------------------------------------


class CohereRanked(Message):
    """A document's place in the request and its similarity to the query."""

    index: int
    relevance_score: float
    document: Document | None = None


class CohereRerankResponse(Message):
    """Best first."""

    id: str
    model: str
    results: list[CohereRanked]
    usage: dict[Literal["total_tokens"], int]
    meta: dict[str, Any]


# -- text-embeddings-inference ---------------------------------------------------------------------


class Ranked(Message):
    """A text's place in the request and its similarity to the query."""

    index: int
    score: float
    text: str | None = None


class TEIErrorResponse(Message):
    """As text-embeddings-inference's."""

    error: str
    error_type: str


# -- ours ------------------------------------------------------------------------------------------


class DedupResponse(Message):
    """Places in the request of the texts that stay and of those that go."""

    kept: list[int]
    duplicates: list[int]


class ClusterResponse(Message):
    """Each text's cluster; the sum of squared distances to the clusters' centres."""

    labels: list[int]
    inertia: float


class SplitResponse(Message):
    """The text in pieces."""

    pieces: list[str]


class Word(Message):
    """A word and where it stands in its text."""

    text: str
    start: int
    end: int


class WordPair(Message):
    """A word of each text, what the pair adds to the similarity, and their own cosine."""

    a: Word
    b: Word
    share: float
    cosine: float


class ExplainResponse(Message):
    """The shares of all pairs add up to the similarity."""

    similarity: float
    pairs: list[WordPair]
