"""What the endpoints take, as pydantic models: they check requests and describe the API.

A schema entry such as `"maxItems": "texts"` stands for a limit of the running server, which
`description` fills in and `limits` enforces.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from wordllama.search import WEIGHT, Mode
from wordllama.split import LIMIT


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _wholes(values: Any) -> Any:
    floats = isinstance(values, list) and float in set(map(type, values))
    return list(map(_whole, values)) if floats else values


def _list(most: str) -> Any:
    """A list of up to `most` items, which is given up at the first that is wrong."""
    return Field(min_length=1, fail_fast=True, json_schema_extra={"maxItems": most})


Whole = BeforeValidator(_whole)  # an integer as JSON Schema has it: 2.0 is one
Text = Annotated[str, Field(json_schema_extra={"maxLength": "characters"})]
Texts = Annotated[list[Text], _list("texts")]
TokenId = Annotated[int, Field(ge=0, json_schema_extra={"maximum": "last_token"})]
TokenIds = Annotated[list[TokenId], _list("characters"), BeforeValidator(_wholes)]
Arrays = Annotated[list[TokenIds], _list("texts")]
Inputs = Annotated[Text | Texts | TokenIds | Arrays, Field(union_mode="left_to_right")]
Dimensions = Annotated[int, Field(ge=1, json_schema_extra={"maximum": "dim"}), Whole]
Similarity = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


def _nullable(schema: dict[str, Any]) -> None:
    for name, field in schema.get("properties", {}).items():
        if name not in schema.get("required", ()):
            schema["properties"][name] = {"anyOf": [field, {"type": "null"}]}


class Message(BaseModel):
    """Fields that are not listed are refused, null stands for a field's default, and nothing is
    converted ("1" is not 1).
    """

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_nullable)
    ignores_unknown: ClassVar[bool] = False
    exact_numbers: ClassVar[bool] = False
    """Whether whole numbers beyond 64 bits stay as they are, and are no other record's id."""

    @model_validator(mode="before")
    @classmethod
    def _given(cls, data: Any) -> Any:
        """The fields that are not left at their defaults, and one unknown field: enough to refuse
        the message, where a million would make as many errors.
        """
        if not isinstance(data, dict):
            return data
        fields = cls.model_fields
        given = {
            name: value
            for name, value in data.items()
            if name in fields and (value is not None or fields[name].is_required())
        }
        if len(data) > len(given) and not cls.ignores_unknown:
            unknown = next((name for name in data if name not in fields), None)
            if unknown is not None:
                given[unknown] = None
        return given


# -- OpenAI ----------------------------------------------------------------------------------------


class EmbeddingsRequest(Message):
    """`model` may be any name: one model is served. `user` is ignored."""

    input: Inputs
    model: str | None = None
    dimensions: Dimensions | None = None
    encoding_format: Literal["float", "base64"] = "float"
    user: str | None = None


# -- Cohere and Jina -------------------------------------------------------------------------------


class Document(Message):
    """A document given as an object; what it holds beside `text` is ignored."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})
    ignores_unknown = True

    text: Text


AnyDocument = Annotated[Text | Document, Field(union_mode="left_to_right")]
Positive = Annotated[int, Field(ge=1), Whole]


class CohereRerankRequest(Message):
    """`model` may be any name. Documents are read whole, whatever chunks, tokens or priority are
    asked for.
    """

    query: Text
    documents: Annotated[list[AnyDocument], _list("texts")]
    model: str | None = None
    top_n: Positive | None = None
    return_documents: bool = False
    rank_fields: Annotated[list[Literal["text"]], Field(min_length=1, max_length=1)] | None = None
    max_chunks_per_doc: Positive | None = None
    max_tokens_per_doc: Positive | None = None
    priority: Annotated[int, Field(ge=0), Whole] | None = None


# -- text-embeddings-inference ---------------------------------------------------------------------


class Truncation(Message):
    """With `truncate`, a text over the limit is cut (the end goes if the direction is Right)."""

    truncate: bool = False
    truncation_direction: Literal["Left", "Right", "left", "right"] = "Right"


class EmbedRequest(Truncation):
    """`prompt_name` must be null: the model has no prompts."""

    inputs: Inputs
    normalize: bool = True
    dimensions: Dimensions | None = None
    prompt_name: None = None


class Sentences(Message):
    """One sentence, and those to compare it with."""

    source_sentence: Text
    sentences: Texts


class SimilarityParameters(Truncation):
    """`prompt_name` must be null."""

    prompt_name: None = None


class SimilarityRequest(Message):
    """As text-embeddings-inference's."""

    inputs: Sentences
    parameters: SimilarityParameters | None = None


class RerankRequest(Truncation):
    """Scores are cosines whatever `raw_scores` says. LiteLLM sends `top_n`."""

    query: Text
    texts: Texts
    top_n: Positive | None = None
    raw_scores: bool = False
    return_text: bool = False


# -- ours ------------------------------------------------------------------------------------------


class DedupRequest(Message):
    """Near-duplicates are texts more similar than `threshold` to one that is kept (with `chain`, to
    an earlier one), or to one of `against` (with `against_only`, only to those); with `check`, of
    texts that the model does not read only exact copies.
    """

    texts: Texts
    threshold: Similarity = 0.9
    against: Texts | None = None
    against_only: bool = False
    keep: Literal["first", "longest"] = "first"
    chain: bool = False
    fold: bool = False
    check: bool = True


class ClusterRequest(Message):
    """At most as many clusters as texts."""

    texts: Texts
    k: Annotated[int, Field(ge=1, json_schema_extra={"maximum": "texts"}), Whole]
    random_state: Annotated[int, Field(ge=0, le=2**32 - 1), Whole] | None = None


class SplitRequest(Message):
    """Pieces of about `target_size` characters."""

    text: Text
    target_size: Annotated[int, Field(ge=97, le=1_000_000), Whole] = 1536


class ChunksRequest(Message):
    """Chunks of at most `limit` characters or tokens of the model; `overlap` is at most half of it.
    With `topics` they end where the topic changes.
    """

    text: Text
    limit: Annotated[int, Field(ge=16, le=1_000_000), Whole] = LIMIT
    unit: Literal["characters", "tokens"] = "characters"
    overlap: Annotated[int, Field(ge=0, le=500_000), Whole] = 0
    kind: Literal["text", "markdown", "code", "auto"] = "auto"
    topics: bool = False
    repeat_header: bool = False


def texts_in(message: Message) -> list[str]:
    """The texts of a request that are embedded, but for a query.

    >>> texts_in(CohereRerankRequest(query="a", documents=["b", {"text": "c"}]))
    ['b', 'c']
    """
    names = ("texts", "documents", "input", "inputs")
    found: Any = next((getattr(message, name) for name in names if hasattr(message, name)), [])
    listed = found.sentences if isinstance(found, Sentences) else found
    listed = [listed] if isinstance(listed, str) else listed
    texts = [each.text if isinstance(each, Document) else each for each in listed]
    return [text for text in texts if isinstance(text, str)]


Short = Annotated[str, Field(max_length=2000)]


class ExplainRequest(Message):
    """The `pairs` of words that add most; texts of at most 2,000 characters."""

    a: Short
    b: Short
    pairs: Annotated[int, Field(ge=0, le=1000), Whole] = 10


# -- an index --------------------------------------------------------------------------------------

WholeId = Annotated[int, Field(ge=-(2**63), le=2**63 - 1), Whole]
Id = Annotated[WholeId | Annotated[str, Field(max_length=1000)], Field(union_mode="left_to_right")]
Ids = Annotated[list[Id], _list("texts")]
Where = dict[str, Any]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class OfIndex(Message):
    """What is asked of an index."""

    exact_numbers = True


class Wanted(OfIndex):
    """`where` maps fields to a value, a list of values, or {operator: value}. `weight` is the share
    of the vectors in a hybrid score; `exact` compares all vectors. With `explain`, hits of at most
    2,000 characters say by which words they were found.
    """

    k: Annotated[int, Field(ge=1, json_schema_extra={"maximum": "texts"}), Whole] = 10
    where: Where | None = None
    weight: Share = WEIGHT
    exact: bool = False
    explain: bool = False


class SearchRequest(Wanted):
    """A query, or many. `mode` is hybrid (by meaning and words), vector or keyword. With
    `operators`, "a phrase" in quotes must occur, and -word must not.
    """

    query: Annotated[Text | Texts, Field(union_mode="left_to_right")]
    mode: Mode = "hybrid"
    operators: bool = True


class SimilarRequest(Wanted):
    """The record of `id` is left out."""

    id: Id
    mode: Mode = "vector"


class GetRequest(OfIndex):
    """Ids, strings or whole numbers."""

    ids: Ids


class NewRecord(Message):
    """Without `id`, it gets a number. Dates are strings in ISO form, bytes in base64, if the field
    has such values already.
    """

    text: Text
    id: Id | None = None
    fields: dict[str, Any] = {}


class AddRequest(OfIndex):
    """Texts or records, added in one transaction: all or none. `skip_duplicates` leaves out those
    that are more similar than this to one that is there or came before.
    """

    records: Annotated[
        list[Annotated[Text | NewRecord, Field(union_mode="left_to_right")]], _list("texts")
    ]
    skip_duplicates: Similarity | None = None


class DeleteRequest(OfIndex):
    """`ids`, or `where` as in a search."""

    ids: Ids | None = None
    where: Where | None = None
