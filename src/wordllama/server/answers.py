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


class DuplicateOf(Message):
    """The place of the text that is kept, in `texts` or in `against`; `exact`: of a copy."""

    index: int
    against: bool
    similarity: float
    exact: bool


class DedupResponse(Message):
    """Places in the request of the texts that stay and of those that go, and for what each goes;
    `unread`, of those that stay because the model does not read them.
    """

    kept: list[int]
    duplicates: list[int]
    of: list[DuplicateOf]
    unread: list[int]


class ClusterResponse(Message):
    """Each text's cluster; the sum of squared distances to the clusters' centres."""

    labels: list[int]
    inertia: float


class SplitResponse(Message):
    """The text in pieces."""

    pieces: list[str]


class ChunkFound(Message):
    """`text` is `header` and the request's text from `start` to `end` (code points)."""

    text: str
    start: int
    end: int
    tokens: int
    header: str
    heading: str | None


class ChunksResponse(Message):
    """In order of the text."""

    chunks: list[ChunkFound]


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


# -- an index --------------------------------------------------------------------------------------


class HitExplained(Message):
    """The stem of each word of the query that the text holds with its share of the keyword score;
    the pairs of words that add most to the similarity.
    """

    words: dict[str, float]
    meaning: ExplainResponse | None


class RecordFound(Message):
    """Dates are in ISO form, bytes in base64."""

    id: int | str
    text: str
    fields: dict[str, Any]


class HitFound(RecordFound):
    """`score` is what hits are ordered by; a part that was not asked for is null."""

    score: float
    vector_score: float | None
    keyword_score: float | None
    explanation: HitExplained | None = None


class SearchResponse(Message):
    """Best first; of many queries a list for each."""

    hits: list[HitFound] | list[list[HitFound]]


class SimilarResponse(Message):
    """Best first."""

    hits: list[HitFound]


class GetResponse(Message):
    """A record for each id, or null."""

    records: list[RecordFound | None]


class SkippedRecord(Message):
    """The record at `place` in the request, which is too similar to the record `of`."""

    place: int
    id: int | str | None
    of: int | str
    score: float


class AddResponse(Message):
    """Ids of what was added, in order; how many records they replaced; what was left out."""

    ids: list[int | str]
    replaced: int
    skipped: list[SkippedRecord]


class DeleteResponse(Message):
    """How many records were deleted."""

    deleted: int


class IndexInfo(Message):
    """`columns` are the fields with their kinds; `unfinished` files were taken up in part."""

    path: str
    records: int
    bytes: int
    model: str | None
    model_sha256: str
    dim: int
    binary: bool
    language: str
    columns: dict[str, str]
    files: int
    unfinished: list[str]
    read_only: bool
