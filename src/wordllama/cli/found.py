"""Hits of an index as records, and as lines for the eye."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from wordllama.files import Batch, of_texts
from wordllama.files.batch import Dicts

if TYPE_CHECKING:
    from wordllama.index import Hit, Hits

SCORES = ("score", "vector_score", "keyword_score")
MARKED = 0.2
"""Words are marked that add at least this share of what the best one does."""
INDENT = 7
"""Columns of a score and the spaces after it."""


def records(hits: Hits, query: str | None, explain: bool, plain: bool) -> Batch:
    """Hits, of which there are some, as records: id, text, fields, scores.

    `plain`: for a line of text each, with nothing but id and score.
    """
    columns = hits.columns()
    scores = {name: columns.pop(name) for name in SCORES}
    if plain:
        batch = of_texts(hits.texts)
    else:
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        batch = Batch(hits.texts, Dicts(rows))
    if query is not None:
        batch = batch.add("query", [query] * len(hits))
    both = None not in (hits[0].vector_score, hits[0].keyword_score)
    for name in SCORES if both and not plain else SCORES[:1]:
        batch = batch.add(name, np.array(scores[name], np.float32))
    if plain:
        return batch.add("id", columns["id"])
    if explain:
        batch = batch.add("explanation", [_explanation(hit) for hit in hits])
    return batch


def _explanation(hit: Hit) -> dict[str, Any]:
    why = hit.explain()
    words = [{"word": word, "score": score} for word, score in why.words.items()]
    return {"keywords": words, "meaning": why.meaning and why.meaning.to_dict()}


def printed(found: list[Hits], queries: list[str] | None, explain: bool) -> None:
    """Print the hits of each query for people to read, cut to the width of the terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for place, hits in enumerate(found):
        if queries is not None:
            console.print(Text(_visible(queries[place]), style="bold underline"))
        for hit in hits:
            head = Text(f"{hit.score:.3f}  ").append(_visible(str(hit.id)), style="cyan")
            heading = hit.fields.get("heading")
            shown = f"  {_visible(str(heading))}" if heading else ""
            console.print(head.append(shown, style="dim"))
            console.print(Text(" " * INDENT).append(_snippet(hit, console.width - INDENT)))
            if explain:
                why = hit.explain()
                for line in (why.coloured() if colour else str(why)).splitlines():
                    print(f"{'':{INDENT}}{line}")
        if not hits:
            console.print("nothing found", style="dim")


def _snippet(hit: Hit, width: int) -> Any:
    """As much of the text as fits, from where it says what was asked for, those words in bold."""
    from rich.text import Text

    matches = hit.matches()
    best = max((match.score for match in matches), default=0.0)
    matches = [match for match in matches if match.score >= MARKED * best > 0]
    shown = Text(hit.text)
    for match in matches:
        shown.stylize("bold", match.start, match.end)
    first = next((match for match in matches if match.score == best), None)
    start = 0
    if first is not None and first.end > width:
        start = max(0, first.start - width // 3)
        start = max(0, hit.text.find(" ", start, first.start) + 1) or start
    spans = [span.move(-start) for span in shown.spans if span.start >= start]
    line = Text(("…" if start else "") + _visible(hit.text[start : start + 4 * width]))
    for span in spans:
        line.stylize(span.style, span.start + bool(start), span.end + bool(start))
    line.truncate(width, overflow="ellipsis")
    return line


def _visible(text: str) -> str:
    """The text with a space for line ends, tabs, and all that would steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
