"""Near-duplicates among texts, by their vectors."""

from wordllama.dedup import records
from wordllama.dedup.exact import digests, exact_only, repeated
from wordllama.dedup.find import Keep, find_duplicates
from wordllama.dedup.flags import duplicate_indices
from wordllama.dedup.folding import folded
from wordllama.dedup.originals import (
    Originals,
    duplicate_flags,
    exact_originals,
    merged,
    near_originals,
    placed,
    silent,
)
from wordllama.dedup.result import Duplicate, Duplicates

__all__ = [
    "Duplicate",
    "Duplicates",
    "Keep",
    "Originals",
    "digests",
    "duplicate_flags",
    "duplicate_indices",
    "exact_only",
    "exact_originals",
    "find_duplicates",
    "folded",
    "merged",
    "near_originals",
    "placed",
    "records",
    "repeated",
    "silent",
]
