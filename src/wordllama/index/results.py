"""What a search finds, as a user reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from wordllama.extras import require

SHOWN = 60
"""Characters of a text in a printed hit."""


@dataclass(frozen=True)
class Record:
    """What is kept of a text: its id, itself, and its fields."""

    id: str | int
    text: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class HitExplanation:
    """Why a record is a hit: the share of each word, and how the meanings are alike."""

    words: Mapping[str, float]
    """Stem of each word of the query that the text holds -> what it adds to the keyword score."""
    meaning: Any
    """`explain`'s Explanation of the similarity, whose words add up to it; None without vectors."""

    def __str__(self) -> str:
        words = [f"{share:+.3f}  {word}" for word, share in self.words.items()]
        lines = ["keywords:", *words] if words else []
        return "\n".join([*lines, *(["meaning:", str(self.meaning)] if self.meaning else [])])

    def coloured(self) -> str:
        """As printed, with the words of the meaning in colour, for a terminal."""
        meaning = ["meaning:", self.meaning.coloured()] if self.meaning else []
        return "\n".join([*str(HitExplanation(self.words, None)).splitlines(), *meaning])


@dataclass(frozen=True)
class Match:
    """A word of a text that the query has, too, in this or another form."""

    start: int
    end: int
    """Its place: `text[start:end]`."""
    score: float
    """What all its forms in the text add to the keyword score."""


class Explainer(Protocol):
    """Explains the hits of one query."""

    def explain(self, hit: Hit) -> HitExplanation:
        """Why it is a hit."""

    def matches(self, hit: Hit) -> list[Match]:
        """Where its text has words of the query."""


@dataclass(frozen=True)
class Hit:
    """A record and how well it answers the query."""

    id: str | int
    score: float
    """What hits are ordered by: of a hybrid search the weighed sum of both parts, from 0 to 1."""
    vector_score: float | None
    """The similarity of the vectors; None if they were not asked for."""
    keyword_score: float | None
    """BM25; None if words were not asked for."""
    text: str
    fields: Mapping[str, Any]
    _explainer: Explainer = field(repr=False, compare=False)

    def explain(self) -> HitExplanation:
        """Why it is a hit, word by word."""
        return self._explainer.explain(self)

    def matches(self) -> list[Match]:
        """Where the text has words of the query, to mark them; none for a query of vectors.

        >>> from wordllama import WordLlama
        >>> index = WordLlama.load("l2_words").index()
        >>> _ = index.add(["new brakes, and a new tyre", "rain"])
        >>> hit = index.search("a brake", k=1)[0]
        >>> [hit.text[match.start : match.end] for match in hit.matches()]
        ['brakes', 'a']
        """
        return self._explainer.matches(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the explanation, for JSON."""
        return {
            "id": self.id,
            "score": self.score,
            "vector_score": self.vector_score,
            "keyword_score": self.keyword_score,
            "text": self.text,
            "fields": dict(self.fields),
        }

    def __str__(self) -> str:
        text = " ".join(self.text.split())
        short = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
        return f"{self.score:.3f}  {self.id}  {short}"


@dataclass(frozen=True)
class Hits(Sequence[Hit]):
    """Hits, best first."""

    hits: Sequence[Hit]

    def __len__(self) -> int:
        return len(self.hits)

    def __getitem__(self, place: Any) -> Any:
        return Hits(self.hits[place]) if isinstance(place, slice) else self.hits[place]

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __str__(self) -> str:
        return "\n".join(map(str, self.hits)) or "no hits"

    def __repr__(self) -> str:
        return f"<Hits: {len(self)}>"

    @property
    def ids(self) -> list[str | int]:
        """The ids."""
        return [hit.id for hit in self.hits]

    @property
    def texts(self) -> list[str]:
        """The texts."""
        return [hit.text for hit in self.hits]

    def columns(self) -> dict[str, list[Any]]:
        """A list for each part of a hit, and for each field.

        A field that is called as a part is called `fields.NAME`.
        """
        parts = ("id", "score", "vector_score", "keyword_score", "text")
        columns = {name: [getattr(hit, name) for hit in self.hits] for name in parts}
        for name in dict.fromkeys(name for hit in self.hits for name in hit.fields):
            column = f"fields.{name}" if name in parts else name
            columns[column] = [hit.fields.get(name) for hit in self.hits]
        return columns

    def to_dict(self) -> list[dict[str, Any]]:
        """One dict a hit, for JSON."""
        return [hit.to_dict() for hit in self.hits]

    def to_arrow(self) -> Any:
        """`columns` as a pyarrow table (extra `files`)."""
        columns = {name: _alike(column) for name, column in self.columns().items()}
        return require("pyarrow", extra="files").table(columns)

    def to_pandas(self) -> Any:
        """`columns` as a pandas data frame (extra `pandas`)."""
        return require("pandas", extra="pandas").DataFrame(self.columns())

    def to_polars(self) -> Any:
        """`columns` as a Polars data frame (extra `polars`)."""
        columns = {name: _alike(column) for name, column in self.columns().items()}
        return require("polars", extra="polars").DataFrame(columns)


def _alike(column: list[Any]) -> list[Any]:
    """The values, as strings where they are ids of both kinds."""
    kinds = {type(value) for value in column if value is not None}
    return list(map(str, column)) if kinds == {int, str} else column


@dataclass(frozen=True)
class Skipped:
    """A record that was left out because it is so like another."""

    place: int
    """Its number among those that were given."""
    id: str | int | None
    of: str | int
    """The id of the other."""
    score: float


@dataclass(frozen=True)
class Added:
    """What an addition did."""

    ids: Sequence[str | int]
    """The ids of the records that are now in the index, in order."""
    replaced: int
    """How many records had one of these ids before."""
    skipped: Sequence[Skipped] = ()
    unread: int = 0
    """How many were added without looking for duplicates, since the model does not read them."""

    def __str__(self) -> str:
        parts = [f"{len(self.ids):,} added"]
        parts += [f"{self.replaced:,} of them in place of another"] if self.replaced else []
        parts += [f"{len(self.skipped):,} skipped as duplicates"] if self.skipped else []
        unread = "not compared: the model does not read them"
        parts += [f"{self.unread:,} {unread}"] if self.unread else []
        return ", ".join(parts)


@dataclass(frozen=True)
class SkippedFile:
    """A file (or folder) that could not be taken up; what is known of it stays."""

    name: str
    reason: str


@dataclass
class Synced:
    """What `Index.sync` did, by the names of files."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)
    added: int = 0
    """Records that are new, or not as they were."""
    deleted: int = 0
    """Records that are no more, or not as they were."""
    kept: int = 0
    """Records of changed files that are as they were."""
    duplicates: list[Skipped] = field(default_factory=list)
    """What `skip_duplicates` left out; `place` counts in no order of yours."""
    others: int = 0
    """Files in folders that were left alone: their names tell no known format."""

    def __str__(self) -> str:
        kinds = ("new", "changed", "unchanged", "gone", "skipped")
        counts = {kind: len(getattr(self, kind)) for kind in kinds}
        shown = [f"{count:,} {kind}" for kind, count in counts.items() if count]
        there = sum(counts.values()) - counts["gone"]
        files = f"{there:,} file{'' if there == 1 else 's'}"
        done = {"added": self.added, "deleted": self.deleted}
        said = [f"{count:,} {what}" for what, count in done.items() if count]
        said += [f"{len(self.duplicates):,} left out as duplicates"] if self.duplicates else []
        records = f"; records: {', '.join(said)}" if said else ""
        if self.others:
            records += f"; {self.others:,} other file{'' if self.others == 1 else 's'} left alone "
            records += "(names of no known format): name them, or use a glob"
        return f"{files}{': ' if shown else ''}{', '.join(shown)}{records}"
