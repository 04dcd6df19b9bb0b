"""Streams of records in and out: JSONL, CSV, TSV, text, Parquet, Arrow, gzip and zstd.

Knows nothing of models. Parquet, Arrow and zstd need pyarrow (extra `files`).
"""

from __future__ import annotations

from wordllama.files.batch import Batch, concat, of_texts
from wordllama.files.damage import Damage, DamagedError, Rejects, refuse
from wordllama.files.formats import Format, format_of
from wordllama.files.reading import read
from wordllama.files.resume import Finished, Parts, finished, resumable
from wordllama.files.writing import Writer, write

__all__ = [
    "Batch",
    "Damage",
    "DamagedError",
    "Finished",
    "Format",
    "Parts",
    "Rejects",
    "Writer",
    "concat",
    "finished",
    "format_of",
    "of_texts",
    "read",
    "refuse",
    "resumable",
    "write",
]
