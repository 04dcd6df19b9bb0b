"""Near-duplicates among texts, by their vectors."""

from wordllama.dedup import records
from wordllama.dedup.exact import digests, exact_only, repeated
from wordllama.dedup.find import Keep, find_duplicates
from wordllama.dedup.flags import duplicate_indices
from wordllama.dedup.folding import folded
from wordllama.dedup.result import Duplicate, Duplicates

__all__ = [
    "Duplicate",
    "Duplicates",
    "Keep",
    "digests",
    "duplicate_indices",
    "exact_only",
    "find_duplicates",
    "folded",
    "records",
    "repeated",
]
