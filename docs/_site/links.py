"""Puts what a page links to outside of docs/ (figures, sources) on the site, and the link right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
OUTSIDE = re.compile(r"\]\(\.\./([^)#\s]+)")
BESIDE = re.compile(r"\]\(([^)#\s/:]+)\)")


def on_files(files: Any, config: Any) -> Any:
    """Adds the files that pages link to as `../PATH`, and what these show from beside them."""
    texts = [page.content_string for page in files.documentation_pages()]
    found = {ROOT / path for text in texts for path in OUTSIDE.findall(text)}
    for path in [path for path in found if path.suffix == ".md"]:
        found |= {path.parent / name for name in BESIDE.findall(path.read_text("utf-8"))}
    for path in sorted(found):
        name = path.relative_to(ROOT).as_posix()
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **kwargs: Any) -> str:
    """The page with `../PATH` as `PATH`, where the file stands on the site."""
    return OUTSIDE.sub(r"](\1", markdown)
