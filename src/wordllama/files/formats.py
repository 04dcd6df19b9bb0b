"""Formats and compressions, told by a file's name or by its first bytes."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import PurePath

SUFFIXES = {
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".markdown": "text",
    ".rst": "text",
    ".adoc": "text",
    ".org": "text",
    ".tex": "text",
    ".log": "text",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".ipc": "arrow",
    ".feather": "arrow",
    ".npy": "npy",
}
COMPRESSIONS = {".gz": "gzip", ".gzip": "gzip", ".zst": "zstd", ".zstd": "zstd"}
NAMES = ("text", "paragraphs", "document", "jsonl", "csv", "tsv", "parquet", "arrow", "npy")
COLUMNAR = ("parquet", "arrow")
"""Formats that compress within themselves and need pyarrow."""


@dataclass(frozen=True)
class Format:
    """How records lie in a file: the format's name, and the compression around it."""

    name: str
    compression: str | None = None


def check_name(name: str) -> str:
    """`name` if it names a format, or a ValueError with those that do."""
    if name not in NAMES:
        raise ValueError(f"format {name!r} is unknown; known: {', '.join(NAMES)}")
    return name


def format_of(path: str | PurePath, name: str | None = None) -> Format:
    """The format that a file's name tells; `name` overrides all but the compression.

    >>> format_of("reviews.jsonl.gz")
    Format(name='jsonl', compression='gzip')
    >>> format_of("notes", "text")
    Format(name='text', compression=None)
    >>> format_of("notes.doc")
    Traceback (most recent call last):
    ...
    ValueError: 'notes.doc': no format is known for '.doc'; name one of text, paragraphs, ...
    """
    suffixes = [suffix.lower() for suffix in PurePath(path).suffixes]
    compression = COMPRESSIONS.get(suffixes[-1]) if suffixes else None
    suffix = "".join(suffixes[-2:-1] if compression else suffixes[-1:])
    if name is None:
        name = SUFFIXES.get(suffix)
        if name is None:
            raise ValueError(
                f"{str(path)!r}: no format is known for {suffix!r}; name one of {', '.join(NAMES)}"
            )
    if compression and check_name(name) in (*COLUMNAR, "npy"):
        raise ValueError(f"{str(path)!r}: {name} is not compressed from outside")
    return Format(check_name(name), compression)


def format_of_bytes(head: bytes, name: str | None = None) -> Format:
    """The format that the first bytes tell: magic numbers, JSON objects or a list, else text.

    >>> format_of_bytes(b'{"text": "a"}').name, format_of_bytes(b"a line").name
    ('jsonl', 'text')
    >>> format_of_bytes(b'[ {"text": "a"}').name, format_of_bytes(b"[1] a note").name
    ('jsonl', 'text')
    """
    if head.startswith(b"\x1f\x8b"):
        return Format(name or format_of_bytes(unzipped(head)).name, "gzip")
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return Format(name or "", "zstd")
    if name is not None:
        return Format(check_name(name))
    if head.startswith(b"PAR1"):
        return Format("parquet")
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return Format("arrow")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return Format("jsonl" if JSON.match(start) else "text")


JSON = re.compile(rb'\{|\[\s*(?:[{\]]|"(?:[^"\\]|\\.)*"\s*[,\]]|\Z)')
"""An object, or a list that begins with an object or a text: `[1] a note` is none."""


def unzipped(head: bytes) -> bytes:
    """The beginning of what is in a gzip file, told by its own beginning."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head)
    except zlib.error:
        return b""
