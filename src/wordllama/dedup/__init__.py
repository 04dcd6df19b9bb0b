"""Near-duplicates among texts, by their vectors."""

from wordllama.dedup import records
from wordllama.dedup.find import Keep, find_duplicates
from wordllama.dedup.flags import duplicate_indices
from wordllama.dedup.folding import folded
from wordllama.dedup.result import Duplicate, Duplicates

__all__ = [
    "Duplicate",
    "Duplicates",
    "Keep",
    "duplicate_indices",
    "find_duplicates",
    "folded",
    "records",
]
