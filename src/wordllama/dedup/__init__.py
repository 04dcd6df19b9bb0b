"""Near-duplicates among texts, by their vectors."""

from wordllama.dedup.find import find_duplicates
from wordllama.dedup.flags import duplicate_indices
from wordllama.dedup.result import Duplicate, Duplicates

__all__ = ["Duplicate", "Duplicates", "duplicate_indices", "find_duplicates"]
