"""What a text looks like: program text, Markdown or neither."""

from __future__ import annotations

import re

_SAMPLE = 20_000
"""Characters looked at."""

_CODE_LINE = re.compile(
    r"\s*(?:[})\]]+[;,)]*$|#include\b|(?:async\s+)?def\s+\w+\s*\(|class\s+\w+\s*[:({]|from\s+\S+\s+import\b"
    r"|import\s+[\w.{*]|using\s+[\w.]+;|package\s+[\w.]+;?$|(?:const|let|var)\s+\w+|func\s|fn\s|return\b"
    r"|(?:if|for|while|elif|else|try|except|with|switch)\b.*[:{]$|[\w.\[\]\"']+\s*[-+*/|:]?=\s*\S"
    r"|@\w+|//|\w+(?:\.\w+)*\(.*\)[;:{]?$)|.*[;{]$"
)
_MARKDOWN_LINE = re.compile(
    r" {0,3}(?:#{1,6}[ \t]+\S|`{3}|~{3}|[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*\|)|.*\]\((?:https?:|[./#])"
)


def kind_of(text: str) -> str:
    """ "code", "markdown" or "text", by the look of the first lines."""
    lines = [line.rstrip() for line in text[:_SAMPLE].split("\n") if line.strip()]
    if not lines:
        return "text"
    fenced = any(line.lstrip().startswith(("```", "~~~")) for line in lines)
    if not fenced and sum(bool(_CODE_LINE.match(line[:200])) for line in lines) > 0.4 * len(lines):
        return "code"
    return "markdown" if any(_MARKDOWN_LINE.match(line) for line in lines) else "text"
