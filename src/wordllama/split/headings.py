"""Markdown by its headings: each part of a text with the titles that stand over it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wordllama.split.blocks import blocks

_ATX = re.compile(r"[ \t]*#{1,6}(?:[ \t]+|$)")
_CLOSING = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")


@dataclass(frozen=True)
class Section:
    """A heading with what follows it, up to the next one: `text[start:end]`."""

    start: int
    end: int
    headings: tuple[str, ...] = ()
    """The titles over it, its own last."""

    @property
    def path(self) -> str | None:
        """The titles as "A > B"; None where there are none."""
        return " > ".join(self.headings) or None


def sections(text: str) -> list[Section]:
    r"""The sections of a Markdown text, which joined together are the text.

    A heading that only other headings follow is no section of its own, but begins theirs. What
    stands before the first heading has none. Headings in lists and quotes do not count.

    >>> for section in sections("Hi.\n# A\n\n## B\nOne.\n\n## C\nTwo.\n"):
    ...     print(section.start, section.end, section.headings)
    0 4 ()
    4 20 ('A', 'B')
    20 30 ('A', 'C')
    """
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    found = [block for block in blocks([line.rstrip("\r") for line in lines]) if not block.parents]
    titles: dict[int, str] = {}
    starts: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    follows_heading = True  # or the beginning
    for block in found:
        if block.kind == "heading":
            titles = {depth: title for depth, title in titles.items() if depth < block.depth}
            titles[block.depth] = _title(lines[block.first : block.last])
            # After another heading: one section with it.
            start = starts.pop()[0] if follows_heading else offsets[block.first]
            starts.append((start, tuple(title for title in titles.values() if title)))
        follows_heading = block.kind == "heading"
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return [Section(start, end, over) for (start, over), end in zip(starts, ends, strict=True)]


def _title(lines: list[str]) -> str:
    if _ATX.match(lines[0]):
        return _CLOSING.sub("", _ATX.sub("", lines[0].rstrip(), count=1)).strip()
    return " ".join(line.strip() for line in lines[:-1])
