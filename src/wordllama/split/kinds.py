"""What a text looks like: program text, Markdown or neither."""

from __future__ import annotations

import re

_SAMPLE = 20_000
"""Characters looked at."""

# Lines that hardly stand in prose: definitions, imports, what opens or closes a block, statements.
_CODE_LINE = re.compile(
    r"\s*(?:"
    r"[})\]]+[;,)]*$|\{$|#\s*(?:include|define|ifdef|ifndef|endif)\b|(?:async\s+)?def\s+\w+\s*\("
    r"|class\s+\w+\s*[:({]|from\s+[\w.]+\s+import\s|import\s+[\w.{*\"'(,\s]+;?$|using\s+[\w.:]+;"
    r"|package\s+[\w.]+;?$|(?:const|let|var|my|local)\s+[\w${}\[\], ]+\s*[=;]|func\s+\w|fn\s+\w"
    r"|(?:if|for|while|elif|else|try|except|with|switch|unless|do|finally)\b.*[:{]$"
    r"|return\b(?:[^.]*;?)$|self\.\w+|[\w.\[\]\"'>-]+\s*(?:[-+*/|:]?=|:=)\s*\S+.*[^.]$|@\w+(?:\(.*\))?$"
    r"|(?:public|private|protected|static|extern|typedef|struct|enum|namespace|template)\b.*[{;(,:]$"
    r"|[\w.]+\(.*\)[;:{]?$|/\*|\*/|//"
    r"|\S+(?:\s\S+)?;$"
    r")|.*[(=\[<>].*[;{]$|.*\)\s*\{$"
)
_MARKDOWN_LINE = re.compile(
    r" {0,3}(?:#{1,6}[ \t]+\S|`{3}|~{3}|\|?[ \t]*:?-{3,}:?[ \t]*\|)|.*\]\((?:https?:|[./#])"
)
_FENCE = re.compile(r" {0,3}(?:`{3}|~{3})")
_CODE_SHARE = 0.2


def kind_of(text: str) -> str:
    """ "code", "markdown" or "text", by the look of the first lines."""
    lines = [line.rstrip() for line in text[:_SAMPLE].split("\n") if line.strip()]
    if not lines:
        return "text"
    fenced = any(map(_FENCE.match, lines))
    code = sum(bool(_CODE_LINE.match(line[:200])) for line in lines)
    if not fenced and code > _CODE_SHARE * len(lines):
        return "code"
    return "markdown" if any(_MARKDOWN_LINE.match(line) for line in lines) else "text"
