"""Would a parser cut code better? Chunks that begin inside a function that would have fitted.

tree-sitter's grammars tell where functions are. The same packing takes its borders once from
`wordllama.split.code`'s rules, once from the parsed definitions. Code: Python's standard library,
and what folders in the arguments hold of JavaScript, Java and C.
Run: `python benchmarks/split_code.py /folder/of/code ...`.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import machine
import peers

from wordllama.split import chunk as packing
from wordllama.split.borders import SECTION, Borders
from wordllama.split.code import code_borders

ENDINGS = {"python": ".py", "javascript": ".js", "java": ".java", "c": ".c"}
PACKAGES = ("tree-sitter", *(f"tree-sitter-{language}" for language in ENDINGS))
PARSER = Path(__file__).with_name("split_code_peer.py")
FILES, LONG, LIMITS = 90, (3_000, 80_000), (800, 1500)
LEADS = ("@", "//", "/*", "*", "#")


def main() -> None:
    interpreter = peers.python(*PACKAGES)
    rows = []
    for language in ENDINGS:
        texts = sources(language, [Path(each) for each in sys.argv[1:]])
        if not texts:
            continue
        parsed = subprocess.run(
            [interpreter, PARSER, language],
            input=json.dumps(texts).encode(),
            capture_output=True,
            check=True,
        )
        spans = json.loads(parsed.stdout)
        for limit in LIMITS:
            rows.append({"language": language, "files": len(texts), "limit": limit})
            for name in ("rules", "tree-sitter"):
                rows[-1][name] = share_inside(texts, spans, limit, name)
            print(rows[-1], flush=True)
    write(rows)


def sources(language: str, folders: list[Path]) -> list[str]:
    if language == "python":
        folders = [Path(sysconfig.get_paths()["stdlib"])]
    found = sorted(path for folder in folders for path in folder.rglob(f"*{ENDINGS[language]}"))
    random.Random(0).shuffle(found)
    texts = []
    for path in found:
        text = path.read_text("utf-8", errors="ignore")
        readable = text.isascii() and max(map(len, text.split("\n"))) < 300  # no minified code
        if LONG[0] < len(text) < LONG[1] and readable and "site-packages" not in path.parts:
            texts.append(text)
    return texts[:FILES]


def share_inside(texts: list[str], spans: Any, limit: int, name: str) -> float:
    """Share of the cuts that lie inside a function of up to 0.9 of the limit."""
    cuts = inside = 0
    for text, definitions in zip(texts, spans, strict=True):
        parsed = lambda text, small=0, found=definitions: parsed_borders(text, found)  # noqa: E731
        packing._BORDERS["code"] = code_borders if name == "rules" else parsed
        fitting = [(s, e) for s, e, _, function in definitions if function and e - s < 0.9 * limit]
        for part in packing.chunks(text, limit, kind="code")[1:]:
            cuts += 1
            inside += any(start < part.start < end for start, end in fitting)
    return round(inside / cuts, 4)


def parsed_borders(text: str, definitions: Any) -> Borders:
    """The rules' borders of lines, with the definitions that the parser found."""
    borders = code_borders(text)
    borders.whole.clear()
    for start, end, depth, _ in definitions:
        line = text.rfind("\n", 0, start) + 1
        if text[line:start].strip():
            continue
        while line and text[text.rfind("\n", 0, line - 1) + 1 : line].lstrip().startswith(LEADS):
            line = text.rfind("\n", 0, line - 1) + 1
        after = text.find("\n", end) + 1 or len(text)
        borders.add(line, SECTION - 0.06 * min(depth, 5))
        borders.keep(line, after)
    return borders


def write(rows: list[dict[str, Any]]) -> None:
    results = Path(__file__).parent / "results"
    report = {"machine": machine.describe(), "packages": PACKAGES, "rows": rows}
    (results / "split_code.json").write_text(json.dumps(report, indent=1) + "\n")
    lines = [
        "Share of the cuts that lie inside a function of up to 0.9 of the limit.\n",
        "| language | files | limit | rules | tree-sitter |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {row['language']} | {row['files']} | {row['limit']} | {row['rules']:.3f} "
            f"| {row['tree-sitter']:.3f} |"
            for row in rows
        ),
    ]
    (results / "split_code.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
