"""A query as a person types it: words, "phrases" that must occur, -words that must not."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Written so that there is one way to match: a quote left open costs no more than its length.
_MUST = r'"([^"\w]*\w[^"]*)"(?!\w)'
_OPERATOR = re.compile(rf'(?<!\S)(?:-{_MUST}|-(\w[^\s"]*)|{_MUST})')


@dataclass(frozen=True)
class Query:
    """What is asked for."""

    text: str
    """The query without what must not occur."""
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def parse(text: str) -> Query:
    """Take the operators out of a query.

    They stand at its start or after a space: an inch sign or a hyphen within a word is none.

    >>> parse('apple pie -"ice cream" "short crust"')
    Query(text='apple pie  short crust', required=('short crust',), excluded=('ice cream',))
    >>> parse('a 3.5" drive, well-known').required
    ()
    """
    required: list[str] = []
    excluded: list[str] = []

    def replace(found: re.Match[str]) -> str:
        if found[3] is not None:
            required.append(found[3].strip())
            return found[3].strip()
        excluded.append((found[1] or found[2]).strip())
        return ""

    plain = _OPERATOR.sub(replace, text)
    return Query(plain.strip(), tuple(required), tuple(excluded))
