"""Keeping evaluation texts out of training: exact and near matches are removed and counted.

A text is left out if, in words without case and punctuation, it equals an evaluation text, has the
same set of words but for articles and the like, or has half of its runs of four words in
evaluation texts. The last is stricter than a comparison text by text: the runs may come from
several.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any

from wordllama.files.delimited import HEAD_BYTES, told_quoted
from wordllama.modelfiles.jsonfile import parse_object

_SMALL = frozenset(
    re.findall(
        r"\w+",
        "a an the of to in on at is are was were be been being and or for with by as it its that "
        "this from into",
    )
)
_RUN = 4
_SHORTEST = 9  # characters; less is a label or a number
_LONGEST_BAG = 40  # words: the sets of words of longer texts say little that their runs don't


def words(text: str) -> list[str]:
    """The words of a text, without case and punctuation.

    >>> words("It's   a TEST.")
    ['it', 's', 'a', 'test']
    """
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower())


def texts_in(path: str | Path) -> Iterator[str]:
    """All texts in a TSV, CSV or JSONL file, or in all such files under a folder."""
    path = Path(path)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        if file.suffix == ".jsonl":
            with file.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines, 1):
                    record = parse_object(line, f"{file}: line {number}") if line.strip() else {}
                    yield from (v for v in record.values() if isinstance(v, str))
        elif file.suffix in (".tsv", ".csv"):
            with file.open(encoding="utf-8", errors="replace", newline="") as table:
                for row in _table(table, tabs=file.suffix == ".tsv"):
                    yield from row


def _table(file: IO[str], *, tabs: bool) -> Iterator[list[str]]:
    if not tabs:
        return csv.reader(file)
    head = file.readlines(HEAD_BYTES)
    quoting: Any = (
        csv.QUOTE_MINIMAL
        if told_quoted(head, str(file.name), sum(map(len, head)) < HEAD_BYTES)
        else csv.QUOTE_NONE
    )
    return csv.reader(chain(head, file), delimiter="\t", quoting=quoting)


class Exclusion:
    """The evaluation texts, and whether a text is one of them.

    >>> exclusion = Exclusion(["A man is playing the guitar on stage."])
    >>> "a man is playing guitar, on the stage" in exclusion
    True
    >>> "Yesterday a man is playing the guitar on a boat" in exclusion
    True
    >>> "A woman plays the piano." in exclusion
    False
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._exact: set[int] = set()
        self._bags: set[int] = set()
        self._runs: set[int] = set()
        for text in texts:
            found = words(text)
            if len(text) < _SHORTEST or not found:
                continue
            self._exact.add(hash(tuple(found)))
            if len(found) <= _LONGEST_BAG:
                self._bags.add(_bag(found))
            self._runs.update(_runs(found))

    def __len__(self) -> int:
        return len(self._exact)

    def __contains__(self, text: object) -> bool:
        if not isinstance(text, str) or not self._exact:
            return False
        found = words(text)
        if hash(tuple(found)) in self._exact:
            return True
        if len(set(found) - _SMALL) > 1 and _bag(found) in self._bags:
            return True
        runs = _runs(found)
        return bool(runs) and 2 * sum(run in self._runs for run in runs) >= len(runs)


def _bag(found: list[str]) -> int:
    return hash(frozenset(found) - _SMALL)


def _runs(found: list[str]) -> list[int]:
    return [hash(tuple(found[i : i + _RUN])) for i in range(len(found) - _RUN + 1)]
