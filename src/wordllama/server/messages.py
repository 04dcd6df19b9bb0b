"""What the endpoints take and give, as pydantic models: they check requests and describe the API.

A schema entry such as `"maxItems": "texts"` stands for a limit of the running server, which
`description` fills in and `limits` enforces.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = BeforeValidator(_whole)  # an integer as JSON Schema has it: 2.0 is one
Text = Annotated[str, Field(json_schema_extra={"maxLength": "characters"})]
Some = Annotated[list[Text], Field(min_length=1, json_schema_extra={"maxItems": "texts"})]
TokenId = Annotated[int, Field(ge=0, json_schema_extra={"maximum": "last_token"}), Whole]
TokenIds = Annotated[
    list[TokenId], Field(min_length=1, json_schema_extra={"maxItems": "characters"})
]
Arrays = Annotated[list[TokenIds], Field(min_length=1, json_schema_extra={"maxItems": "texts"})]
Inputs = Annotated[Text | Some | TokenIds | Arrays, Field(union_mode="left_to_right")]
Dimensions = Annotated[int, Field(ge=1, json_schema_extra={"maximum": "dim"}), Whole]
Similarity = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class Message(BaseModel):
    """Fields that are not listed are refused, and nothing is converted ("1" is not 1)."""

    model_config = ConfigDict(extra="forbid", strict=True)


# -- OpenAI ----------------------------------------------------------------------------------------


class EmbeddingsRequest(Message):
    """`model` may be any name: one model is served. `user` is ignored."""

    input: Inputs
    model: str | None = None
    dimensions: Dimensions | None = None
    encoding_format: Literal["float", "base64"] = "float"
    user: str | None = None


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


class Document(Message):
    """A document given as an object."""

    text: Text


Documents = Annotated[
    list[Text | Document], Field(min_length=1, json_schema_extra={"maxItems": "texts"})
]


class CohereRerankRequest(Message):
    """`model` may be any name."""

    query: Text
    documents: Documents
    model: str | None = None
    top_n: Annotated[int, Field(ge=1), Whole] | None = None
    return_documents: bool = False


class CohereRanked(Message):
    """A document's place in the request and its similarity to the query."""

    index: int
    relevance_score: float
    document: Document | None = None


class CohereRerankResponse(Message):
    """Best first."""

    model: str
    results: list[CohereRanked]
    usage: dict[Literal["total_tokens"], int]


# -- text-embeddings-inference ---------------------------------------------------------------------


class Truncation(Message):
    """With `truncate`, a text over the limit is cut (the end goes if the direction is Right)."""

    truncate: bool | None = False
    truncation_direction: Literal["Left", "Right", "left", "right"] | None = "Right"


class EmbedRequest(Truncation):
    """`prompt_name` must be null: the model has no prompts."""

    inputs: Inputs
    normalize: bool | None = True
    dimensions: Dimensions | None = None
    prompt_name: None = None


class Sentences(Message):
    """One sentence, and those to compare it with."""

    source_sentence: Text
    sentences: Some


class SimilarityParameters(Truncation):
    """`prompt_name` must be null."""

    prompt_name: None = None


class SimilarityRequest(Message):
    """As text-embeddings-inference's."""

    inputs: Sentences
    parameters: SimilarityParameters | None = None


class RerankRequest(Truncation):
    """Scores are cosines whatever `raw_scores` says."""

    query: Text
    texts: Some
    raw_scores: bool = False
    return_text: bool = False


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


class DedupRequest(Message):
    """Near-duplicates are texts more similar than `threshold` to an earlier one."""

    texts: Some
    threshold: Similarity = 0.9


class DedupResponse(Message):
    """Places in the request of the texts that stay and of those that go."""

    kept: list[int]
    duplicates: list[int]


class ClusterRequest(Message):
    """At most as many clusters as texts."""

    texts: Some
    k: Annotated[int, Field(ge=1, json_schema_extra={"maximum": "texts"}), Whole]
    random_state: Annotated[int, Field(ge=0, le=2**32 - 1), Whole] | None = None


class ClusterResponse(Message):
    """Each text's cluster; the sum of squared distances to the clusters' centres."""

    labels: list[int]
    inertia: float


class SplitRequest(Message):
    """Pieces of about `target_size` characters."""

    text: Text
    target_size: Annotated[int, Field(ge=97, le=1_000_000), Whole] = 1536


class SplitResponse(Message):
    """The text in pieces."""

    pieces: list[str]


Short = Annotated[str, Field(max_length=2000)]


class ExplainRequest(Message):
    """The `pairs` of words that add most; texts of at most 2,000 characters."""

    a: Short
    b: Short
    pairs: Annotated[int, Field(ge=0, le=1000), Whole] = 10


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
