"""Chunks under a limit that always holds, cut at the best borders of the text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from wordllama.arguments import whole
from wordllama.extras import require
from wordllama.split.borders import text_borders
from wordllama.split.code import code_borders
from wordllama.split.headings import sections
from wordllama.split.kinds import kind_of
from wordllama.split.markdown import markdown_borders
from wordllama.split.packing import overlapping_start, packed
from wordllama.split.pieces import pieces_of
from wordllama.split.published import Embed
from wordllama.split.ruler import Count, Ruler
from wordllama.split.topics import topic_ends

Kind = Literal["text", "markdown", "code", "auto"]
Unit = Literal["characters", "tokens"]

_BORDERS = {"text": text_borders, "markdown": markdown_borders, "code": code_borders}
LIMIT = 1000
"""The most characters of a chunk where nobody says."""
_SMALL = 0.3
"""A paragraph of up to this share of the limit is never cut: where one ends nearby is better."""

_SHOWN, _WIDTH = 20, 64
"""Chunks that are printed, and characters of each."""


@dataclass(frozen=True)
class Chunk:
    """A part of a text: `text == header + original[start:end]`."""

    text: str
    start: int
    end: int
    tokens: int | None = None
    """As counted; None without a counter."""
    header: str = ""
    """A table's header, repeated."""
    heading: str | None = None
    """In Markdown the titles over where it begins, "A > B" (see `headings.Section.path`)."""

    def __str__(self) -> str:
        return self.text

    def to_dict(self) -> dict[str, str | int | None]:
        """The fields by name."""
        return asdict(self)


class Chunks(list[Chunk]):
    """A text's chunks: a list that prints as a table and becomes columns.

    >>> print(chunks("One sentence. Another one.", 16))
     start    end  tokens  text
         0     14       -  'One sentence. '
        14     26       -  'Another one.'
    """

    def __str__(self) -> str:
        lines = [" start    end  tokens  text"]
        for chunk in self[:_SHOWN]:
            tokens = "-" if chunk.tokens is None else chunk.tokens
            text = repr(chunk.text)
            text = text if len(text) <= _WIDTH else f"{text[: _WIDTH - 2]}…{text[-1]}"
            lines.append(f"{chunk.start:>6} {chunk.end:>6} {tokens:>7}  {text}")
        more = [f"... and {len(self) - _SHOWN:,} more"] if len(self) > _SHOWN else []
        return "\n".join(lines + more)

    def columns(self) -> dict[str, list[Any]]:
        """A list for each field of `Chunk`."""
        names = [field.name for field in fields(Chunk)]
        return {name: [getattr(chunk, name) for chunk in self] for name in names}

    def to_dict(self) -> list[dict[str, str | int | None]]:
        """One dict a chunk, for JSON."""
        return [chunk.to_dict() for chunk in self]

    def to_arrow(self) -> Any:
        """`columns` as a pyarrow table (extra `files`)."""
        return require("pyarrow", extra="files").table(self.columns())

    def to_pandas(self) -> Any:
        """`columns` as a pandas data frame (extra `pandas`)."""
        return require("pandas", extra="pandas").DataFrame(self.columns())


def chunks(
    text: str,
    limit: int = LIMIT,
    unit: Unit = "characters",
    overlap: int = 0,
    kind: Kind = "auto",
    count: Count | None = None,
    embed: Embed | None = None,
    *,
    repeat_header: bool = False,
) -> Chunks:
    r"""`text` in chunks of at most `limit` characters (code points) or tokens.

    Every chunk keeps to `limit`, and `text[chunk.start:chunk.end] == chunk.text`. Without `overlap`
    the chunks put together give `text`, white space and all; with it, a chunk begins up to
    `overlap` units before the end of the one before. A chunk ends at the strongest border that
    fills it well: a section, paragraph, line or sentence, and within longer sentences a clause or a
    word; never inside a grapheme cluster, unless the cluster alone is over the limit.

    `kind` says where the borders are: in running "text", in "markdown" (a heading stays with what
    follows; tables, lists and fenced code whole where they fit), in "code" (definitions whole where
    they fit), or "auto", which looks. `count` gives a text's tokens, for the unit "tokens" and for
    `Chunk.tokens` (a method `many`, as `TokenCount` has, is asked for lists of texts). With `embed`
    (texts -> unit vectors) chunks end where the subject changes rather than where they are full;
    `topics.topic_ends` says how.

    A chunk of Markdown knows the titles over its beginning, as `Chunk.heading`.

    With `repeat_header` a chunk that begins at a row of a Markdown table begins with the table's
    header and delimiter row, as `Chunk.header`, and `chunk.header + text[chunk.start:chunk.end] ==
    chunk.text`. The limit includes the header. A row that does not fit together with it under the
    limit less `overlap` is a chunk, or several, without it. A header of more than nine tenths of
    that room, or of more than 16 characters for each token of it, is not repeated.

    No text gives no chunk. Raises ValueError for a limit below 1, an overlap below 0 or not below
    the limit, an unknown unit or kind, "tokens" without `count`, and a single character of more
    tokens than the limit; TypeError if `text` is no str.

    >>> for chunk in chunks("One sentence. Another one.\n\nA new paragraph here.", 28):
    ...     print(chunk.start, chunk.end, repr(chunk.text))
    0 28 'One sentence. Another one.\n\n'
    28 49 'A new paragraph here.'
    """
    _check(text, limit, unit, overlap, kind, count)
    if not text:
        return Chunks()
    small = int(_SMALL * limit) if embed is None and overlap == 0 else 0
    found_kind = kind_of(text) if kind == "auto" else kind
    borders = _BORDERS[found_kind](text, small)
    ruler = Ruler(text, count if unit == "tokens" else None)
    if repeat_header:
        ruler = ruler.repeating_headers(borders.tables, limit - overlap)
    pieces = pieces_of(ruler, borders, limit - overlap)
    if embed is None:
        ends = packed(ruler, pieces, 0, len(pieces), limit - overlap)
    else:
        ends = topic_ends(ruler, pieces, embed, limit - overlap)
    bounds = [0, *(pieces.offsets[end] for end in ends)]
    spans = [(bounds[0], bounds[1])]
    for before, start, end in zip(bounds, bounds[1:], bounds[2:], strict=False):
        span = (before, start, end)
        spans.append((overlapping_start(ruler, pieces, span, overlap, limit), end))
    headers = [ruler.header(start) for start, _ in spans]
    texts = [head + text[start:end] for head, (start, end) in zip(headers, spans, strict=True)]
    tokens = _tokens(ruler, spans, texts, count)
    titles = _headings(text, spans) if found_kind == "markdown" else [None] * len(spans)
    parts = zip(texts, spans, tokens, headers, titles, strict=True)
    return Chunks(
        Chunk(part, *span, counted, header, heading)
        for part, span, counted, header, heading in parts
    )


def _check(text: str, limit: int, unit: str, overlap: int, kind: str, count: Count | None) -> None:
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    whole(limit=limit, overlap=overlap)
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    if not 0 <= overlap < limit:
        raise ValueError(f"overlap must be at least 0 and below limit={limit}, not {overlap}")
    if unit not in ("characters", "tokens"):
        raise ValueError(f'unit must be "characters" or "tokens", not {unit!r}')
    if unit == "tokens" and count is None:
        raise ValueError('count must be given for unit="tokens": a function of a str to an int')
    if kind != "auto" and kind not in _BORDERS:
        raise ValueError(f'kind must be "text", "markdown", "code" or "auto", not {kind!r}')


def _headings(text: str, spans: list[tuple[int, int]]) -> list[str | None]:
    """The path of the section in which each span begins, its white space left out."""
    found = sections(text)
    starts = [section.start for section in found]
    begins = (end - len(text[start:end].lstrip()) for start, end in spans)
    return [found[bisect_right(starts, begin) - 1].path for begin in begins]


def _tokens(
    ruler: Ruler, spans: list[tuple[int, int]], texts: list[str], count: Count | None
) -> Sequence[int | None]:
    if count is None:
        return [None] * len(texts)
    if ruler.count:
        return [ruler.chunk_size(start, end) for start, end in spans]
    many = getattr(count, "many", None)
    counted: list[int] = many(texts) if many else [count(part) for part in texts]
    return counted
