"""Borders of program text, by its indentation, empty lines and the words that begin definitions."""

from __future__ import annotations

import re

from wordllama.split.borders import PARAGRAPH, SECTION, Borders

_MODIFIERS = (
    r"(?:(?:export|default|declare|abstract|async|public|private|protected|internal|static|final|"
    r"sealed|override|virtual|synchronized|inline|extern|constexpr|unsafe|open|data|partial|"
    r"pub(?:\([^)]*\))?)\s+)*"
)
_DEFINITION = re.compile(
    rf"\s*{_MODIFIERS}(?:"
    r"(?:def|class|function\*?|fn|func|fun|impl|trait|struct|enum|union|interface|namespace|"
    r"module|mod|record|object|protocol|extension|macro_rules!|template|typedef\s+struct)\b"
    r"|type\s+\w+\s*(?:=|struct|interface)"
    r"|(?:const|let|var)\s+\w+\s*(?::[^=]*)?=\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*(?::[^=]*)?=>"
    r"|\w+\s*=>)"
    r"|[\w$.\[\]'\"-]+\s*[:=]\s*(?:async\s+)?(?:function\b|\([^()]*\)\s*=>\s*\{|\w+\s*=>\s*\{)"
    r"|(?:\*\s*)?(?!(?:if|for|while|switch|catch|with|return|function)\b)[\w$#]+\s*\([^;={}]*\)\s*\{\s*$"
    r"|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|VIEW|FUNCTION|PROCEDURE|TRIGGER)\b"
    r")"
)
_TYPED_FUNCTION = re.compile(  # C, C++, Java, C#: a type, a name, an open bracket, no semicolon
    r"\s*(?!(?:return|else|new|throw|case|if|for|while|switch|do|await|yield|goto|delete)\b)"
    r"(?:[\w:<>,\[\]*&~@?]+\s+)+[*&]*[\w:~]+\s*\([^;=]*$"
)
_TYPE_LINE = re.compile(  # C's other way: the type stands on a line of its own, then name(
    r"(?:static|extern|inline|const|unsigned|signed|struct|void|int|char|long|short|double|float|bool"
    r"|size_t)\b[\w\s*]*$|\w+\s*\*+\s*$"
)
_NAME_LINE = re.compile(r"\w+\s*\([^;]*$")
_LEAD = re.compile(
    r"\s*(?:@\w|//|/\*|\*|--|\#(?!\s*(?:include|define|if|ifdef|endif|else|pragma)\b)|\[\w)"
)
_CLOSER = re.compile(
    r"\s*(?:[\])}{]|(?:end|else|elif|elsif|except|finally|catch|rescue|ensure|fi|done|esac)\b)"
)


def code_borders(text: str, small: int = 0) -> Borders:
    """Borders before definitions, after empty lines and between lines, weaker the deeper they lie.

    A definition (function, class, ...) takes the decorators and comments right above it along, and
    is kept whole where it fits; its end is the next line that is not indented deeper than it.
    Known by the look of Python, JavaScript, TypeScript, Java, C, C++, C#, Go, Rust and their like.
    """
    borders = Borders(small=small)
    open_definitions: list[tuple[int, int]] = []  # (indent, start)
    lead: int | None = None
    offset, after_empty, after_type = 0, True, False
    for line in text.split("\n"):
        if not line.strip():
            after_empty, lead = True, None
            offset += len(line) + 1
            continue
        indent = _indent(line)
        if _CLOSER.match(line):
            borders.add(offset, 0.02)
            lead = None
        else:
            while open_definitions and open_definitions[-1][0] >= indent:
                _, start = open_definitions.pop()
                borders.keep(start, offset if lead is None else lead)
            is_type = bool(_TYPE_LINE.match(line))
            if is_type or _LEAD.match(line):
                borders.add(offset, _strength(indent, after_empty) if lead is None else 0.1)
                lead = offset if lead is None else lead
            elif _defines(line, indent) or (after_type and _NAME_LINE.match(line)):
                start = offset if lead is None else lead
                borders.add(start, SECTION - min(indent, 16) * 0.02)
                open_definitions.append((indent, start))
                lead = None
            else:
                borders.add(offset, _strength(indent, after_empty) if lead is None else 0.1)
                lead = None
            after_type = is_type
        offset += len(line) + 1
        after_empty = False
    for _, start in open_definitions:
        borders.keep(start, len(text))
    return borders


def _indent(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _defines(line: str, indent: int) -> bool:
    return bool(_DEFINITION.match(line)) or (
        indent <= 4 and len(line) < 400 and bool(_TYPED_FUNCTION.match(line))
    )


def _strength(indent: int, after_empty: bool) -> float:
    depth = min(indent, 24) * 0.01
    return PARAGRAPH - 0.05 - depth if after_empty else 0.35 - depth
