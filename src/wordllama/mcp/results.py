"""What the tools take and give, as pydantic models that describe them to an assistant."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

Id = Annotated[int, Field(strict=True)] | str  # true is no number


class NewRecord(BaseModel):
    """A record to add."""

    model_config = ConfigDict(extra="forbid")

    text: str
    id: Id | None = Field(None, description="Without ids in all records, they get numbers.")
    fields: dict[str, Any] = Field({}, description="Values to filter by, such as a date or a file.")

    @model_validator(mode="before")
    @classmethod
    def _refuse_others(cls, given: Any) -> Any:
        others = set(given) - set(cls.model_fields) if isinstance(given, dict) else set()
        if others:
            raise ValueError(
                f"a record has text, id and fields; put {', '.join(sorted(others))} into fields, "
                f'as {{"text": ..., "fields": {{"{min(others)}": ...}}}}'
            )
        return given


class Hit(BaseModel):
    """A record that was found."""

    id: Id
    score: float
    text: str = Field(description="The text, or the first part of it.")
    characters: int = Field(description="Of the whole text.")
    fields: dict[str, Any] = Field(description="Long values are cut.")


class Found(BaseModel):
    """Hits, best first."""

    hits: list[Hit]


class Record(BaseModel):
    """A record, or a part of its text."""

    id: Id
    text: str
    start: int
    characters: int = Field(description="Of the whole text.")
    fields: dict[str, Any]


class Records(BaseModel):
    """Records in the order of the ids."""

    records: list[Record]


class Column(BaseModel):
    """A field that records have."""

    name: str
    kind: str
    examples: list[Any]


class Info(BaseModel):
    """What is in the index."""

    file: str
    records: int
    model: str | None
    columns: list[Column]
    writable: bool


class Skipped(BaseModel):
    """A record that was left out because it is so like another."""

    place: int
    of: Id
    score: float


class Added(BaseModel):
    """What was added."""

    ids: list[Id]
    replaced: int
    skipped: list[Skipped]


class Deleted(BaseModel):
    """How many records were deleted."""

    deleted: int
